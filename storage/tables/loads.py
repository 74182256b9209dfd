"""Files and pushes of book data: what each said, what was refused, and saved column mappings."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from storage.tables.columns import NOW, big, count, document, identity, instant, words


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
