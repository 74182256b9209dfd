"""The strategies of a portfolio: what is published, drawn, asked for, and how many accounts stand in each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from engine.errors import StrategyError
from engine.vocabulary import EnrolmentState
from storage.database import Database


@dataclass(frozen=True)
class StrategyLine:
    """One strategy in short; ``version`` is the published one, ``draft`` the revision being drawn."""

    key: str
    name: str
    kind: str
    version: int | None
    published_at: datetime | None
    published_by: str | None
    approved_by: str | None
    paused: bool
    draft: int | None
    draft_by: str | None
    request: int | None
    accounts: int


@dataclass(frozen=True)
class VersionLine:
    """One published version in short, and the accounts that still stand in it."""

    number: int
    content_hash: str
    published_at: datetime
    published_by: str
    approved_by: str
    active: bool
    accounts: int


_LINES = """
WITH known AS (
    SELECT key FROM strategy WHERE portfolio_id = %(portfolio)s
    UNION SELECT key FROM strategy_draft WHERE portfolio_id = %(portfolio)s)
SELECT k.key, coalesce(s.name, d.body->>'name', k.key) AS name, coalesce(s.kind, 'strategy') AS kind,
       v.number AS version, v.published_at, v.published_by, v.approved_by,
       coalesce(s.paused, false) AS paused,
       d.revision AS draft, d.saved_by AS draft_by,
       (SELECT max(a.id) FROM approval a WHERE a.kind = 'publication' AND a.subject = k.key
           AND a.portfolio_id = %(portfolio)s AND a.state IN ('pending', 'scheduled')) AS request,
       (SELECT count(*) FROM enrolment e WHERE e.portfolio_id = %(portfolio)s AND e.strategy_id = s.id
           AND e.state <> %(ended)s) AS accounts
FROM known k
LEFT JOIN strategy s ON s.portfolio_id = %(portfolio)s AND s.key = k.key
LEFT JOIN strategy_version v ON v.id = s.active_version_id
LEFT JOIN strategy_draft d ON d.portfolio_id = %(portfolio)s AND d.key = k.key
WHERE (%(key)s::text IS NULL OR k.key = %(key)s)
ORDER BY k.key"""


def list_strategies(database: Database, portfolio_id: int, key: str | None = None) -> list[StrategyLine]:
    """Every strategy that is published or drawn, by key; only one where a key is given."""
    values = {"portfolio": portfolio_id, "ended": int(EnrolmentState.ENDED), "key": key}
    with (
        database.connection() as connection,
        connection.cursor(row_factory=class_row(StrategyLine)) as cursor,
    ):
        return cursor.execute(_LINES, values).fetchall()


def expect_line(database: Database, portfolio_id: int, key: str) -> StrategyLine:
    """One strategy; ``StrategyError`` when it is neither published nor drawn."""
    lines = list_strategies(database, portfolio_id, key)
    if not lines:
        raise StrategyError("there is no such strategy", place=key, code="strategy.unknown")
    return lines[0]


def list_versions(database: Database, portfolio_id: int, key: str) -> list[VersionLine]:
    """The published versions of a strategy, the newest first."""
    with (
        database.connection() as connection,
        connection.cursor(row_factory=class_row(VersionLine)) as cursor,
    ):
        return cursor.execute(
            """SELECT v.number, v.content_hash, v.published_at, v.published_by, v.approved_by,
                      v.id = s.active_version_id AS active,
                      (SELECT count(*) FROM enrolment e WHERE e.portfolio_id = s.portfolio_id
                          AND e.version_id = v.id AND e.state <> %s) AS accounts
               FROM strategy s JOIN strategy_version v ON v.strategy_id = s.id
               WHERE s.portfolio_id = %s AND s.key = %s ORDER BY v.number DESC""",
            [int(EnrolmentState.ENDED), portfolio_id, key],
        ).fetchall()


def read_version(
    connection: psycopg.Connection, portfolio_id: int, key: str, number: int | None = None
) -> tuple[int, dict[str, Any]]:
    """Number and document of a published version (default: the one in force); else ``StrategyError``."""
    row = connection.execute(
        """SELECT v.number, v.body FROM strategy s JOIN strategy_version v ON v.strategy_id = s.id
           WHERE s.portfolio_id = %(portfolio)s AND s.key = %(key)s
             AND CASE WHEN %(number)s::int IS NULL THEN v.id = s.active_version_id
                 ELSE v.number = %(number)s END""",
        {"portfolio": portfolio_id, "key": key, "number": number},
    ).fetchone()
    if row is None:
        raise StrategyError("there is no such published version", place=key, code="version.unknown")
    return row[0], row[1]
