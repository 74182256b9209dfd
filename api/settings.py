"""Every setting of the service, read from the environment (or ``.env``) here and nowhere else.

Names carry the prefix ``CADENCIA_``; the two addresses every host already knows,
``DATABASE_URL`` and ``REDIS_URL``, go without it. Secrets never show in a ``repr`` or a log.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.errors import ServiceError


class Settings(BaseSettings):
    """What may be set; ``Field.description`` is what ``cadencia settings`` and the docs say about each."""

    model_config = SettingsConfigDict(
        env_prefix="CADENCIA_", env_file=".env", extra="ignore", populate_by_name=True, frozen=True
    )

    database_url: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL"),
        repr=False,
        description="A PostgreSQL 18 of yours; empty: the embedded one in the data folder.",
    )
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("REDIS_URL"),
        repr=False,
        description="A Valkey or Redis of yours; empty: the embedded one in the data folder.",
    )
    data_dir: Path = Field(Path(".cadencia"), description="Where embedded servers, snapshots and logs live.")
    snapshots_url: str = Field(
        "",
        description="fsspec address all processes share for snapshots; empty: a folder of the data folder.",
    )
    clock: str = Field(
        "",
        description="Business time for demos and tests, as `2026-11-13T09:00:00-06:00@60` (start @ speed); "
        "empty: the real time. Refused beside real providers.",
    )
    index_key: SecretStr = Field(
        SecretStr(""),
        description="Key of the blind index (64 hex digits), the same on every machine; empty: `index.key` "
        "of the data folder, made when first needed.",
    )
    master_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys that wrap the keys of persons (64 hex digits each, newest first, commas between); "
        "empty: `master.keys` of the data folder, made when first needed.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people or for machines.")

    api_host: str = Field("127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")
    public_url: str = Field(
        "", description="Where providers reach the API, as https://cobros.example; empty: this machine."
    )
    portal_link_days: int = Field(30, ge=1, le=365, description="Days a link to the portal opens it.")
    what_if_port: int = Field(8011, ge=1, le=65535, description="Port the what-if process listens on.")
    what_if_url: str = Field("", description="Where the what-if process is; empty: on this machine.")
    oidc_issuer: str = Field("", description="Identity provider (OpenID Connect); empty: passwords only.")
    oidc_client_id: str = Field("", description="Our name at the identity provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Our secret at the identity provider.")
    builder_url: str = Field("", description="Where browsers reach the screens; empty: on this machine.")
    builder_port: int = Field(8501, ge=1, le=65535, description="Port the screens listen on.")
    day_workers: int = Field(2, ge=1, description="Worker processes for the daily run.")
    senders: int = Field(1, ge=1, description="Sender processes.")

    whatsapp_url: str = Field(
        "https://graph.facebook.com/v23.0", description="WhatsApp Cloud API, with its version."
    )
    whatsapp_token: SecretStr = Field(SecretStr(""), description="Access token of the WhatsApp account.")
    whatsapp_app_secret: SecretStr = Field(SecretStr(""), description="Checks the signature of its webhooks.")
    whatsapp_verify_token: SecretStr = Field(
        SecretStr(""), description="The word Meta must say when it subscribes our webhook; you choose it."
    )
    whatsapp_account_id: str = Field("", description="The WhatsApp Business account templates belong to.")
    whatsapp_provider: Literal["meta", "twilio"] = Field("meta", description="Through whom WhatsApp goes.")
    twilio_url: str = Field("https://api.twilio.com", description="Twilio's REST API, for SMS.")
    twilio_account_sid: str = Field("", description="Account of Twilio.")
    twilio_token: SecretStr = Field(
        SecretStr(""), description="Sends, and checks the signature of callbacks."
    )
    smtp_host: str = Field("", description="Mail server; empty: no mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: str = Field("", description="User at the mail server; empty: no login.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    smtp_tls: Literal["required", "offered", "at_once"] = Field(
        "required",
        description="TLS: by STARTTLS, only if offered (for a server of this machine), or at once (465).",
    )
    smtp_from_name: str = Field("", description="Name beside the sender's address.")
    smtp_bounce_address: str = Field(
        "", description="Where mails return to, as rebotes@acreedor.example; our id goes after a plus sign."
    )
    dkim_domain: str = Field("", description="Domain that signs mails; empty: they are not signed.")
    dkim_selector: str = Field("cadencia", description="Selector its public key is published under.")
    dkim_key_file: Path = Field(Path("dkim.pem"), description="Its private key (PEM).")
    mail_in_host: str = Field("127.0.0.1", description="Address on which returned mail is taken.")
    mail_in_port: int = Field(
        0, ge=0, le=65535, description="Port for returned mail and answers by LMTP; 0: none is read."
    )
    smpp_url: str = Field(
        "",
        repr=False,
        description="SMS centre, as smpp://user:password@host:2775 (smpps:// for TLS); empty: SMS by Twilio.",
    )
    smpp_plain_letters: bool = Field(
        True, description="Whether accents that double a text message's price are replaced (á by a)."
    )

    mercadopago_url: str = Field("https://api.mercadopago.com", description="Mercado Pago's API.")
    mercadopago_token: SecretStr = Field(
        SecretStr(""), description="Access token of the Mercado Pago account; empty: not used."
    )
    mercadopago_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Checks the signature of its webhooks."
    )
    mercadopago_site: Literal["", "MLA", "MLB", "MLC", "MCO", "MLM", "MPE", "MLU"] = Field(
        "", description="Site of the account, whose currency alone it takes; empty: that of any site."
    )
    stripe_url: str = Field("https://api.stripe.com", description="Stripe's API.")
    stripe_secret_key: SecretStr = Field(
        SecretStr(""), description="Secret key of the Stripe account; empty: not used."
    )
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signing secret (whsec_...) of its webhook endpoint."
    )
    paypal_url: str = Field("https://api-m.paypal.com", description="PayPal's API.")
    paypal_client_id: str = Field("", description="Client id of the PayPal app; empty: not used.")
    paypal_client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    paypal_webhook_id: str = Field("", description="What PayPal calls our webhook; checks its signatures.")

    wording_url: str = Field(
        "",
        description="OpenAI-compatible endpoint (`http://.../v1`) for other words of the assistant; it sees "
        "fixed texts with numbered tokens, nothing of a person. Empty: the fixed words.",
    )
    wording_model: str = Field("", description="Its model.")
    wording_key: SecretStr = Field(SecretStr(""), description="Its key, if it wants one.")

    crash_at: str = Field("", description="For fault runs of the daily run: the numbered point to die at.")
    started_at: float | None = Field(
        None, description="Unix second at which `make` began, so that the demo can say how long all took."
    )

    @property
    def embedded(self) -> bool:
        """Whether at least one of the two servers is ours to start."""
        return not (self.database_url and self.redis_url)

    @property
    def snapshots_address(self) -> str:
        """Where snapshots go: what was set, else a folder of the data folder."""
        return self.snapshots_url or str((self.data_dir / "snapshots").resolve())

    @property
    def api_url(self) -> str:
        """Where processes of this machine reach the API."""
        host = "127.0.0.1" if self.api_host == "0.0.0.0" else self.api_host
        return f"http://{host}:{self.api_port}"

    @property
    def outer_url(self) -> str:
        """Where providers and people reach the API, without a slash at its end."""
        return (self.public_url or self.api_url).rstrip("/")

    @property
    def screens_url(self) -> str:
        """Where browsers reach the screens, without a slash at its end."""
        return (self.builder_url or f"http://127.0.0.1:{self.builder_port}").rstrip("/")

    @property
    def what_if_address(self) -> str:
        """Where the API reaches the what-if process."""
        return self.what_if_url or f"http://127.0.0.1:{self.what_if_port}"


def load_settings() -> Settings:
    """The settings of this process; ``ServiceError`` names every variable that cannot be read."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{_variable(str(e['loc'][0]))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise ServiceError("; ".join(wrong), code="settings.invalid", place="environment") from error


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment with changes, for a process it starts."""
    return {**os.environ, **changes}


def _variable(field: str) -> str:
    return field if field.isupper() else f"CADENCIA_{field.upper()}"
