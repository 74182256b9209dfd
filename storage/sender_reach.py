"""Whom our numbers began a conversation with in the last 24 hours: what a provider's daily tier counts."""

from collections.abc import Collection
from datetime import datetime, timedelta

import psycopg

DAY = timedelta(hours=24)


def hold_pool(connection: psycopg.Connection, pool: str) -> None:
    """One guard at a time counts a pool; taken after the persons' locks, kept until the commit."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"cadencia.pool:{pool}"])


def reached(
    connection: psycopg.Connection, pool: str, persons: Collection[int], now: datetime
) -> tuple[int, set[int], datetime | None]:
    """How many persons count now, which of these are among them, and when the first of all is free again."""
    row = connection.execute(
        "SELECT count(*), min(at) FROM sender_reach WHERE pool = %s AND at > %s", [pool, now - DAY]
    ).fetchone()
    known = connection.execute(
        "SELECT person_id FROM sender_reach WHERE pool = %s AND person_id = ANY(%s) AND at > %s",
        [pool, list(persons), now - DAY],
    ).fetchall()
    count, first_at = row or (0, None)
    return int(count), {person for (person,) in known}, first_at + DAY if first_at else None


def note_reached(connection: psycopg.Connection, pool: str, persons: Collection[int], now: datetime) -> None:
    """These are being written to now; who counts already keeps the instant it began."""
    connection.execute(
        """
        INSERT INTO sender_reach (pool, person_id, at)
        SELECT %(pool)s, person, %(now)s FROM unnest(%(persons)s::bigint[]) AS g(person)
        ON CONFLICT (pool, person_id) DO UPDATE SET at = EXCLUDED.at WHERE sender_reach.at <= %(before)s
        """,
        {"pool": pool, "persons": sorted(persons), "now": now, "before": now - DAY},
    )
