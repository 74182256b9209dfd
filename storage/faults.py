"""Work that raised: tried again after growing pauses, then set aside with its reason for a person to see."""

from collections.abc import Mapping, Sequence

import psycopg

MOST_TRIES = 5
FIRST_PAUSE_S = 10
"""Pauses double: 10, 20, 40 and 80 seconds of real time, by the database's clock."""

NOT_FAULTY = """NOT EXISTS (SELECT 1 FROM fault f WHERE f.work = '{work}' AND f.key = {key}
    AND (f.set_aside_at IS NOT NULL OR f.next_at > clock_timestamp()))"""
"""SQL: the work of a row is not resting after a fault, nor set aside."""


def note(
    connection: psycopg.Connection, work: str, faulty: Mapping[str, tuple[int | None, Exception]]
) -> list[str]:
    """Count a try that raised for each key, with its account; returns the keys that are set aside by it."""
    rows = connection.execute(
        f"""INSERT INTO fault AS f (work, key, account_id, tries, reason, next_at)
            SELECT %(work)s, g.key, g.account_id, 1, g.reason,
                   clock_timestamp() + interval '{FIRST_PAUSE_S} seconds'
            FROM unnest(%(keys)s::text[], %(accounts)s::bigint[], %(reasons)s::text[])
                AS g(key, account_id, reason)
            ON CONFLICT (work, key) DO UPDATE SET tries = f.tries + 1, reason = excluded.reason,
                next_at = clock_timestamp() + interval '{FIRST_PAUSE_S} seconds' * (2 ^ f.tries),
                set_aside_at = CASE WHEN f.tries + 1 >= {MOST_TRIES} THEN clock_timestamp() END
            RETURNING f.key, f.set_aside_at IS NOT NULL""",
        {
            "work": work,
            "keys": list(faulty),
            "accounts": [account_id for account_id, _ in faulty.values()],
            "reasons": [f"{type(fault).__name__}: {fault}"[:500] for _, fault in faulty.values()],
        },
    ).fetchall()
    return [key for key, aside in rows if aside]


def forget(connection: psycopg.Connection, work: str, keys: Sequence[str]) -> None:
    """What went through after all is nobody's fault any more."""
    connection.execute("DELETE FROM fault WHERE work = %s AND key = ANY(%s)", [work, list(keys)])


def counts(connection: psycopg.Connection) -> dict[str, int]:
    """How much work of each kind is set aside."""
    rows = connection.execute(
        "SELECT work, count(*)::int FROM fault WHERE set_aside_at IS NOT NULL GROUP BY work ORDER BY work"
    ).fetchall()
    return dict(rows)


def newest_set_aside(connection: psycopg.Connection, most: int) -> list[tuple[str, str, int | None, str]]:
    """What was set aside last: kind of work, key, account and reason."""
    return connection.execute(
        "SELECT work, key, account_id, reason FROM fault WHERE set_aside_at IS NOT NULL"
        " ORDER BY set_aside_at DESC LIMIT %s",
        [most],
    ).fetchall()
