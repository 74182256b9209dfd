"""Message templates as documents: their words per channel, the variables they may use, and what is wrong.

A wording that tells amounts is only for a verified contact point of the debtor; ``neutral`` says the
same without amounts, product or arrears and is used for every other address.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from channels.template_language import used_variables

Value = str | int
CHANNEL_LIMITS = {"whatsapp": 1024, "sms": 1600, "email": 20_000}
"""Most characters of a rendered body: Meta's template body, Twilio's Body, our own bound for mail."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing a template may say. ``sensitive`` ones go only to verified contact points."""

    name: str
    kind: Literal["text", "money", "number", "date", "url"]
    meaning_es: str
    meaning_en: str
    sample: Value
    sensitive: bool = True


CATALOGUE: tuple[Variable, ...] = (
    Variable("nombre", "text", "Nombre de la persona", "The person's name", "Ana López", False),
    Variable("creditor", "text", "Quién cobra", "Who collects", "Financiera Aurora", False),
    Variable("link_pago", "url", "Enlace al portal", "Portal link", "https://pagos.example/p/8Kq2", False),
    Variable("monto", "money", "Monto para ponerse al día", "Amount to cure", 125_050),
    Variable("moneda", "text", "Moneda (ISO 4217)", "Currency (ISO 4217)", "MXN"),
    Variable("dias_mora", "number", "Días de mora", "Days past due", 12),
    Variable("vencimiento", "date", "Fecha límite (AAAA-MM-DD)", "Due date (YYYY-MM-DD)", "2026-11-30"),
    Variable("cuenta", "text", "Últimos 4 dígitos de la cuenta", "Last 4 digits of the account", "4821"),
    Variable(
        "medios_pago", "text", "Dónde se puede pagar", "Ways to pay", "transferencia, tarjeta o tiendas"
    ),
    Variable("cuentas", "text", "Lista de todas las deudas", "All debts covered", "cuenta 4821: $1,250.50"),
    Variable("n_cuentas", "number", "Cuántas deudas", "How many debts", 1),
)
VARIABLES: frozenset[str] = frozenset(variable.name for variable in CATALOGUE)
SENSITIVE: frozenset[str] = frozenset(variable.name for variable in CATALOGUE if variable.sensitive)


class Wording(BaseModel):
    """The words of one message; ``subject`` and ``html`` are for e-mail only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: str = Field(min_length=1)
    subject: str = ""
    html: str = ""

    def parts(self) -> dict[str, str]:
        """The sources by the place they stand in, empty ones left out."""
        sources = {"body": self.body, "subject": self.subject, "html": self.html}
        return {place: source for place, source in sources.items() if source}

    def variables(self) -> frozenset[str]:
        """Every variable any part reads."""
        return frozenset().union(*(used_variables(source) for source in self.parts().values()))


class MessageTemplate(Wording):
    """One template, one version, one channel. Published versions never change.

    On WhatsApp the body must consist of words and outputs only; its outputs are the positional
    parameters ``{{1}}``, ``{{2}}``... of the template registered with Meta under ``provider_name``.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")
    version: int = Field(default=1, ge=1)
    name: str = Field(min_length=1)
    channel: Literal["whatsapp", "sms", "email"]
    language: str = Field(default="es", pattern=r"^[a-z]{2}(_[A-Z]{2})?$")
    category: Literal["utility", "marketing", "authentication"] = "utility"
    names_consequence: bool = False
    neutral: Wording | None = None

    def provider_name(self, *, neutral: bool) -> str:
        """The name this wording is registered under at the provider, one per version."""
        version = "" if self.version == 1 else f"_v{self.version}"
        return f"{self.key}{version}{'_neutral' if neutral else ''}"

    def wording(self, *, verified: bool) -> Wording | None:
        """The words for a contact point; ``None`` when there are none it may read."""
        if verified or not self.variables() & SENSITIVE:
            return self
        return self.neutral


@cache
def ready_templates() -> dict[str, MessageTemplate]:
    """The templates that ship with the product, by key."""
    shelf = files("channels") / "ready_templates"
    documents = sorted(file.name for file in shelf.iterdir() if file.name.endswith(".json"))
    templates = [
        MessageTemplate.model_validate(json.loads((shelf / n).read_text("utf-8"))) for n in documents
    ]
    return {template.key: template for template in templates}
