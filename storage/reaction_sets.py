"""The reactions a portfolio adds to the locked ones: proposed by one person, made active by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb


@dataclass(frozen=True)
class StoredSet:
    """One version of a portfolio's reactions."""

    id: int
    portfolio_id: int
    number: int
    body: dict[str, Any]
    content_hash: str
    state: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None


def active_sets(connection: psycopg.Connection, portfolio_ids: Sequence[int]) -> dict[int, StoredSet]:
    """The set in force by portfolio; a portfolio without one has only the locked reactions."""
    with connection.cursor(row_factory=class_row(StoredSet)) as cursor:
        rows = cursor.execute(
            f"SELECT {_COLUMNS} FROM reaction_set WHERE state = 'active' AND portfolio_id = ANY(%s)",
            [list(portfolio_ids)],
        ).fetchall()
    return {row.portfolio_id: row for row in rows}


def versions(connection: psycopg.Connection, portfolio_id: int) -> list[StoredSet]:
    """Every version of a portfolio's reactions, the newest first."""
    with connection.cursor(row_factory=class_row(StoredSet)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM reaction_set WHERE portfolio_id = %s ORDER BY number DESC",
            [portfolio_id],
        ).fetchall()


def propose(
    connection: psycopg.Connection,
    portfolio_id: int,
    body: Mapping[str, Any],
    content_hash: str,
    by: str,
    at: datetime,
) -> int:
    """Keep a new version that nobody has approved yet; its number."""
    connection.execute("SELECT id FROM portfolio WHERE id = %s FOR UPDATE", [portfolio_id])
    row = connection.execute(
        "INSERT INTO reaction_set (portfolio_id, number, body, content_hash, proposed_by, proposed_at)"
        " SELECT %(portfolio)s, coalesce(max(number), 0) + 1, %(body)s, %(hash)s, %(by)s, %(at)s"
        " FROM reaction_set WHERE portfolio_id = %(portfolio)s RETURNING number",
        {"portfolio": portfolio_id, "body": Jsonb(dict(body)), "hash": content_hash, "by": by, "at": at},
    ).fetchone()
    assert row is not None
    return int(row[0])


def activate(connection: psycopg.Connection, portfolio_id: int, number: int, by: str, at: datetime) -> None:
    """Make a proposed version the one in force, in place of the one before it."""
    connection.execute(
        "UPDATE reaction_set SET state = 'retired' WHERE portfolio_id = %s AND state = 'active'",
        [portfolio_id],
    )
    connection.execute(
        "UPDATE reaction_set SET state = 'active', approved_by = %s, approved_at = %s"
        " WHERE portfolio_id = %s AND number = %s",
        [by, at, portfolio_id, number],
    )


_COLUMNS = (
    "id, portfolio_id, number, body, content_hash, state, proposed_by, proposed_at, approved_by, approved_at"
)
