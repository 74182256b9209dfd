"""The providers of this installation by channel, as the settings name them."""

import hmac
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote

from api.inbox.sources import SMPP
from api.index_key import index_key
from api.settings import Settings
from channels.email_smtp import SmtpEmail
from channels.mail_document import DkimKey
from channels.one_click import OneClick
from channels.port import Sender, Webhook
from channels.sms_smpp import SmppSms
from channels.sms_twilio import TwilioSms
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel

CONNECTIONS = 800
"""Open at once to one provider: its lanes bound what is on the way, this only bounds one that hangs."""


def open_senders(
    settings: Settings, told: Callable[[str, Sequence[Webhook]], object] | None = None
) -> dict[Channel, Sender]:
    """A sender for every channel that is configured; a lane of another channel is left alone.

    ``told`` takes what a sender hears on its own connection, with the name of its source.
    """
    senders: dict[Channel, Sender] = {}
    through_meta = settings.whatsapp_provider == "meta"
    if (token := settings.whatsapp_token.get_secret_value()) and through_meta:
        senders[Channel.WHATSAPP] = WhatsAppCloud(settings.whatsapp_url, token, connections=CONNECTIONS)
    if settings.twilio_account_sid:
        senders[Channel.SMS] = _twilio(settings)
        if not through_meta:
            senders[Channel.WHATSAPP] = _twilio(settings)
    if settings.smtp_host:
        senders[Channel.EMAIL] = _mail(settings)
    if settings.smpp_url:
        senders[Channel.SMS] = SmppSms(
            settings.smpp_url, plain_letters=settings.smpp_plain_letters, hear=told and partial(told, SMPP)
        )
    return senders


def _mail(settings: Settings) -> SmtpEmail:
    dkim_key = None
    if settings.dkim_domain:
        private = settings.dkim_key_file.read_bytes()
        dkim_key = DkimKey(settings.dkim_domain, settings.dkim_selector, private)
    return SmtpEmail(
        _smtp_url(settings),
        from_name=settings.smtp_from_name,
        bounce_address=settings.smtp_bounce_address,
        dkim_key=dkim_key,
        one_click=open_one_click(settings).address,
    )


def open_one_click(settings: Settings) -> OneClick:
    """The addresses that stop mails, signed with a key drawn from the installation's own."""
    key = hmac.digest(index_key(settings), b"cadencia.one-click", "sha256")
    return OneClick(settings.outer_url, [key])


def _twilio(settings: Settings) -> TwilioSms:
    return TwilioSms(
        settings.twilio_url,
        settings.twilio_account_sid,
        settings.twilio_token.get_secret_value(),
        status_url=f"{settings.outer_url}/webhooks/sms/status",
        connections=CONNECTIONS,
    )


def _smtp_url(settings: Settings) -> str:
    """User and password may hold any sign: they are quoted, so that none is taken for the address's own."""
    login = ""
    if settings.smtp_user:
        password = settings.smtp_password.get_secret_value()
        login = f"{quote(settings.smtp_user, safe='')}:{quote(password, safe='')}@"
    scheme = {"required": "smtp+starttls", "offered": "smtp", "at_once": "smtps"}[settings.smtp_tls]
    return f"{scheme}://{login}{settings.smtp_host}:{settings.smtp_port}"
