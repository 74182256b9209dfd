"""What is to be asked of providers of payments: called for by webhooks and clocks, tried until answered."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

LONGEST_PAUSE_S = 600
FIRST_PAUSE_S = 10
ONE_WORKER = "SELECT pg_try_advisory_xact_lock(hashtext('cadencia.payments'))"


@dataclass(frozen=True)
class Check:
    """Ask a provider what became of a ``charge`` or a ``link`` of its."""

    provider: str
    kind: str
    subject: str
    asked: int
    tries: int


def call_for(connection: psycopg.Connection, provider: str, kind: str, subject: str) -> None:
    """Have something asked soon; called for twice, it is asked once more, not twice."""
    connection.execute(
        "INSERT INTO payment_check AS c (provider, kind, subject) VALUES (%s, %s, %s)"
        " ON CONFLICT (provider, kind, subject) DO UPDATE SET asked = c.asked + 1, tries = 0,"
        " next_at = clock_timestamp()",
        [provider, kind, subject],
    )


def is_alone(connection: psycopg.Connection) -> bool:
    """Whether this transaction alone may ask: an answer is booked before a newer one is asked for."""
    row = connection.execute(ONE_WORKER).fetchone()
    return row is not None and bool(row[0])


def due(connection: psycopg.Connection, most: int) -> list[Check]:
    """What may be asked now, the oldest first."""
    with connection.cursor(row_factory=class_row(Check)) as cursor:
        return cursor.execute(
            "SELECT provider, kind, subject, asked, tries FROM payment_check"
            " WHERE next_at <= clock_timestamp() ORDER BY asked_at LIMIT %s",
            [most],
        ).fetchall()


def answered(connection: psycopg.Connection, check: Check) -> None:
    """It was answered and acted upon; unless it was called for again meanwhile."""
    connection.execute(
        "DELETE FROM payment_check WHERE (provider, kind, subject, asked) = (%s, %s, %s, %s)",
        [check.provider, check.kind, check.subject, check.asked],
    )


def rest(connection: psycopg.Connection, check: Check) -> int:
    """It failed: again after a pause that doubles, to ten minutes; how often it has failed by now."""
    pause_s = min(FIRST_PAUSE_S * 2**check.tries, LONGEST_PAUSE_S)
    row = connection.execute(
        "UPDATE payment_check SET tries = least(tries + 1, 100),"
        " next_at = clock_timestamp() + make_interval(secs => %s)"
        " WHERE (provider, kind, subject) = (%s, %s, %s) RETURNING tries",
        [pause_s, check.provider, check.kind, check.subject],
    ).fetchone()
    return int(row[0]) if row else 0


def is_due(connection: psycopg.Connection) -> bool:
    """Whether anything may be asked now."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM payment_check WHERE next_at <= clock_timestamp())"
    ).fetchone()
    return row is not None and bool(row[0])
