"""When a version of a strategy took effect, and where it found the accounts that it moved."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from storage.tables.columns import big, count, flag, identity, instant, small, words


class Publication(SQLModel, table=True):
    """One version put in force, or waiting for its date.

    State: ``scheduled`` (takes effect with the first date opened at or after ``takes_effect_on``),
    ``in_force``, ``undone``. ``in_force_since`` is the newest business date when it took effect: until
    another opens it can be undone. ``choices`` say what becomes of accounts in older versions, node by
    node; nothing while nobody has asked for a move. ``rate`` is the flood's, a day.
    """

    id: int | None = identity()
    strategy_id: int
    version_id: int
    previous_version_id: int | None = None
    state: str = words()
    takes_effect_on: date | None = None
    in_force_since: date | None = None
    choices: dict[str, list[str]] | None = Field(default=None, sa_type=JSONB)
    rate: float = 0.2
    by: str = words()
    at: datetime = instant()
    __table_args__ = (Index("publication_strategy", "strategy_id", "id"),)


class EnrolmentMove(SQLModel, table=True):
    """An enrolment a publication moved: its place before and after; or one that ``waiting`` will follow.

    Kept until the next date opens, then only those that wait for the outcome of their message.
    """

    __tablename__ = "enrolment_move"
    publication_id: int = Field(primary_key=True, sa_type=BigInteger)
    enrolment_id: int = Field(primary_key=True, sa_type=BigInteger)
    portfolio_id: int
    waiting: bool = flag()
    version_id: int
    node: int = small()
    state: int = small()
    visit: int = count(1)
    due_on: date | None = None
    arrived_on: date
    deferrals: int = small(0)
    to_version: int | None = None
    to_node: int | None = small(nullable=True)
    to_state: int | None = small(nullable=True)
    to_visit: int | None = None
    to_due_on: date | None = None
    __table_args__ = (
        Index("enrolment_move_waiting", "portfolio_id", postgresql_where=text("waiting")),
        Index("enrolment_move_enrolment", "enrolment_id"),
    )


class CapacityUse(SQLModel, table=True):
    """What of a capacity was used on a business date, drawn down under a lock.

    ``node`` is the node's code, or -1 for a campaign as a whole. ``unit``: ``messages``, ``money`` and
    ``tasks`` of evaluations beside the daily run, which share a reserve; ``budget`` and
    ``event_budget`` of a campaign, in minor units of the reporting currency.
    """

    __tablename__ = "capacity_use"
    strategy_id: int = Field(primary_key=True)
    business_date: date = Field(primary_key=True)
    node: int = small(primary_key=True)
    unit: str = words(primary_key=True)
    used: int = big(0)
