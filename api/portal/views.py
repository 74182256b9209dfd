"""What the pages say of a creditor and a debt: amounts and dates as their readers write them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.agreements.promise_policy import PromisePolicy, policy_of
from api.portal.words import Words
from channels.formats import money
from engine.vocabulary import STOPPED_STATUSES, HoldKind
from storage.portal import DebtShown, InvoiceShown, Visitor

LOGO = "logo"
"""A portfolio's setting: its logo as ``data:image/png;base64,...`` (nothing is fetched from elsewhere)."""


@dataclass(frozen=True)
class Brand:
    """Whose pages they are, and how to reach them."""

    name: str
    logo: str
    phone: str
    address: str
    legal: str

    @property
    def initials(self) -> str:
        """At most two letters, where there is no logo.

        >>> Brand("Banco de Prueba", "", "", "", "").initials
        'BP'
        """
        words = [word for word in self.name.split() if word[:1].isupper()]
        return "".join(word[0] for word in words[:2]) or self.name[:1].upper()


def brand_of(visitor: Visitor) -> Brand:
    """The creditor, as the portfolio's settings say."""

    def said(name: str) -> str:
        return str(visitor.settings.get(name, ""))

    logo = said(LOGO)
    return Brand(
        visitor.creditor,
        logo if logo.startswith("data:image/") else "",
        said("contact_phone"),
        said("contact_address"),
        said("legal_text"),
    )


@dataclass(frozen=True)
class DebtView:
    """One debt as a card: what is owed, until when, and how it stands.

    ``state`` is a phrase ``state.<state>`` and ``tone`` its colour; ``may`` are the things that can be done.
    """

    id: int
    title: str
    last4: str
    due: str
    due_minor: int
    balance: str
    when: str
    as_of: str
    state: str
    tone: str
    note: str
    may: frozenset[str]
    currency: str


def view_of(debt: DebtShown, words: Words, today: date) -> DebtView:
    """A debt in words."""
    state, tone = _state(debt, today)
    owed = debt.amount_to_cure if debt.amount_to_cure > 0 else debt.outstanding_balance
    return DebtView(
        id=debt.account_id,
        title=debt.product.replace("_", " ").capitalize() or words("debt.account"),
        last4=debt.number[-4:],
        due=said_money(debt, owed),
        due_minor=max(owed, 0),
        balance=said_money(debt, max(debt.outstanding_balance, debt.amount_to_cure)),
        when=_when(debt, words, today),
        as_of=words("debt.as_of", day=words.day(debt.amount_as_of)) if debt.amount_as_of else "",
        state=words(f"state.{state}"),
        tone=tone,
        note=_note(debt, words, state),
        may=frozenset(_may(debt)),
        currency=debt.currency,
    )


def said_money(debt: DebtShown, minor: int) -> str:
    """An amount of a debt's currency."""
    return money(minor, debt.currency, debt.country)


def holds(debt: DebtShown, kind: HoldKind) -> bool:
    """Whether a hold of a kind is on the debt."""
    return bool(debt.hold_kinds >> kind & 1)


def totals(debts: Sequence[DebtView], shown: Sequence[DebtShown]) -> list[str]:
    """What is due in all, one amount for each currency."""
    sums: dict[str, tuple[DebtShown, int]] = {}
    for view, debt in zip(debts, shown, strict=True):
        if not debt.is_paid:
            first, so_far = sums.get(debt.currency, (debt, 0))
            sums[debt.currency] = (first, so_far + view.due_minor)
    return [said_money(debt, total) for debt, total in sums.values()]


def invoices_said(
    invoices: Iterable[InvoiceShown], debt: DebtShown, words: Words, today: date
) -> list[Mapping[str, Any]]:
    """The open invoices as rows of a table."""
    return [
        {
            "number": invoice.number,
            "due_on": words.day(invoice.due_on),
            "late": invoice.due_on < today,
            "balance": said_money(debt, invoice.balance),
        }
        for invoice in invoices
    ]


def promise_bounds(debt: DebtShown) -> tuple[PromisePolicy, int, int]:
    """The portfolio's policy with the least and the most it takes today, in minor units."""
    policy = policy_of(debt.settings)
    balance = max(debt.outstanding_balance, debt.amount_to_cure)
    least = max(round(policy.least_share * debt.amount_to_cure), 1)
    return policy, min(least, balance), balance


def _state(debt: DebtShown, today: date) -> tuple[str, str]:
    if debt.is_paid:
        return "paid", "good"
    if debt.account_status in STOPPED_STATUSES:
        return "elsewhere", "muted"
    if debt.dispute_open or debt.complaint_open:
        return "disputed", "muted"
    if holds(debt, HoldKind.PAID_CLAIM):
        return "verifying", "muted"
    if debt.on_plan:
        return "plan", "good"
    if debt.promise_open:
        return "promised", "good"
    if debt.due_on is not None and debt.due_on < today and debt.amount_to_cure > 0:
        return "late", "warn"
    return "current", "good"


def _may(debt: DebtShown) -> Iterable[str]:
    if debt.is_paid or debt.account_status in STOPPED_STATUSES:
        return
    yield "pay"
    if debt.dispute_open or debt.complaint_open:
        return
    if not holds(debt, HoldKind.PAID_CLAIM):
        yield "claim"
        yield from ("schedule",) if debt.on_plan else _ways_out(debt)
    yield "dispute"


def _ways_out(debt: DebtShown) -> Iterable[str]:
    yield "plan"
    if not debt.promise_open:
        yield "promise"


def _when(debt: DebtShown, words: Words, today: date) -> str:
    if debt.due_on is None or debt.is_paid:
        return ""
    late = (today - debt.due_on).days
    if late > 0 and debt.amount_to_cure > 0:
        return words("debt.late_one" if late == 1 else "debt.late", day=words.day(debt.due_on), days=late)
    return words("debt.until", day=words.day(debt.due_on))


def _note(debt: DebtShown, words: Words, state: str) -> str:
    if state == "promised" and debt.promise_amount is not None and debt.promise_due_on is not None:
        amount = said_money(debt, debt.promise_amount)
        return words("note.promised", amount=amount, day=words.day(debt.promise_due_on))
    return words(f"note.{state}") if words.knows(f"note.{state}") else ""
