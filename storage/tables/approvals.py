"""What is drawn but not yet in force: strategy drafts, and what waits for a second person."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import NOW, count, document, identity, instant, words


class Draft(SQLModel, table=True):
    """A strategy being drawn; ``revision`` is its ETag, so that nobody overwrites what they did not see."""

    __tablename__ = "strategy_draft"
    portfolio_id: int = Field(primary_key=True)
    key: str = words(primary_key=True)
    body: dict[str, object] = document()
    revision: int = count(1)
    saved_by: str = words()
    saved_at: datetime = instant(NOW)


class Approval(SQLModel, table=True):
    """What one person asks for and a second one grants: a publication, a template, a policy, a bulk action.

    ``state``: pending, then scheduled (granted, for a later date) or done; or rejected, withdrawn, failed.
    ``content_hash`` is of what was asked for, so that nothing else can be granted in its place.
    """

    id: int | None = identity()
    kind: str = words()
    portfolio_id: int = count(0)
    subject: str = words()
    body: dict[str, object] = document()
    content_hash: str = words()
    note: str = words(default="")
    state: str = words(default="pending")
    effective_on: date | None = None
    asked_by: str = words()
    asked_at: datetime = instant(NOW)
    decided_by: str | None = words(nullable=True, default=None)
    decided_at: datetime | None = instant(default=None, nullable=True)
    decision_note: str = words(default="")
    outcome: dict[str, object] = document()
    __table_args__ = (Index("approval_open", "state", "effective_on"),)
