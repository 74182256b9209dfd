"""What providers told us and know of us: the inbox, registered templates, whom a number reached, alerts."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import NOW, big, count, document, flag, identity, instant, small, words


class InboxRow(SQLModel, table=True):
    """One thing a provider told us, stored once per (source, event_id) before it is acted upon.

    State: ``new``, ``done``, ``kept`` (of a kind nobody acts upon) or ``quarantined`` (it raises; ``fault``
    says what). ``lane`` is the order of work: 1 stops, 2 replies, 3 statuses, 4 everything else.
    """

    __tablename__ = "inbox"
    id: int | None = identity()
    source: str = words()
    event_id: str = words()
    lane: int = small()
    kind: str = words()
    body: dict[str, object] = document()
    at: datetime = instant()
    received_at: datetime = instant(NOW)
    state: str = words(default="new")
    fault: str = words(default="")
    worked_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("inbox_new", "lane", "id", postgresql_where=text("state = 'new'")),
        Index("inbox_aside", "id", postgresql_where=text("state IN ('kept', 'quarantined')")),
    )


class ProviderTemplate(SQLModel, table=True):
    """One wording as a provider registers it: what it decided about it, and its own category and quality.

    ``state`` is pending, approved, rejected, paused, disabled or faulty (its parameters do not fit);
    ``category`` is the provider's, which may have become marketing. ``template_id`` is empty for one that
    was made elsewhere.
    """

    __tablename__ = "provider_template"
    provider: str = words(primary_key=True)
    name: str = words(primary_key=True)
    language: str = words(primary_key=True)
    template_id: int | None = Field(default=None, index=True)
    neutral: bool = flag()
    provider_id: str = words(default="")
    state: str = words(default="pending")
    category: str = words(default="")
    quality: str = words(default="")
    reason: str = words(default="")
    changed_at: datetime = instant(NOW)
    synced_at: datetime | None = instant(default=None, nullable=True)


class SenderReach(SQLModel, table=True):
    """When the numbers of a pool last began a conversation with a person: what the daily tier counts."""

    __tablename__ = "sender_reach"
    pool: str = words(primary_key=True)
    person_id: int = big(primary_key=True)
    at: datetime = instant()
    __table_args__ = (Index("sender_reach_at", "pool", "at"),)


class Alert(SQLModel, table=True):
    """Something a person must look at; the same one again only counts while nobody has cleared it."""

    id: int | None = identity()
    kind: str = words()
    subject: str = words()
    said: str = words()
    details: dict[str, object] = document()
    times: int = count(1)
    raised_at: datetime = instant()
    last_at: datetime = instant()
    cleared_at: datetime | None = instant(default=None, nullable=True)
    cleared_by: str | None = words(nullable=True, default=None)
    __table_args__ = (
        Index("alert_open", "kind", "subject", unique=True, postgresql_where=text("cleared_at IS NULL")),
    )
