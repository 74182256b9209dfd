"""What people work with: agents and their room, quick replies, words written to persons, and tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel, Text

from storage.tables.columns import NOW, big, count, document, flag, identity, instant, small, words


class Agent(SQLModel, table=True):
    """A user who answers in a portfolio: how many conversations at once, in which languages, of which kinds.

    Empty lists mean any.
    """

    __tablename__ = "agent"
    portfolio_id: int = Field(primary_key=True)
    login: str = words(primary_key=True)
    available: bool = flag(True)
    capacity: int = count(20)
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), server_default=text("'{}'"), nullable=False))
    kinds: list[str] = Field(sa_column=Column(ARRAY(Text), server_default=text("'{}'"), nullable=False))


class QuickReply(SQLModel, table=True):
    """A text agents have at hand, with the variables of templates."""

    __tablename__ = "quick_reply"
    portfolio_id: int = Field(primary_key=True)
    key: str = words(primary_key=True)
    language: str = words(primary_key=True)
    title: str = words()
    body: str = words()
    updated_by: str = words()
    updated_at: datetime = instant(NOW)


class WrittenMessage(SQLModel, table=True):
    """The words somebody wrote to a person, encrypted under that person's key; ``key`` is taken once.

    ``words`` is a sealed JSON document (storage.outbox.written); empty where a template was sent.
    """

    __tablename__ = "written_message"
    id: int | None = identity()
    key: str = words(unique=True)
    conversation_id: int | None = big(nullable=True)
    person_id: int = big()
    message_id: UUID = Field(sa_type=Uuid, unique=True)
    by: str = words()
    words: str = words(default="")
    at: datetime = instant()
    __table_args__ = (
        Index("written_message_conversation", "conversation_id"),
        Index("written_message_person", "person_id", "at"),
    )


class Task(SQLModel, table=True):
    """Something that waits for a person, made once per ``source``; state: open, taken, done, expired.

    ``value`` in minor units of ``currency`` (a code of the terms). ``taken_until`` is when one nobody ends
    is open again; ``for_agent`` whom a callback comes back to; ``note`` is sealed.
    """

    __tablename__ = "task"
    id: int | None = identity()
    source: str = words(unique=True)
    portfolio_id: int
    kind: str = words()
    queue: str = words()
    skill: str = words(default="")
    person_id: int = big()
    creditor_id: int
    account_id: int | None = big(nullable=True)
    value: int = big(0)
    currency: int = small(0)
    priority: int = small(100)
    due_at: datetime = instant()
    not_before: datetime | None = instant(default=None, nullable=True)
    for_agent: str = words(default="")
    state: str = words(default="open")
    taken_by: str | None = words(nullable=True, default=None)
    taken_at: datetime | None = instant(default=None, nullable=True)
    taken_until: datetime | None = instant(default=None, nullable=True)
    result: str = words(default="")
    note: str = words(default="")
    ended_by: str | None = words(nullable=True, default=None)
    ended_at: datetime | None = instant(default=None, nullable=True)
    created_at: datetime = instant()
    about: dict[str, object] = document()
    __table_args__ = (
        Index("task_open", "portfolio_id", "priority", "value", postgresql_where=text("state = 'open'")),
        Index("task_taken", "taken_by", postgresql_where=text("state = 'taken'")),
        Index("task_person", "person_id"),
        Index("task_ended", "portfolio_id", "ended_at", postgresql_where=text("state = 'done'")),
    )
