"""The book: creditors, portfolios, persons, contact points, accounts and what happened to them.

Enumerations are ``smallint`` codes of :mod:`engine.vocabulary`; open vocabularies (product, currency,
region, intent) are codes of :class:`Term`. Money is ``bigint`` minor units of the account's currency.
``shard`` is a hash of the person, 0 to 255: caps, slots and arbitration are per person.
What changed since a snapshot is found by the transaction that wrote each row (storage.shard_tables).
"""

from datetime import date, datetime

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel, Text

from storage.tables.columns import (
    NOW,
    big,
    count,
    document,
    flag,
    identity,
    instant,
    octets,
    small,
    words,
)


class Term(SQLModel, table=True):
    """A word of an open vocabulary and its code: ``("product", 3, "tarjeta")``."""

    kind: str = words(primary_key=True)
    code: int = small(primary_key=True)
    word: str = words()
    __table_args__ = (UniqueConstraint("kind", "word"),)


class Place(SQLModel, table=True):
    """Where a debtor is: country, subdivision and every candidate time zone."""

    id: int = Field(default=None, primary_key=True, sa_type=SmallInteger)
    country: str = words()
    subdivision: str = words(default="")
    zones: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    __table_args__ = (UniqueConstraint("country", "subdivision", "zones"),)


class Creditor(SQLModel, table=True):
    """Who the debts are owed to; the holdout is the creditor's (03, point 10).

    ``whatsapp_policy``: ``own_debts``, ``agency`` (collects for others: Meta forbids it, so nothing leaves by
    WhatsApp) or ``agency_approved`` (the client declares Meta's approval).
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = words(unique=True)
    name: str = words()
    country: str = words()
    reporting_currency: str = words()
    holdout_share_bp: int = count(0)
    holdout_seed: str = words(default="holdout")
    holdout_until: date | None = None
    whatsapp_policy: str = words(default="own_debts")


class Portfolio(SQLModel, table=True):
    """A set of accounts worked with one set of strategies, in one time zone."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = words(unique=True)
    name: str = words()
    country: str = words()
    timezone: str = words()
    shadow: bool = flag()
    settings: dict[str, object] = document()


class Person(SQLModel, table=True):
    """A customer, found by the blind index of id type and number; never merged by phone."""

    id: int | None = identity()
    identity_index: bytes = octets(unique=True)
    shard: int = small()
    name: str = words()
    customer_type: int = small(0)
    place_id: int = small()
    language: str = words(default="es")
    risk_score: int | None = None
    payer_profile: int = small(0)
    customer_since_on: date | None = None
    labels: int = big(0)
    payday_calendar: int = small(0)
    preferred_channel: int = small(0)
    preferred_payment_method: int = small(0)
    reachable_channels: int = big(0)
    verified_channels: int = big(0)
    consented_channels: int = big(0)
    denied_channels: int = big(0)
    stops: int = big(0)
    last_reply_on: date | None = None
    last_intent: int | None = small(nullable=True)
    last_contact_on: date | None = None
    contacts_7d: int = count(0)
    last_message_status: int | None = small(nullable=True)
    best_hour: int | None = small(nullable=True)
    fictitious: bool = flag()
    revision: int = count(0)
    __table_args__ = (Index("person_shard", "shard"),)


class ContactPoint(SQLModel, table=True):
    """A phone or mailbox; ``channels`` is the bit set of channels it can carry.

    ``wrote_at``: the person's latest WhatsApp message from it, which opens the 24-hour window. ``user_id``:
    the provider's own name of the person, told instead of the number since 2026. ``rest_until``: the
    provider's cap per person, growing with ``rests``.
    """

    __tablename__ = "contact_point"
    id: int | None = identity()
    person_id: int = big()
    kind: str = words()
    value: str = words()
    value_index: bytes = octets()
    channels: int = big(0)
    verified: bool = flag()
    status: str = words(default="active")
    fictitious: bool = flag()
    wrote_at: datetime | None = instant(default=None, nullable=True)
    user_id: str | None = words(nullable=True, default=None)
    rest_until: datetime | None = instant(default=None, nullable=True)
    rests: int = small(0)
    __table_args__ = (
        UniqueConstraint("person_id", "value_index"),
        Index("contact_point_value", "value_index"),
        Index("contact_point_user", "user_id", postgresql_where=text("user_id IS NOT NULL")),
    )


class ConsentRow(SQLModel, table=True):
    """What a person said about one channel, from where and when; the latest wins."""

    __tablename__ = "consent"
    person_id: int = big(primary_key=True)
    channel: int = small(primary_key=True)
    state: int = small()
    source: str = words()
    at: datetime = instant(NOW)


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
    """An open or settled invoice of an account."""

    id: int | None = identity()
    account_id: int = big()
    number: str = words()
    issued_on: date | None = None
    due_on: date
    amount: int = big()
    balance: int = big()
    __table_args__ = (UniqueConstraint("account_id", "number"),)


