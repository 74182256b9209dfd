"""Strategies being drawn: one draft a key, written only by who saw its newest revision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from engine.errors import StaleError, StrategyError


@dataclass(frozen=True)
class Draft:
    """A draft as it was last saved; ``body`` may be any JSON object, finished or not."""

    key: str
    body: dict[str, Any]
    revision: int
    saved_by: str
    saved_at: datetime


def find(connection: psycopg.Connection, portfolio_id: int, key: str) -> Draft | None:
    """The draft of a key."""
    with connection.cursor(row_factory=class_row(Draft)) as cursor:
        return cursor.execute(
            "SELECT key, body, revision, saved_by, saved_at FROM strategy_draft"
            " WHERE portfolio_id = %s AND key = %s",
            [portfolio_id, key],
        ).fetchone()


def expect(connection: psycopg.Connection, portfolio_id: int, key: str) -> Draft:
    """The draft of a key; ``StrategyError`` when there is none."""
    draft = find(connection, portfolio_id, key)
    if draft is None:
        raise StrategyError("there is no draft of this strategy", place=key, code="draft.unknown")
    return draft


def save(
    connection: psycopg.Connection,
    portfolio_id: int,
    key: str,
    body: Mapping[str, Any],
    seen: int,
    by: str,
    at: datetime,
) -> int:
    """Save over the revision that was seen (0: there was none); the new revision, or ``StaleError``."""
    if seen == 0:
        row = connection.execute(
            "INSERT INTO strategy_draft (portfolio_id, key, body, saved_by, saved_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING revision",
            [portfolio_id, key, Jsonb(dict(body)), by, at],
        ).fetchone()
    else:
        row = connection.execute(
            "UPDATE strategy_draft SET body = %s, revision = revision + 1, saved_by = %s, saved_at = %s"
            " WHERE portfolio_id = %s AND key = %s AND revision = %s RETURNING revision",
            [Jsonb(dict(body)), by, at, portfolio_id, key, seen],
        ).fetchone()
    if row is None:
        raise _stale(connection, portfolio_id, key)
    return int(row[0])


def drop(connection: psycopg.Connection, portfolio_id: int, key: str, seen: int) -> None:
    """Throw a draft away; ``StaleError`` when it is not the one that was seen."""
    gone = connection.execute(
        "DELETE FROM strategy_draft WHERE portfolio_id = %s AND key = %s AND revision = %s",
        [portfolio_id, key, seen],
    ).rowcount
    if not gone:
        expect(connection, portfolio_id, key)
        raise _stale(connection, portfolio_id, key)


def _stale(connection: psycopg.Connection, portfolio_id: int, key: str) -> StaleError:
    newest = find(connection, portfolio_id, key)
    return stale(newest) if newest else StaleError("there is no draft any more", place=key)


def stale(newest: Draft) -> StaleError:
    """What to say to someone who has not seen the newest revision."""
    return StaleError(
        f"{newest.saved_by} saved revision {newest.revision}",
        place=newest.key,
        hint="read it again, and bring your changes into it",
    )
