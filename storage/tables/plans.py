"""Payment plans with their debts, instalments and letters; which invoices a payment was matched to."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from storage.tables.columns import NOW, big, document, identity, instant, octets, small, words


class Plan(SQLModel, table=True):
    """One payment plan of one person with one creditor, its terms frozen by ``terms_hash``.

    ``state``: offered, then accepted or withdrawn; accepted, then kept, broken or cancelled. ``covers``:
    ``arrears`` (what is past due) or ``balance`` (all of it). Money in minor units of ``currency``: what
    was owed by component, what of it is forgiven once the plan is kept, ``total`` what is to be paid.
    ``paid`` is what came in since the acceptance, ``missed`` how many instalments are missed now.
    """

    id: int | None = identity()
    portfolio_id: int
    creditor_id: int
    person_id: int = big()
    state: str = words(default="offered")
    covers: str = words()
    currency: str = words()
    capital: int = big()
    interest: int = big(0)
    fees: int = big(0)
    tax: int = big(0)
    discount_capital: int = big(0)
    discount_interest: int = big(0)
    discount_fees: int = big(0)
    total: int = big()
    down_payment: int = big(0)
    valid_until: date
    grace_days: int = small(0)
    broken_after: int = small(1)
    terms_hash: bytes = octets()
    via: str = words()
    reference: str | None = words(nullable=True, default=None)
    offered_by: str = words()
    offered_at: datetime = instant(NOW)
    approved_by: str | None = words(nullable=True, default=None)
    accepted_via: str | None = words(nullable=True, default=None)
    accepted_by: str | None = words(nullable=True, default=None)
    accepted_at: datetime | None = instant(default=None, nullable=True)
    closed_at: datetime | None = instant(default=None, nullable=True)
    closed_by: str | None = words(nullable=True, default=None)
    reason: str = words(default="")
    paid: int = big(0)
    missed: int = small(0)
    __table_args__ = (
        UniqueConstraint("via", "reference"),
        Index("plan_person", "person_id"),
        Index("plan_open", "portfolio_id", postgresql_where=text("state IN ('offered', 'accepted')")),
    )


class PlanDebt(SQLModel, table=True):
    """One account of a plan: what it owed, what of it is forgiven, and its share of the total.

    ``taken`` is what the kept plan took off each amount of the account, and ``load_id`` the load whose
    amounts it found there: a reversal gives it back.
    """

    __tablename__ = "plan_debt"
    plan_id: int = big(primary_key=True)
    account_id: int = big(primary_key=True)
    amount: int = big()
    discount: int = big(0)
    total: int = big()
    taken: dict[str, object] = document()
    load_id: int | None = big(nullable=True)
    __table_args__ = (Index("plan_debt_account", "account_id"),)


class PlanInstalment(SQLModel, table=True):
    """One instalment of a plan; number 0 is the down payment. ``missed_on``: the date it was found missed."""

    __tablename__ = "plan_instalment"
    plan_id: int = big(primary_key=True)
    number: int = small(primary_key=True)
    due_on: date
    amount: int = big()
    paid: int = big(0)
    missed_on: date | None = None
    __table_args__ = (Index("plan_instalment_due", "due_on"),)


class PlanLetter(SQLModel, table=True):
    """The agreement letter of a plan in a language: an encrypted cell, and the hash of the PDF in it."""

    __tablename__ = "plan_letter"
    plan_id: int = big(primary_key=True)
    language: str = words(primary_key=True)
    sha256: bytes = octets()
    content: str = words()
    made_at: datetime = instant(NOW)


class PaymentInvoice(SQLModel, table=True):
    """What of a payment was matched to an invoice, in minor units."""

    __tablename__ = "payment_invoice"
    payment_id: int = big(primary_key=True)
    invoice_id: int = big(primary_key=True)
    amount: int = big()
    __table_args__ = (Index("payment_invoice_invoice", "invoice_id"),)