class Payment(SQLModel, table=True):
    """Money that came in, once per (source, reference); reversed when ``reversed_at`` is set.

    ``taken`` is what it took off each amount of the account, and ``load_id`` the load whose amounts it
    found there. ``reopens`` while the enrolment it ended waits for the next date to be opened again.
    """

    id: int | None = identity()
    account_id: int = big()
    source: str = words()
    reference: str = words()
    amount: int = big()
    paid_at: datetime = instant()
    received_at: datetime = instant(NOW)
    reversed_at: datetime | None = instant(default=None, nullable=True)
    taken: dict[str, object] = document()
    load_id: int | None = big(nullable=True)
    reopens: bool = flag()
    __table_args__ = (
        UniqueConstraint("source", "reference"),
        Index("payment_account", "account_id"),
        Index("payment_reopens", "account_id", postgresql_where=text("reopens")),
    )


class Promise(SQLModel, table=True):
    """A promise to pay: proposed (not yet confirmed), made, then kept, partially_kept, broken or withdrawn.

    ``paid`` is what came in for it, in minor units; ``reference`` is the promiser's own, if it gave one.
    """

    id: int | None = identity()
    account_id: int = big()
    amount: int = big()
    due_on: date
    state: str = words(default="made")
    via: str = words()
    reference: str | None = words(nullable=True, default=None)
    paid: int = big(0)
    made_at: datetime = instant(NOW)
    closed_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        UniqueConstraint("via", "reference"),
        Index("promise_account", "account_id"),
        Index("promise_due", "due_on", postgresql_where=text("state = 'made'")),
    )


class OutsideContact(SQLModel, table=True):
    """A contact made by a dialer, branch, agency or the core: counts in caps and locks (row E8)."""

    __tablename__ = "outside_contact"
    id: int | None = identity()
    person_id: int = big()
    creditor_id: int
    account_id: int | None = big(nullable=True)
    channel: int = small()
    at: datetime = instant()
    local_on: date
    two_way: bool = flag()
    by: str = words()
    result: str = words(default="")
    source: str = words()
    reference: str = words()
    shard: int = small()
    __table_args__ = (
        UniqueConstraint("source", "reference"),
        Index("outside_contact_shard", "shard", "local_on"),
    )


class Hold(SQLModel, table=True):
    """A typed hold with a term: on the accounts named, or on a person and creditor (03, point 7)."""

    id: int | None = identity()
    person_id: int = big()
    creditor_id: int | None = None
    account_id: int | None = big(nullable=True)
    kind: int = small()
    since_on: date
    until_on: date
    by: str = words()
    reason: str = words(default="")
    released_on: date | None = None
    __table_args__ = (Index("hold_person", "person_id"),)


class AccountEvent(SQLModel, table=True):
    """What happened to an account, once per (source, reference): releases waits and explains paths.

    ``applied`` once the account was evaluated because of it.
    """

    __tablename__ = "account_event"
    id: int | None = identity()
    account_id: int = big()
    person_id: int = big()
    shard: int = small()
    kind: int = small()
    at: datetime = instant()
    received_at: datetime = instant(NOW)
    source: str = words()
    reference: str = words()
    body: dict[str, object] = document()
    applied: bool = flag()
    __table_args__ = (
        UniqueConstraint("source", "reference", "account_id"),
        Index("account_event_account", "account_id", "at"),
        Index("account_event_new", "id", postgresql_where=text("NOT applied")),
    )


class Load(SQLModel, table=True):
    """One file or push of book data: what it said, what landed and what was refused (03, point 18)."""

    id: int | None = identity()
    portfolio_id: int
    kind: str = words()
    scope: str = words()
    as_of: date
    source: str = words()
    content_hash: str = words()
    rows: int = count(0)
    accepted: int = count(0)
    changed: int = count(0)
    refused: int = count(0)
    totals: dict[str, object] = document()
    state: str = words()
    loaded_at: datetime = instant(NOW)


class Refusal(SQLModel, table=True):
    """One row of a load that was refused, with its place, value and reason."""

    id: int | None = identity()
    load_id: int = big()
    line: int
    column_name: str = words()
    value: str = words()
    reason: str = words()
    __table_args__ = (Index("refusal_load", "load_id"),)


class Mapping(SQLModel, table=True):
    """A saved column mapping of a portfolio's files."""

    id: int | None = identity()
    portfolio_id: int
    name: str = words()
    body: dict[str, object] = document()
    __table_args__ = (UniqueConstraint("portfolio_id", "name"),)


class SpecialDay(SQLModel, table=True):
    """A date that is like no other in a country or region, for everyone in it.

    ``kind``: ``mourning``, ``disaster``, ``election``, or ``holiday`` for one decreed out of season: what
    each closes is the law's (engine.contact_policy).
    """

    __tablename__ = "special_day"
    id: int | None = identity()
    country: str = words()
    subdivision: str = words(default="")
    day: date
    kind: str = words(default="mourning")
    reason: str = words()
    __table_args__ = (UniqueConstraint("country", "subdivision", "day"),)
