"""Business dates, their shards, passages and closes; the clock, the red button and the heartbeat."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.columns import NOW, big, count, document, flag, identity, instant, octets, small, words


class Run(SQLModel, table=True):
    """One business date of one portfolio; the unique row is the guard against a second run.

    State: ``open`` (shards working), ``closed`` (balanced, messages released unless the fuse holds),
    ``held`` (closed, release waits for a person), ``failed``, ``skipped`` (a missed date). ``delivery``
    is the second close: what became of the date's messages once their windows were over.
    """

    id: int | None = identity()
    portfolio_id: int
    business_date: date
    state: str = words()
    shadow: bool = flag()
    shards: int = count(0)
    accounts: int = count(0)
    manifest: dict[str, object] = document()
    fuse: dict[str, object] = document()
    delivery: dict[str, object] | None = document(None)
    opened_at: datetime = instant(NOW)
    closed_at: datetime | None = instant(default=None, nullable=True)
    released_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (UniqueConstraint("portfolio_id", "business_date"),)


class RunShard(SQLModel, table=True):
    """One shard of a run: its snapshot's hash and how often it was tried."""

    __tablename__ = "run_shard"
    run_id: int = Field(primary_key=True, sa_type=BigInteger)
    shard: int = Field(primary_key=True, sa_type=SmallInteger)
    state: str = words(default="ready")
    tries: int = small(0)
    snapshot: str = words(default="")
    snapshot_hash: str = words(default="")
    timings: dict[str, object] = document()
    done_at: datetime | None = instant(default=None, nullable=True)


class CloseFigure(SQLModel, table=True):
    """How many accounts of a shard left the day in one bucket, and why."""

    __tablename__ = "close_figure"
    run_id: int = Field(primary_key=True, sa_type=BigInteger)
    shard: int = Field(primary_key=True, sa_type=SmallInteger)
    bucket: int = Field(primary_key=True, sa_type=SmallInteger)
    reason: str = words(primary_key=True)
    accounts: int


class Passage(SQLModel, table=True):
    """How many accounts left a node by a port in one shard of a run, and their amount in minor units."""

    run_id: int = Field(primary_key=True, sa_type=BigInteger)
    shard: int = Field(primary_key=True, sa_type=SmallInteger)
    version_id: int = Field(primary_key=True)
    node: int = Field(primary_key=True, sa_type=SmallInteger)
    port: str = words(primary_key=True)
    currency: int = Field(primary_key=True, sa_type=SmallInteger)
    accounts: int
    amount: int = big()


class Verdict(SQLModel, table=True):
    """A wanted contact that was not made on a date, with the rule that said so. Partitioned by month."""

    enrolment_id: int = Field(primary_key=True, sa_type=BigInteger)
    decided_on: date = Field(primary_key=True)
    node: int = Field(primary_key=True, sa_type=SmallInteger)
    account_id: int = big()
    run_id: int | None = big(nullable=True)
    outcome: int = small()
    reason: str = words()
    until_on: date | None = None
    __table_args__ = (
        Index("verdict_account", "account_id"),
        {"postgresql_partition_by": "RANGE (decided_on)"},
    )


class LedgerLine(SQLModel, table=True):
    """The bitácora: one append-only line with its hash. Partitioned by month."""

    __tablename__ = "ledger"
    id: int | None = identity()
    at: datetime = instant(NOW, primary_key=True)
    kind: str = words()
    subject: str = words()
    body: dict[str, object] = document()
    hash: bytes = octets()
    __table_args__ = (
        Index("ledger_subject", "subject"),
        {"postgresql_partition_by": "RANGE (at)"},
    )


class StopSwitch(SQLModel, table=True):
    """The red button: what may not be sent until a second person resumes it."""

    __tablename__ = "stop_switch"
    id: int | None = identity()
    scope: str = words()
    value: str = words(default="")
    stopped_by: str = words()
    stopped_at: datetime = instant(NOW)
    reason: str = words(default="")
    resumed_by: str | None = words(nullable=True, default=None)
    resumed_at: datetime | None = instant(default=None, nullable=True)


class BusinessClock(SQLModel, table=True):
    """Business time for simulators only: where it started and how fast it runs. One row."""

    __tablename__ = "business_clock"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    business_at: datetime = instant()
    real_at: datetime = instant()
    speed: float = 1.0


class Installation(SQLModel, table=True):
    """One row: the restore epoch, raised when a backup is put back so that nothing queued is re-sent."""

    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    restore_epoch: int = count(0)
    watermark_on: date | None = None


class Heartbeat(SQLModel, table=True):
    """When a process was last alive and what it was doing."""

    name: str = words(primary_key=True)
    at: datetime = instant(NOW)
    details: dict[str, object] = document()


class SenderNumber(SQLModel, table=True):
    """A sending identity: the lane messages wait in and the worker that owns it for now.

    ``tier``: unique persons its ``pool`` (the business portfolio at Meta; empty: this number alone) may
    begin a conversation with in 24 hours, 0 for no limit. It sends nothing until ``paused_until``.
    """

    __tablename__ = "sender"
    lane: int = Field(primary_key=True, sa_type=SmallInteger)
    channel: int = small()
    portfolio_id: int
    address: str = words()
    per_second: int = count(72)
    owner: str | None = words(nullable=True, default=None)
    owned_until: datetime | None = instant(default=None, nullable=True)
    tier: int = count(0)
    pool: str = words(default="")
    quality: str = words(default="")
    paused_until: datetime | None = instant(default=None, nullable=True)
    pause_reason: str = words(default="")
