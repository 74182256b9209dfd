"""Messages, the items that asked for them, their attempts, and the slot of a person's day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, Uuid
from sqlmodel import Field, SQLModel

from storage.tables.columns import NOW, big, count, flag, instant, small, words


class Message(SQLModel, table=True):
    """One message to one person, with its window, its lane, its lease and its fate.

    ``fence`` grows by one with each lease; a writer whose fence is old changes no row. Messages of a
    run wait besides for the run itself to be released (storage.runs). ``unknown_at``: when nobody could say
    whether it left. ``moot_once``: a fallback is no longer wanted once the earlier leg is delivered (5) or
    read (6). Partitioned by month of ``local_on``.
    """

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    local_on: date = Field(primary_key=True)
    portfolio_id: int
    creditor_id: int
    person_id: int = big()
    shard: int = small()
    channel: int = small()
    purpose: int = small()
    relation: int = small(1)
    template_id: int
    variant: int = small(0)
    strategy_id: int = count(0)
    country: str = words(default="")
    lane: int = small(0)
    priority: int = small(0)
    leg: int = small(0)
    send_at: datetime = instant()
    expires_at: datetime = instant()
    state: int = small(1)
    released: bool = flag()
    run_id: int | None = big(nullable=True)
    epoch: int = count(0)
    fence: int = big(0)
    leased_by: str | None = words(nullable=True, default=None)
    leased_until: datetime | None = instant(default=None, nullable=True)
    tries: int = small(0)
    provider_id: str | None = words(nullable=True, default=None)
    reason: str = words(default="")
    decided_at: datetime = instant(NOW)
    sending_at: datetime | None = instant(default=None, nullable=True)
    settled_at: datetime | None = instant(default=None, nullable=True)
    unknown_at: datetime | None = instant(default=None, nullable=True)
    moot_once: int = small(0)
    delivered_at: datetime | None = instant(default=None, nullable=True)
    read_at: datetime | None = instant(default=None, nullable=True)
    price_category: str | None = words(nullable=True, default=None)
    applied: bool = flag()
    __table_args__ = (
        Index("message_lane", "lane", "send_at", postgresql_where="state = 1 AND released"),
        Index("message_open", "state", "leased_until", postgresql_where="state IN (2, 3)"),
        Index("message_person", "person_id", "local_on"),
        Index("message_shard", "shard", "local_on"),
        Index("message_unknown", "unknown_at", postgresql_where="state = 8 AND reason <> 'unconfirmed'"),
        Index("message_presumable", "settled_at", postgresql_where="state = 4 AND channel = 3"),
        Index(
            "message_unapplied", "portfolio_id", postgresql_where="state IN (4,5,6,7,8,9,10) AND NOT applied"
        ),
        {"postgresql_partition_by": "RANGE (local_on)"},
    )


class MessageItem(SQLModel, table=True):
    """What asked for a message; the key of 03, point 2 makes every effect happen once.

    ``attempt`` counts how often the item was armed; earlier attempts are rows of ItemAttempt.
    """

    __tablename__ = "message_item"
    cause_kind: int = Field(primary_key=True, sa_type=SmallInteger)
    cause_id: int = Field(primary_key=True, sa_type=BigInteger)
    node: int = Field(primary_key=True, sa_type=SmallInteger)
    visit: int = Field(primary_key=True)
    addressee_id: int = Field(primary_key=True, sa_type=BigInteger)
    leg: int = Field(primary_key=True, sa_type=SmallInteger)
    message_id: UUID = Field(sa_type=Uuid)
    local_on: date
    account_id: int = big()
    amount: int = big(0)
    variant: int = small(0)
    covered: bool = flag()
    attempt: int = small(1)
    alive: bool = flag(True)
    __table_args__ = (
        Index("message_item_message", "message_id"),
        Index("message_item_account", "account_id"),
    )


class ItemAttempt(SQLModel, table=True):
    """An earlier attempt of an item: the message it stood in and why that one ended."""

    __tablename__ = "item_attempt"
    cause_kind: int = Field(primary_key=True, sa_type=SmallInteger)
    cause_id: int = Field(primary_key=True, sa_type=BigInteger)
    node: int = Field(primary_key=True, sa_type=SmallInteger)
    visit: int = Field(primary_key=True)
    addressee_id: int = Field(primary_key=True, sa_type=BigInteger)
    leg: int = Field(primary_key=True, sa_type=SmallInteger)
    attempt: int = Field(primary_key=True, sa_type=SmallInteger)
    local_on: date = Field(primary_key=True)
    message_id: UUID = Field(sa_type=Uuid)
    reason: str = words(default="")
    __table_args__ = ({"postgresql_partition_by": "RANGE (local_on)"},)


class Slot(SQLModel, table=True):
    """The one collection, reminder or notice a person may get on a local date (03, point 11)."""

    person_id: int = Field(primary_key=True, sa_type=BigInteger)
    local_on: date = Field(primary_key=True)
    message_id: UUID = Field(sa_type=Uuid)
    __table_args__ = ({"postgresql_partition_by": "RANGE (local_on)"},)


class HandOut(SQLModel, table=True):
    """A message given to people rather than to a provider: a call, a letter, an assisted message.

    ``batch`` and ``line`` are its place in a call list or a batch of letters, empty for an assisted one;
    ``handed_to`` who has it, since ``at`` (business time); ``result`` what they reported.
    """

    __tablename__ = "hand_out"
    message_id: UUID = Field(primary_key=True, sa_type=Uuid)
    local_on: date
    portfolio_id: int
    lane: int = small()
    channel: int = small()
    batch: str = words(default="")
    line: int = count(0)
    handed_to: str = words()
    at: datetime = instant()
    result: str | None = words(nullable=True, default=None)
    result_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        Index("hand_out_batch", "batch", "line"),
        Index("hand_out_day", "lane", "local_on"),
    )
