"""The documents a template sends along: a statement or the open invoice, drawn when they are posted."""

from collections.abc import Sequence
from functools import partial

from api.delivery.reference import PortfolioTerms, Reference
from channels.paper import Letterhead
from channels.port import Attachment
from channels.statements import DebtLine, Statement, invoice_pdf, statement_pdf
from storage.outbox.guarded import HeldItem, HeldMessage

PDF = "application/pdf"


def attached(
    kind: str, message: HeldMessage, items: Sequence[HeldItem], reference: Reference
) -> tuple[Attachment, ...]:
    """The attachments of a message: ``statement``, ``invoice`` (nothing when there is none) or none.

    They tell amounts: the caller asks for them only for a verified contact point.
    """
    if not kind or not items:
        return ()
    statement = _statement(message, items, reference)
    if kind == "statement":
        return (Attachment("estado-de-cuenta.pdf", PDF, make=partial(statement_pdf, statement)),)
    first = items[0]
    if not first.invoice:
        return ()
    line = debt_line(first, reference, first.invoice)
    return (Attachment("factura.pdf", PDF, make=partial(invoice_pdf, statement, line)),)


def letterhead(terms: PortfolioTerms, creditor_id: int) -> Letterhead:
    """Who writes, as the portfolio's settings say."""
    name = terms.creditor_names.get(creditor_id, "")
    return Letterhead(name, terms.contact_address, terms.contact_phone, terms.legal_text)


def debt_line(item: HeldItem, reference: Reference, label: str = "") -> DebtLine:
    """One debt for a table on paper, named by its last four digits unless ``label`` says otherwise."""
    return DebtLine(
        label or item.number[-4:],
        item.due_on,
        item.amount_to_cure,
        item.outstanding_balance,
        reference.currency(item.currency),
    )


def _statement(message: HeldMessage, items: Sequence[HeldItem], reference: Reference) -> Statement:
    terms = reference.portfolio(message.portfolio_id)
    return Statement(
        head=letterhead(terms, message.creditor_id),
        person=message.name,
        country=message.country,
        day=message.local_on,
        lines=[debt_line(item, reference) for item in items],
        payment_methods=terms.payment_methods,
        payment_link=terms.payment_link,
    )
