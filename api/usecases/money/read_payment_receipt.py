"""Takes the payments of a Mexican receipt (CFDI): each invoice it names is paid, once for each UUID."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.importing.cfdi import Cfdi, CfdiPayment, PaidInvoice, read_cfdi
from api.usecases.book.find_account import account_of
from api.usecases.book.find_portfolio import Portfolio, find_portfolio
from api.usecases.money.record_payment import PaymentIn, record_payment
from engine.errors import BookError
from storage.database import Database
from storage.ledger import append_line

SOURCE = "cfdi"
"""The source of these payments; their reference is the UUID, the payment's number and the document's."""


@dataclass(frozen=True)
class InvoicePaid:
    """One invoice of the receipt that was found and paid; ``is_new`` unless it was told before."""

    account: str
    invoice: str
    amount: Decimal
    currency: str
    is_new: bool


@dataclass(frozen=True)
class InvoiceRefused:
    """One invoice of the receipt that was not taken: its line in the file, why, and what to do."""

    line: int
    document: str
    reason: str
    hint: str


@dataclass
class ReceiptRead:
    """What a receipt did."""

    uuid: str
    paid: list[InvoicePaid] = field(default_factory=list)
    refused: list[InvoiceRefused] = field(default_factory=list)

    def sentence(self) -> str:
        """What came of the receipt, in Spanish."""
        new = sum(one.is_new for one in self.paid)
        return (
            f"CFDI {self.uuid}: {new} pagos nuevos, {len(self.paid) - new} ya registrados,"
            f" {len(self.refused)} rechazados."
        )


def read_payment_receipt(
    database: Database, clock: Clock, portfolio_key: str, content: bytes, *, by: str
) -> ReceiptRead:
    """Read a receipt and record its payments; the same one again changes nothing.

    ``BookError`` with nothing written when the file as a whole cannot be believed; an invoice that is not
    found, or is in another currency, is refused by itself.
    """
    receipt = read_cfdi(content)
    with database.connection() as connection:
        portfolio = find_portfolio(connection, portfolio_key)
    _expect_issuer(receipt, portfolio)
    done = ReceiptRead(receipt.uuid)
    for payment in receipt.payments:
        for place, invoice in enumerate(payment.invoices, 1):
            reference = f"{receipt.uuid}:{payment.number}:{place}"
            try:
                done.paid.append(_pay(database, clock, portfolio, payment, invoice, reference))
            except BookError as refusal:
                document = " ".join(invoice.numbers()[1:2]) or invoice.uuid
                done.refused.append(InvoiceRefused(invoice.line, document, refusal.message, refusal.hint))
    body: dict[str, object] = {
        "uuid": receipt.uuid, "by": by, "paid": len(done.paid), "refused": len(done.refused)
    }  # fmt: skip
    with database.connection() as connection:
        append_line(connection, clock.now(), "receipt.read", f"portfolio:{portfolio.id}", body)
    return done


def _pay(
    database: Database,
    clock: Clock,
    portfolio: Portfolio,
    payment: CfdiPayment,
    invoice: PaidInvoice,
    reference: str,
) -> InvoicePaid:
    with database.connection() as connection:
        account_id, number = _find(connection, portfolio.id, invoice)
    account = account_of(database, account_id)
    minor = account.minor(invoice.amount, invoice.currency)
    paid_at: datetime = payment.paid_at.replace(tzinfo=ZoneInfo(portfolio.timezone))
    told = PaymentIn(account_id, SOURCE, reference, minor, paid_at, (number,))
    done = record_payment(database, clock, told)
    return InvoicePaid(account.number, number, invoice.amount, account.currency, done.is_new)


def _find(connection: psycopg.Connection, portfolio_id: int, invoice: PaidInvoice) -> tuple[int, str]:
    """Account and number of the invoice: by its UUID, else by series and number; never by guessing."""
    rows = connection.execute(
        """SELECT i.account_id, i.number, coalesce(upper(i.fiscal_id), '') FROM invoice i
           JOIN account a ON a.id = i.account_id
           WHERE a.portfolio_id = %s AND (upper(i.fiscal_id) = %s OR upper(i.number) = ANY(%s))""",
        [portfolio_id, invoice.uuid, [number.upper() for number in invoice.numbers()]],
    ).fetchall()
    by_uuid = [row for row in rows if row[2] == invoice.uuid]
    for name in invoice.numbers():
        found = by_uuid or [row for row in rows if row[1].upper() == name.upper() and not row[2]]
        if len(found) == 1:
            return found[0][0], found[0][1]
        if found:
            raise BookError(
                f"la factura «{name}» está en {len(found)} cuentas",
                code="invoice.ambiguous",
                hint="cargue las facturas con su UUID (folio fiscal)",
            )
    raise BookError(
        f"no está la factura {invoice.series}{invoice.folio} ({invoice.uuid})",
        code="invoice.unknown",
        hint="cargue primero las facturas; con su UUID se encuentran siempre",
    )


def _expect_issuer(receipt: Cfdi, portfolio: Portfolio) -> None:
    """Where the portfolio says who the creditor is to the tax office, a receipt of another is refused."""
    own = str(portfolio.settings.get("creditor_tax_id", "")).upper()
    if own and own != receipt.issuer:
        raise BookError(
            f"lo emitió {receipt.issuer} y el acreedor es {own}",
            place="Emisor/@Rfc",
            hint="¿es de otro portafolio?",
            code="cfdi.issuer",
        )
