"""Message templates as documents: their words per channel, the variables they may use, and what is wrong.

A wording that tells amounts is only for a verified contact point of the debtor; ``neutral`` says the
same without amounts, product or arrears and is used for every other address.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from channels.template_buttons import Buttons, variables_of
from channels.template_language import used_variables

Value = str | int
TemplateChannel = Literal["whatsapp", "sms", "email", "voice", "letter", "assisted"]
Stage = Literal["free", "preventiva", "mora", "aviso"]
"""When a message is sent: before the due date, in arrears, as a notice the law asks for, or none of these."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
CHANNEL_LIMITS: dict[TemplateChannel, int] = {
    "whatsapp": 1024, "sms": 1600, "email": 20_000, "voice": 4_000, "letter": 6_000, "assisted": 1_500,
}  # fmt: skip
"""Most characters of a rendered body: Meta's body, Twilio's Body, a page, a link; else our bound."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing a template may say. ``sensitive`` ones go only to verified contact points.

    ``fallback`` is what an author is offered for ``sin_dato``; empty where the value always exists.
    """

    name: str
    kind: Literal["text", "money", "number", "date", "url"]
    meaning_es: str
    meaning_en: str
    sample: Value
    sensitive: bool = True
    fallback: str = ""


CATALOGUE: tuple[Variable, ...] = (
    Variable("nombre", "text", "Nombre de la persona", "The person's name", "Ana López", False, "cliente"),
    Variable("creditor", "text", "Quién cobra", "Who collects", "Financiera Aurora", False),
    Variable("link_pago", "url", "Enlace para pagar: el de la cartera, o el portal",
             "Link to pay: the portfolio's own, or the portal", "https://pagos.example/p/8Kq2", False),
    Variable("enlace_del_portal", "url", "Enlace personal al portal, que caduca",
             "Personal link to the portal, which expires",
             "https://cobros.example/p/kQ3vJ0mZt7Rr2yXcWb1dLs9A", False),
    Variable(
        "telefono_contacto", "text", "Teléfono de quien cobra", "Telephone of who collects", "800 123 4567",
        False, "nuestro portal",
    ),
    Variable(
        "domicilio_contacto", "text", "Domicilio de quien cobra", "Address of who collects",
        "Av. Reforma 1, Ciudad de México", False, "nuestras oficinas",
    ),
    Variable(
        "despacho", "text", "Despacho que cobra por encargo", "Agency that collects for the creditor",
        "Despacho Norte", False, "nuestro equipo",
    ),
    Variable("monto", "money", "Monto para ponerse al día", "Amount to cure", 125_050,
             fallback="el monto pendiente"),
    Variable("saldo_total", "money", "Saldo total de las deudas", "Outstanding balance", 310_000,
             fallback="el saldo"),
    Variable("moneda", "text", "Moneda (ISO 4217)", "Currency (ISO 4217)", "MXN"),
    Variable("dias_mora", "number", "Días de mora", "Days past due", 12),
    Variable("vencimiento", "date", "Fecha límite (AAAA-MM-DD)", "Due date (YYYY-MM-DD)", "2026-11-30"),
    Variable("cuenta", "text", "Últimos 4 dígitos de la cuenta", "Last 4 digits of the account", "4821"),
    Variable("factura", "text", "Número de la factura abierta más antigua", "Oldest open invoice", "A-1042",
             fallback="su factura"),
    Variable("facturas", "text", "Lista de las facturas abiertas: folio, vencimiento y saldo",
             "The open invoices: number, due date and balance",
             "factura A-1042, vence 12/11/2026: $1,250.50", fallback="sus facturas"),
    Variable("n_facturas", "number", "Cuántas facturas abiertas", "How many open invoices", 1),
    Variable("medios_pago", "text", "Dónde se puede pagar", "Ways to pay", "transferencia, tarjeta o tiendas",
             fallback="los medios de pago habituales"),
    Variable("cuentas", "text", "Lista de todas las deudas", "All debts covered", "cuenta 4821: $1,250.50",
             fallback="su cuenta"),
    Variable("n_cuentas", "number", "Cuántas deudas", "How many debts", 1),
    Variable("monto_acordado", "money", "Monto prometido o pagado", "Amount promised or paid", 50_000,
             fallback="el monto acordado"),
    Variable("fecha_acordada", "date", "Fecha de la promesa o del pago", "Date of the promise or payment",
             "2026-11-27"),
)  # fmt: skip
VARIABLES: frozenset[str] = frozenset(variable.name for variable in CATALOGUE)
SENSITIVE: frozenset[str] = frozenset(variable.name for variable in CATALOGUE if variable.sensitive)


