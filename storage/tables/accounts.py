"""Accounts with their amounts and states, who else answers for them, and their invoices.

Enumerations are ``smallint`` codes of :mod:`engine.vocabulary`; open vocabularies (product, currency,
region, intent) are codes of :class:`storage.tables.owners.Term`. Money is ``bigint`` minor units of the
account's currency. What changed since a snapshot is found by the transaction that wrote each row
(storage.shard_tables).
"""

from datetime import date

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from storage.tables.columns import big, count, document, flag, identity, small, words


class Account(SQLModel, table=True):
    """One debt, with the amounts and states of row D7."""

    id: int | None = identity()
    portfolio_id: int
    creditor_id: int
    person_id: int = big()
    shard: int = small()
    number: str = words()
    product: int = small(0)
    currency: int = small(0)
    account_status: int = small(1)
    due_on: date | None = None
    effective_due_on: date | None = None
    original_due_on: date | None = None
    amount_to_cure: int = big(0)
    minimum_payment: int | None = big(nullable=True)
    payoff_amount: int | None = big(nullable=True)
    principal_past_due: int | None = big(nullable=True)
    interest_past_due: int | None = big(nullable=True)
    late_interest: int | None = big(nullable=True)
    fees_past_due: int | None = big(nullable=True)
    tax_past_due: int | None = big(nullable=True)
    outstanding_balance: int = big(0)
    credit_limit: int | None = big(nullable=True)
    amount_as_of: date | None = None
    invoice_count: int = count(0)
    payment_terms_days: int | None = None
    charged_off_on: date | None = None
    restructured_on: date | None = None
    prescribes_on: date | None = None
    roll: int | None = small(nullable=True)
    times_delinquent_12m: int = small(0)
    worst_dpd_12m: int = count(0)
    last_payment_on: date | None = None
    paid_30d: int = big(0)
    promise_open: bool = flag()
    promise_amount: int | None = big(nullable=True)
    promise_due_on: date | None = None
    promises_kept_90d: int = small(0)
    promises_broken_90d: int = small(0)
    on_plan: bool = flag()
    plan_instalments_missed: int = small(0)
    dispute_open: bool = flag()
    complaint_open: bool = flag()
    hold_kinds: int = count(0)
    missing: bool = flag()
    episode: int = count(0)
    custom: dict[str, object] = document()
    load_id: int | None = big(nullable=True)
    revision: int = count(0)
    __table_args__ = (
        UniqueConstraint("portfolio_id", "number"),
        Index("account_shard", "portfolio_id", "shard"),
        Index("account_person", "person_id"),
        {"postgresql_with": {"fillfactor": "85"}},
    )


class AccountParty(SQLModel, table=True):
    """A co-debtor or guarantor of an account; contacted only after the notice to the debtor."""

    __tablename__ = "account_party"
    account_id: int = big(primary_key=True)
    person_id: int = big(primary_key=True)
    relation: int = small()
    noticed_on: date | None = None


class Invoice(SQLModel, table=True):
    """An open or settled invoice of an account; ``fiscal_id`` is its number at the tax office (a UUID)."""

    id: int | None = identity()
    account_id: int = big()
    number: str = words()
    issued_on: date | None = None
    due_on: date
    amount: int = big()
    balance: int = big()
    fiscal_id: str | None = words(nullable=True, default=None)
    __table_args__ = (
        UniqueConstraint("account_id", "number"),
        Index("invoice_fiscal", "fiscal_id", postgresql_where=text("fiscal_id IS NOT NULL")),
    )
