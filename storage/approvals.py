"""What waits for a second person: asked for once, granted or refused once, carried out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from engine.errors import AccessError

_COLUMNS = """id, kind, portfolio_id, subject, body, content_hash, note, state, effective_on, asked_by,
asked_at, decided_by, decided_at, decision_note, outcome"""

PENDING, SCHEDULED, DONE, FAILED = "pending", "scheduled", "done", "failed"
REJECTED, WITHDRAWN = "rejected", "withdrawn"
STATES = (PENDING, SCHEDULED, DONE, FAILED, REJECTED, WITHDRAWN)


@dataclass(frozen=True)
class Approval:
    """One request, and what became of it."""

    id: int
    kind: str
    portfolio_id: int
    subject: str
    body: dict[str, Any]
    content_hash: str
    note: str
    state: str
    effective_on: date | None
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    outcome: dict[str, Any]


def ask(
    connection: psycopg.Connection,
    *,
    kind: str,
    portfolio_id: int,
    subject: str,
    body: Mapping[str, Any],
    content_hash: str,
    note: str,
    effective_on: date | None,
    by: str,
    at: datetime,
) -> Approval:
    """Ask; an earlier request for the same subject that nobody has decided is withdrawn by it."""
    connection.execute(
        "UPDATE approval SET state = %s, decided_by = %s, decided_at = %s, decision_note = 'asked for again'"
        " WHERE kind = %s AND portfolio_id = %s AND subject = %s AND state = %s",
        [WITHDRAWN, by, at, kind, portfolio_id, subject, PENDING],
    )
    with connection.cursor(row_factory=class_row(Approval)) as cursor:
        row = cursor.execute(
            "INSERT INTO approval (kind, portfolio_id, subject, body, content_hash, note, effective_on,"
            " asked_by, asked_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            f" RETURNING {_COLUMNS}",
            [kind, portfolio_id, subject, Jsonb(dict(body)), content_hash, note, effective_on, by, at],
        ).fetchone()
    assert row is not None  # an INSERT ... RETURNING of one row
    return row


def expect(connection: psycopg.Connection, approval_id: int) -> Approval:
    """One request, locked; ``AccessError`` when there is none."""
    with connection.cursor(row_factory=class_row(Approval)) as cursor:
        row = cursor.execute(
            f"SELECT {_COLUMNS} FROM approval WHERE id = %s FOR UPDATE", [approval_id]
        ).fetchone()
    if row is None:
        raise AccessError(f"there is no request {approval_id}", code="approval.unknown")
    return row


def decide(
    connection: psycopg.Connection, approval_id: int, state: str, by: str, at: datetime, note: str
) -> None:
    """Note what was decided about a pending request."""
    connection.execute(
        "UPDATE approval SET state = %s, decided_by = %s, decided_at = %s, decision_note = %s WHERE id = %s",
        [state, by, at, note, approval_id],
    )


def close(connection: psycopg.Connection, approval_id: int, state: str, outcome: Mapping[str, Any]) -> None:
    """Note what came of carrying a granted request out."""
    connection.execute(
        "UPDATE approval SET state = %s, outcome = %s WHERE id = %s",
        [state, Jsonb(dict(outcome)), approval_id],
    )


def due(connection: psycopg.Connection, now: datetime) -> list[int]:
    """Granted requests whose date has come at their portfolio's place, oldest first."""
    rows = connection.execute(
        """SELECT a.id FROM approval a LEFT JOIN portfolio p ON p.id = a.portfolio_id
           WHERE a.state = %s AND coalesce(a.effective_on, '-infinity')
                 <= (%s AT TIME ZONE coalesce(p.timezone, 'UTC'))::date ORDER BY a.id""",
        [SCHEDULED, now],
    ).fetchall()
    return [row[0] for row in rows]


def listed(
    connection: psycopg.Connection, state: str | None, before: int | None, most: int
) -> list[Approval]:
    """Requests, the newest first, from before a number."""
    with connection.cursor(row_factory=class_row(Approval)) as cursor:
        return cursor.execute(
            f"""SELECT {_COLUMNS} FROM approval
                WHERE (%(state)s::text IS NULL OR state = %(state)s)
                  AND (%(before)s::bigint IS NULL OR id < %(before)s)
                ORDER BY id DESC LIMIT %(most)s""",
            {"state": state, "before": before, "most": most},
        ).fetchall()


def publication_notes(connection: psycopg.Connection, portfolio_id: int, strategy_key: str) -> dict[int, str]:
    """What was written when each version was asked for, by its number; those without a word are left out."""
    rows = connection.execute(
        """SELECT (outcome->>'version')::int, note FROM approval
           WHERE kind = 'publication' AND portfolio_id = %s AND subject = %s AND note <> ''
             AND outcome ? 'version' ORDER BY id""",
        [portfolio_id, strategy_key],
    ).fetchall()
    return dict(rows)
