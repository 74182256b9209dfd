"""What happened to accounts: payments, promises, contacts made outside, holds, events."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from storage.tables.columns import NOW, big, document, flag, identity, instant, small, words


class Payment(SQLModel, table=True):
    """Money that came in, once per (source, reference); reversed when ``reversed_at`` is set.

    ``taken`` is what it took off each amount of the account, and ``load_id`` the load whose amounts it
    found there. ``over`` is what was paid beyond what the account owed. ``reopens`` while the enrolment it
    ended waits for the next date to be opened again.
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
    over: int = big(0)
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