class Wording(BaseModel):
    """The words of one message; ``subject`` and ``html`` are for e-mail only, ``buttons`` for WhatsApp."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: str = Field(min_length=1)
    subject: str = ""
    html: str = ""
    buttons: Buttons = ()

    def parts(self) -> dict[str, str]:
        """The sources by the place they stand in, empty ones left out."""
        sources = {"body": self.body, "subject": self.subject, "html": self.html}
        return {place: source for place, source in sources.items() if source}

    def variables(self) -> frozenset[str]:
        """Every variable any part reads."""
        said = (used_variables(source) for source in self.parts().values())
        return frozenset().union(variables_of(self.buttons), *said)


class Translation(Wording):
    """The same message in another language."""

    neutral: Wording | None = None


class MessageTemplate(Wording):
    """One template, one version, one channel. Published versions never change.

    ``body`` and ``neutral`` are in ``language``, ``translations`` hold the others; a person reads the one
    of their language, else the first. ``countries`` bound where it is used (none: everywhere), ``attach``
    asks for a PDF with the message.

    On WhatsApp the body must consist of words and outputs only; its outputs are the parameters of the
    template registered with Meta under ``provider_name``: ``{{1}}``, ``{{2}}``..., or by their variables'
    names where ``parameters`` are named.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")
    version: int = Field(default=1, ge=1)
    name: str = Field(min_length=1)
    channel: TemplateChannel
    stage: Stage = "free"
    countries: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = ()
    language: Language = "es"
    category: Literal["utility", "marketing", "authentication"] = "utility"
    names_consequence: bool = False
    neutral: Wording | None = None
    translations: dict[Language, Translation] = Field(default={}, max_length=10)
    attach: Literal["", "statement", "invoice"] = ""
    parameters: Literal["positional", "named"] = "positional"

    def provider_name(self, *, neutral: bool) -> str:
        """The name this wording is registered under at the provider, one per version."""
        version = "" if self.version == 1 else f"_v{self.version}"
        return f"{self.key}{version}{'_neutral' if neutral else ''}"

    def language_for(self, language: str) -> str:
        """The language of this template a person reads: theirs, one of the same tongue, else its first."""
        tongue = language.partition("_")[0]
        there = (self.language, *self.translations)
        alike = [known for known in there if known.partition("_")[0] == tongue]
        return language if language in there else next(iter(alike), self.language)

    def languages(self) -> "list[tuple[str, MessageTemplate | Translation]]":
        """Its words in every language, its first one first and under the empty name."""
        return [("", self), *self.translations.items()]

    def in_language(self, language: str) -> "MessageTemplate | Translation":
        """The words of a language it has."""
        return self if language == self.language else self.translations[language]

    def wording(self, *, verified: bool, language: str = "") -> Wording | None:
        """The words for a contact point in a person's language; ``None`` when there are none it may read."""
        words = self.in_language(self.language_for(language or self.language))
        if verified or not words.variables() & SENSITIVE:
            return words
        return words.neutral


@cache
def ready_templates() -> dict[str, MessageTemplate]:
    """The templates that ship with the product, by key."""
    shelf = files("channels") / "ready_templates"
    documents = sorted(file.name for file in shelf.iterdir() if file.name.endswith(".json"))
    templates = [
        MessageTemplate.model_validate(json.loads((shelf / n).read_text("utf-8"))) for n in documents
    ]
    return {template.key: template for template in templates}
