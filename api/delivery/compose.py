"""Writes one message with what is true now: the debts still owed, their sum, and the addressee's channel."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from api.delivery.documents import attached
from api.delivery.reference import Reference
from api.delivery.words import compose_words
from api.portal_links import portal_address
from channels.formats import accounts_list, invoices_list
from channels.port import Outgoing
from channels.rendering import render
from channels.templates import Value
from engine.vocabulary import Channel, Purpose
from storage.outbox.guarded import HeldItem, HeldMessage
from storage.outbox.written import CARRIER, Words


def owed(purpose: int, item: HeldItem) -> int:
    """What a message of a purpose asks for, in minor units.

    A reminder comes before the due date, when nothing is past due yet: it is about the instalment.
    """
    if purpose == Purpose.REMINDER:
        return max(item.amount_to_cure, item.minimum_payment or 0)
    return item.amount_to_cure


def compose(
    message: HeldMessage,
    items: Sequence[HeldItem],
    template_id: int,
    reference: Reference,
    now: datetime,
    written: Words | None = None,
) -> Outgoing:
    """The message as the provider gets it; ``TemplateError`` when it cannot be written.

    ``items`` are the debts that stay, the winner's first. Amounts, product and arrears go only to a
    verified contact point; any other one gets the neutral wording. ``written`` are the words of a
    conversation, which stand for the template's.
    """
    template = reference.template(template_id)
    if written is not None or template.key.startswith(CARRIER):
        return compose_words(message, written, values_of(message, items, reference, now), now)
    verified = bool(message.contact_verified)
    words = render(
        template,
        values_of(message, items, reference, now),
        country=message.country,
        verified=verified,
        language=message.language,
    )
    return Outgoing(
        message_id=str(message.id),
        channel=Channel(message.channel),
        to=message.contact_value or "",
        sender=message.sender,
        template=words.template,
        language=words.language,
        variables=words.variables,
        text=words.text,
        subject=words.subject,
        html=words.html,
        buttons=words.buttons,
        valid_for_s=max(int((message.expires_at - now).total_seconds()), 1),
        attachments=attached(template.attach, message, items, reference) if verified else (),
        thread=f"{message.person_id:x}-{message.creditor_id:x}",
    )


def values_of(
    message: HeldMessage, items: Sequence[HeldItem], reference: Reference, now: datetime
) -> dict[str, Value]:
    """The catalogue's variables for one message; what is not known is left out.

    ``monto`` is the sum over the debts in the first one's currency; ``cuentas`` lists all of them. Whoever
    has no address of their own to pay at (``payment_link``) sends people to the portal.
    """
    terms = reference.portfolio(message.portfolio_id)
    portal = portal_address(message.person_id, message.creditor_id, now)
    values: dict[str, Value] = {
        "nombre": message.name,
        "creditor": terms.creditor_names.get(message.creditor_id, ""),
        "link_pago": terms.payment_link or portal,
        "enlace_del_portal": portal,
        "medios_pago": terms.payment_methods,
        "telefono_contacto": terms.contact_phone,
        "domicilio_contacto": terms.contact_address,
        "despacho": terms.agency,
        "n_cuentas": len(items),
    }
    if not items:
        return values
    first = items[0]
    currency = reference.currency(first.currency)
    values |= own_facts(first.custom)
    values |= {
        "saldo_total": sum(i.outstanding_balance for i in items if i.currency == first.currency),
        "factura": first.invoice or "",
        "facturas": _invoices(items, reference, message.country),
        "n_facturas": sum(len(item.invoices) for item in items),
        "monto": sum(owed(message.purpose, item) for item in items if item.currency == first.currency),
        "moneda": currency,
        "monto_acordado": first.agreed if first.agreed is not None else "",
        "fecha_acordada": first.agreed_on.isoformat() if first.agreed_on else "",
        "cuenta": first.number[-4:],
        "cuentas": accounts_list(
            (
                (item.number[-4:], owed(message.purpose, item), reference.currency(item.currency))
                for item in items
            ),
            message.country,
        ),
    }
    return values | _dates(message, items, terms.days_to_pay)


def _invoices(items: Sequence[HeldItem], reference: Reference, country: str) -> str:
    """The open invoices of all debts, each debt's in its own currency."""
    lists = [invoices_list(item.invoices, reference.currency(item.currency), country) for item in items]
    return "\n".join(filter(None, lists))


def own_facts(custom: Mapping[str, object]) -> dict[str, Value]:
    """A portfolio's own facts as a template may say them: texts and whole numbers, under their names."""
    return {
        name: value
        for name, value in custom.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }


def _dates(message: HeldMessage, items: Sequence[HeldItem], days_to_pay: int) -> dict[str, Value]:
    """Arrears of the oldest debt, and until when to pay: its due date, or some days once that has passed."""
    dates = [item.due_on for item in items if item.due_on is not None]
    if not dates:
        return {}
    oldest = min(dates)
    until = oldest if oldest >= message.local_on else message.local_on + timedelta(days=days_to_pay)
    return {"dias_mora": max((message.local_on - oldest).days, 0), "vencimiento": until.isoformat()}
