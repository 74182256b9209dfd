"""The account statement and the invoice as PDF, drawn from what is owed when the message leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from channels.formats import long_date, money, short_date
from channels.paper import Letterhead, Paper


@dataclass(frozen=True, slots=True)
class DebtLine:
    """One debt or invoice: its last four digits or its number, its due date, amounts in minor units."""

    label: str
    due_on: date | None
    amount: int
    balance: int
    currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything a statement says of one person's debts with one creditor."""

    head: Letterhead
    person: str
    country: str
    day: date
    lines: Sequence[DebtLine]
    payment_methods: str = ""
    payment_link: str = ""


def statement_pdf(statement: Statement) -> bytes:
    """The statement: each debt with its due date, what is needed to be current, and the balance."""
    paper = Paper(statement.head, statement.country, statement.day, "Estado de cuenta")
    paper.heading("Estado de cuenta")
    paper.paragraphs(f"{statement.person}\nAl {long_date(statement.day.isoformat())}")
    rows = [
        (
            line.label,
            short_date(line.due_on.isoformat()) if line.due_on else "",
            money(line.balance, line.currency, statement.country),
            money(line.amount, line.currency, statement.country),
        )
        for line in statement.lines
    ]
    paper.grid(("Cuenta", "Vence", "Saldo total", "Para ponerse al día"), rows, (28, 22, 25, 25))
    for currency, total in totals(statement.lines).items():
        paper.heading(f"Total para ponerse al día: {money(total, currency, statement.country)}")
    paper.paragraphs(_how_to_pay(statement.payment_methods, statement.payment_link))
    return paper.bytes()


def invoice_pdf(statement: Statement, invoice: DebtLine) -> bytes:
    """A copy of an open invoice for information: it says that it does not replace the fiscal one."""
    paper = Paper(statement.head, statement.country, statement.day, f"Factura {invoice.label}")
    paper.heading(f"Factura {invoice.label}")
    paper.paragraphs(statement.person)
    due = short_date(invoice.due_on.isoformat()) if invoice.due_on else ""
    amounts = [money(n, invoice.currency, statement.country) for n in (invoice.amount, invoice.balance)]
    paper.grid(("Factura", "Vence", "Importe", "Saldo"), [(invoice.label, due, *amounts)], (28, 22, 25, 25))
    paper.paragraphs(_how_to_pay(statement.payment_methods, statement.payment_link))
    paper.paragraphs("Copia informativa: no sustituye al comprobante fiscal.")
    return paper.bytes()


def totals(lines: Sequence[DebtLine]) -> dict[str, int]:
    """What is needed to be current, per currency, in minor units; never added across currencies.

    >>> totals([DebtLine("1", None, 100, 500, "MXN"), DebtLine("2", None, 50, 50, "MXN")])
    {'MXN': 150}
    """
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.amount
    return sums


def _how_to_pay(methods: str, link: str) -> str:
    ways = [f"Puede pagar con {methods}." if methods else "", f"En línea: {link}" if link else ""]
    return "\n".join([*filter(None, ways), "Si ya pagó, haga caso omiso de este documento."])
