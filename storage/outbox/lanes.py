"""Which worker owns which lane: a sending number is one worker's at a time, which spaces its posts."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import Channel
from storage.outbox import LEASE

BY_HAND = f"{Channel.VOICE}, {Channel.LETTER}, {Channel.ASSISTED}"
"""Channels whose lanes no sender process takes: their messages are handed to people."""


@dataclass(frozen=True)
class Lane:
    """A sending number a worker owns for now; ``paused`` by its provider, or until somebody resumes it."""

    lane: int
    channel: int
    portfolio_id: int
    address: str
    per_second: int
    paused: bool = False


def take_lanes(
    connection: psycopg.Connection, worker: str, most: int, only: Sequence[int] | None = None
) -> list[Lane]:
    """Keep the lanes of this worker alive and take free ones up to ``most``; all it owns now.

    A lane whose owner's lease is over is free. ``only`` restricts to some lanes.
    """
    with connection.cursor(row_factory=class_row(Lane)) as cursor:
        cursor.execute(
            f"""
            WITH kept AS (
                SELECT lane, 0 AS new FROM sender
                WHERE owner = %(worker)s AND owned_until > clock_timestamp() FOR UPDATE
            ), free AS (
                SELECT lane, 1 AS new FROM sender
                WHERE (owner IS NULL OR owned_until IS NULL OR owned_until <= clock_timestamp())
                  AND (%(only)s::smallint[] IS NULL OR lane = ANY(%(only)s))
                  AND channel NOT IN ({BY_HAND})
                ORDER BY lane LIMIT greatest(%(most)s - (SELECT count(*) FROM kept), 0)
                FOR UPDATE SKIP LOCKED
            )
            UPDATE sender SET owner = %(worker)s, owned_until = clock_timestamp() + {LEASE}
            FROM (SELECT * FROM kept UNION ALL SELECT * FROM free) AS mine
            WHERE sender.lane = mine.lane
            RETURNING sender.lane, channel, portfolio_id, address, per_second,
                coalesce(paused_until > clock_timestamp(), false) AS paused
            """,
            {"worker": worker, "most": most, "only": list(only) if only is not None else None},
        )
        return sorted(cursor.fetchall(), key=lambda lane: lane.lane)


def count_lanes(connection: psycopg.Connection, only: Sequence[int] | None = None) -> int:
    """How many sending numbers there are, among some lanes or all."""
    row = connection.execute(
        "SELECT count(*) FROM sender WHERE (%(only)s::smallint[] IS NULL OR lane = ANY(%(only)s))"
        f" AND channel NOT IN ({BY_HAND})",
        {"only": list(only) if only is not None else None},
    ).fetchone()
    return int(row[0]) if row else 0


def release_lanes(connection: psycopg.Connection, worker: str, lanes: Sequence[int] | None = None) -> None:
    """Give lanes of a worker back: some, or all at its orderly end."""
    connection.execute(
        "UPDATE sender SET owner = NULL, owned_until = NULL WHERE owner = %(worker)s"
        " AND (%(lanes)s::smallint[] IS NULL OR lane = ANY(%(lanes)s))",
        {"worker": worker, "lanes": list(lanes) if lanes is not None else None},
    )


def hold_lane(connection: psycopg.Connection, worker: str, lane: int) -> bool:
    """Take one lane whose messages are handed out by hand; whether nobody else is handing out from it."""
    return bool(
        connection.execute(
            f"""
            UPDATE sender SET owner = %(worker)s, owned_until = clock_timestamp() + {LEASE}
            WHERE lane = %(lane)s AND channel IN ({BY_HAND})
              AND (owner IS NULL OR owner = %(worker)s OR owned_until <= clock_timestamp())
            """,
            {"worker": worker, "lane": lane},
        ).rowcount
    )
