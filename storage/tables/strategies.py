"""Strategies, their immutable versions, templates, and where every account stands in them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import NOW, big, count, document, flag, identity, instant, small, words


class StrategyRow(SQLModel, table=True):
    """A strategy of a portfolio; ``active_version_id`` is the published version new accounts enter."""

    __tablename__ = "strategy"
    id: int | None = Field(default=None, primary_key=True)
    portfolio_id: int
    key: str = words()
    name: str = words()
    kind: str = words(default="strategy")
    active_version_id: int | None = None
    paused: bool = flag()
    __table_args__ = (UniqueConstraint("portfolio_id", "key"),)


class StrategyVersion(SQLModel, table=True):
    """One published document, never changed; found by its content hash."""

    __tablename__ = "strategy_version"
    id: int | None = Field(default=None, primary_key=True)
    strategy_id: int
    number: int
    body: dict[str, object] = document()
    content_hash: str = words()
    published_at: datetime = instant(NOW)
    published_by: str = words()
    approved_by: str = words()
    __table_args__ = (UniqueConstraint("strategy_id", "number"),)


class StrategyNode(SQLModel, table=True):
    """The stable code of a node id within a strategy, the same in every version that has the id."""

    __tablename__ = "strategy_node"
    strategy_id: int = Field(primary_key=True)
    code: int = small(primary_key=True)
    node_id: str = words()
    __table_args__ = (UniqueConstraint("strategy_id", "node_id"),)


class TemplateRow(SQLModel, table=True):
    """One version of a message template of a channel and language, with its approval state.

    State: ``draft`` (saved, waits for a second person), ``approved``, ``rejected``, ``paused`` (its
    provider held it). ``decided_by`` approved or rejected it.
    """

    __tablename__ = "template"
    id: int | None = Field(default=None, primary_key=True)
    key: str = words()
    version: int
    channel: int = small()
    language: str = words()
    body: dict[str, object] = document()
    state: str = words(default="approved")
    saved_by: str = words(default="")
    decided_by: str = words(default="")
    saved_at: datetime = instant(NOW)
    __table_args__ = (UniqueConstraint("key", "version"),)


class Pilot(SQLModel, table=True):
    """A template whose messages go to a share of its people first, until a person lets the rest follow."""

    id: int | None = identity()
    template_key: str = words()
    share_bp: int
    started_by: str = words()
    started_at: datetime = instant(NOW)
    ended_by: str | None = words(nullable=True, default=None)
    ended_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        Index("pilot_running", "template_key", unique=True, postgresql_where=text("ended_at IS NULL")),
    )


class Enrolment(SQLModel, table=True):
    """One account's passage through one strategy: (account, strategy, entry_no) (03, point 1)."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    account_id: int = big()
    person_id: int = big()
    portfolio_id: int
    shard: int = small()
    strategy_id: int
    version_id: int
    entry_no: int = small(1)
    episode: int = count(0)
    node: int = small()
    state: int = small()
    visit: int = count(1)
    due_on: date | None = None
    entered_on: date
    arrived_on: date
    anchor_at: datetime = instant()
    signal: str | None = words(nullable=True, default=None)
    holdout: bool = flag()
    deferrals: int = small(0)
    reason: int = small(0)
    acted_on: date | None = None
    ended_on: date | None = None
    outcome: int = small(0)
    revision: int = count(0)
    __table_args__ = (
        UniqueConstraint("account_id", "strategy_id", "entry_no"),
        Index("enrolment_shard", "portfolio_id", "shard"),
        {"postgresql_with": {"fillfactor": "45"}},
    )


class Exposure(SQLModel, table=True):
    """The first time a person met an experiment; the stored arm wins over the hash (03, point 10)."""

    experiment: str = words(primary_key=True)
    person_id: int = big(primary_key=True)
    arm: int = small()
    exposed_on: date


class Effect(SQLModel, table=True):
    """A task, offer, label or core action: one per cause, node and visit."""

    cause_kind: int = small(primary_key=True)
    cause_id: int = big(primary_key=True)
    node: int = small(primary_key=True)
    visit: int = Field(primary_key=True)
    kind: str = words(primary_key=True)
    account_id: int = big()
    person_id: int = big()
    portfolio_id: int
    decided_on: date
    details: dict[str, object] = document()
    state: str = words(default="open")
    result: str | None = words(nullable=True, default=None)
    __table_args__ = (
        Index("effect_account", "account_id"),
        Index("effect_task", "portfolio_id", postgresql_where=text("kind = 'task' AND state = 'open'")),
    )
