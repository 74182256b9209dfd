"""Alerts: what a person must look at, raised once, counted while it lasts, cleared by somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
import structlog
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from engine.errors import ServiceError
from storage.ledger import append_line

log = structlog.get_logger()


@dataclass(frozen=True)
class OpenAlert:
    """An alert nobody has cleared: what about, in words, how often and since when."""

    id: int
    kind: str
    subject: str
    said: str
    details: dict[str, object]
    times: int
    raised_at: datetime
    last_at: datetime


def raise_alert(
    connection: psycopg.Connection,
    at: datetime,
    kind: str,
    subject: str,
    said: str,
    details: Mapping[str, object] | None = None,
) -> bool:
    """Raise an alert, or count one that stands already; whether it is new. New ones go to the ledger."""
    row = connection.execute(
        """
        INSERT INTO alert (kind, subject, said, details, raised_at, last_at)
        VALUES (%(kind)s, %(subject)s, %(said)s, %(details)s, %(at)s, %(at)s)
        ON CONFLICT (kind, subject) WHERE cleared_at IS NULL
            DO UPDATE SET times = alert.times + 1, last_at = EXCLUDED.last_at
        RETURNING times
        """,
        {"kind": kind, "subject": subject, "said": said, "details": Jsonb(dict(details or {})), "at": at},
    ).fetchone()
    is_new = row is not None and row[0] == 1
    if is_new:
        log.warning("alert", kind=kind, subject=subject, said=said)
        append_line(connection, at, f"alert.{kind}", subject, {"said": said, **dict(details or {})})
    return is_new


def open_alerts(connection: psycopg.Connection) -> Sequence[OpenAlert]:
    """What waits for somebody to look at, the newest first."""
    with connection.cursor(row_factory=class_row(OpenAlert)) as cursor:
        return cursor.execute(
            "SELECT id, kind, subject, said, details, times, raised_at, last_at FROM alert"
            " WHERE cleared_at IS NULL ORDER BY last_at DESC, id DESC"
        ).fetchall()


def clear_alert(connection: psycopg.Connection, alert_id: int, by: str, at: datetime) -> None:
    """Somebody has looked; ``ServiceError`` when there is no such open alert."""
    row = connection.execute(
        "UPDATE alert SET cleared_at = %s, cleared_by = %s WHERE id = %s AND cleared_at IS NULL"
        " RETURNING kind, subject",
        [at, by, alert_id],
    ).fetchone()
    if row is None:
        raise ServiceError(f"no alert {alert_id} is open", code="alert.unknown")
    append_line(connection, at, "alert.cleared", row[1], {"kind": row[0], "by": by})
