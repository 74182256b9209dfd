"""The agreement letter of a payment plan as PDF, in Spanish and in English: who, what, when, what then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from channels.formats import long_date, money, short_date
from channels.paper import Letterhead, Paper

Language = Literal["es", "en"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything the letter says; money in minor units of ``currency``.

    ``debts`` are (account's last digits, owed, to pay), ``schedule`` (number, date, amount), the down
    payment as number 0. ``accepted_on`` is ``None`` for an offer nobody has taken yet.
    """

    head: Letterhead
    tax_id: str
    person: str
    country: str
    currency: str
    number: int
    accepted_on: date | None
    valid_until: date
    covers: Literal["arrears", "balance"]
    owed: Mapping[str, int]
    discount: Mapping[str, int]
    total: int
    debts: Sequence[tuple[str, int, int]]
    schedule: Sequence[tuple[int, date, int]]
    grace_days: int
    broken_after: int
    payment_methods: str
    fingerprint: str


_ES = {
    "title": "Convenio de pago n.º {number}",
    "offer": "Oferta de convenio de pago n.º {number}",
    "between": "{creditor}{tax_id} (el acreedor) y {person} (el deudor) acuerdan lo siguiente.",
    "offered": "{creditor}{tax_id} (el acreedor) ofrece a {person} (el deudor) lo siguiente. La oferta vale"
    " hasta el {until}.",
    "accepted": "Aceptado el {day}.",
    "debts": ("Cuenta", "Se debe", "A pagar"),
    "parts": ("Concepto", "Se debe", "Descuento"),
    "capital": "Capital", "interest": "Intereses", "fees": "Gastos", "tax": "Impuestos",
    "total": "Total a pagar: {total}",
    "schedule": ("Cuota", "Vence", "Monto"), "down": "Enganche",
    "arrears": "Con el pago completo quedan cubiertos los montos vencidos de estas cuentas a la fecha del"
    " convenio; el resto de cada deuda sigue en sus términos.",
    "balance": "Con el pago completo las deudas de estas cuentas quedan liquidadas y el acreedor entrega, a"
    " solicitud del deudor, la constancia de no adeudo.",
    "terms": "Cada pago se aplica a la cuota más antigua. Una cuota se tiene por no pagada {grace} días"
    " después de su fecha. Con {broken} cuotas sin pagar, o si al terminar el plazo no se ha pagado todo, el"
    " convenio queda sin efecto: el descuento no se aplica, y lo pagado se abona a la deuda.",
    "pay": "Puede pagar con {methods}.",
    "hash": "Huella de los términos: {hash}",
}  # fmt: skip
_EN = {
    "title": "Payment agreement no. {number}",
    "offer": "Offer of a payment agreement no. {number}",
    "between": "{creditor}{tax_id} (the creditor) and {person} (the debtor) agree as follows.",
    "offered": "{creditor}{tax_id} (the creditor) offers {person} (the debtor) the following. The offer"
    " stands until {until}.",
    "accepted": "Accepted on {day}.",
    "debts": ("Account", "Owed", "To pay"),
    "parts": ("Component", "Owed", "Discount"),
    "capital": "Principal", "interest": "Interest", "fees": "Fees", "tax": "Taxes",
    "total": "Total to pay: {total}",
    "schedule": ("Instalment", "Due", "Amount"), "down": "Down payment",
    "arrears": "Once paid in full, the amounts past due on these accounts at the date of the agreement are"
    " covered; the rest of each debt goes on under its own terms.",
    "balance": "Once paid in full, the debts of these accounts are settled and the creditor gives the debtor,"
    " on request, a certificate that nothing is owed.",
    "terms": "Each payment covers the oldest instalment first. An instalment counts as missed {grace} days"
    " after its date. With {broken} instalments missed, or if not everything is paid by the last date, the"
    " agreement ends: the discount is not granted, and what was paid stays credited to the debt.",
    "pay": "You can pay by {methods}.",
    "hash": "Fingerprint of the terms: {hash}",
}  # fmt: skip
_WORDS: Mapping[Language, Mapping[str, Sequence[str]]] = {"es": _ES, "en": _EN}


def agreement_pdf(agreement: Agreement, language: Language) -> bytes:
    """The letter; the same bytes for the same terms."""
    words = _Words(agreement, language)
    day = agreement.accepted_on or agreement.valid_until
    title = words.said("title" if agreement.accepted_on else "offer")
    paper = Paper(agreement.head, agreement.country, day, title)
    paper.heading(title)
    paper.paragraphs(words.said("between" if agreement.accepted_on else "offered"))
    if agreement.accepted_on:
        paper.paragraphs(words.said("accepted"))
    debts = [(label, words.sum(owed), words.sum(due)) for label, owed, due in agreement.debts]
    paper.grid(words.row("debts"), debts, (34, 33, 33))
    parts = [
        (words.said(name), words.sum(owed), words.sum(agreement.discount.get(name, 0)))
        for name, owed in agreement.owed.items()
        if owed
    ]
    paper.grid(words.row("parts"), parts, (34, 33, 33))
    paper.heading(words.said("total"))
    rows = [
        (words.said("down") if number == 0 else str(number), words.short(due_on), words.sum(amount))
        for number, due_on, amount in agreement.schedule
    ]
    paper.grid(words.row("schedule"), rows, (34, 33, 33))
    paper.paragraphs(words.said(agreement.covers))
    paper.paragraphs(words.said("terms"))
    if agreement.payment_methods:
        paper.paragraphs(words.said("pay"))
    paper.set_font_size(7.5)
    paper.cell(0, 4, words.said("hash"))
    return paper.bytes()


class _Words:
    """The sentences of one agreement in one language."""

    def __init__(self, agreement: Agreement, language: Language) -> None:
        self._words, self._language, self._agreement = _WORDS[language], language, agreement
        accepted = agreement.accepted_on
        self._values = {
            "number": agreement.number,
            "creditor": agreement.head.name,
            "tax_id": f", {agreement.tax_id}" if agreement.tax_id else "",
            "person": agreement.person,
            "until": self.long(agreement.valid_until),
            "day": self.long(accepted) if accepted else "",
            "total": self.sum(agreement.total),
            "grace": agreement.grace_days,
            "broken": agreement.broken_after,
            "methods": agreement.payment_methods,
            "hash": agreement.fingerprint,
        }

    def said(self, key: str) -> str:
        """One sentence with its values."""
        return str(self._words[key]).format(**self._values)

    def row(self, key: str) -> Sequence[str]:
        """The titles of a table."""
        return tuple(self._words[key])

    def sum(self, amount: int) -> str:
        """An amount as it is written in the debtor's country."""
        return money(amount, self._agreement.currency, self._agreement.country)

    def short(self, day: date) -> str:
        """A date for a table; months in letters in English, where day and month are easily swapped."""
        return short_date(day.isoformat()) if self._language == "es" else self.long(day)

    def long(self, day: date) -> str:
        """A date in a sentence."""
        if self._language == "es":
            return long_date(day.isoformat())
        return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
