"""What falls due at an instant, what could not be worked, and the hours at which people answer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import REAL, BigInteger, Index, SmallInteger, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel

from storage.tables.columns import big, instant, small, words


class Timer(SQLModel, table=True):
    """One instant an enrolment waits for at a node and visit; worked once, then kept with its result.

    ``kind`` is a code of storage.timers; ``since_on`` the business date it was first set on. With
    ``not_before_on`` it waits besides for that business date to be opened. ``message_id`` is the message
    whose fate is looked at then.
    """

    kind: int = Field(primary_key=True, sa_type=SmallInteger)
    cause_id: int = Field(primary_key=True, sa_type=BigInteger)
    node: int = Field(primary_key=True, sa_type=SmallInteger)
    visit: int = Field(primary_key=True)
    portfolio_id: int
    account_id: int = big()
    due_at: datetime = instant()
    not_before_on: date | None = None
    since_on: date
    message_id: UUID | None = Field(default=None, sa_type=Uuid, nullable=True)
    done_at: datetime | None = instant(default=None, nullable=True)
    result: str = words(default="")
    __table_args__ = (Index("timer_due", "due_at", postgresql_where=text("done_at IS NULL")),)


class Fault(SQLModel, table=True):
    """Work that raised: tried again at ``next_at`` (real time), set aside for a person after some tries.

    ``work`` names the kind (event, timer, message), ``key`` the row of it.
    """

    work: str = words(primary_key=True)
    key: str = words(primary_key=True)
    account_id: int | None = big(nullable=True)
    tries: int = small(0)
    reason: str = words(default="")
    next_at: datetime = instant()
    set_aside_at: datetime | None = instant(default=None, nullable=True)


class PersonHours(SQLModel, table=True):
    """When a person answers and reads: one decayed weight per local hour, as of a date."""

    __tablename__ = "person_hours"
    person_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    weights: list[float] = Field(sa_column=Column(ARRAY(REAL), nullable=False))
    answers: float = Field(sa_type=REAL)
    as_of: date
