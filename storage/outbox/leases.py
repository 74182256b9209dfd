"""Takes due messages for a worker, keeps them, and gives back what was never posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import MessageState
from storage.outbox import LEASE
from storage.runs import RELEASED
from storage.stops import NOT_STOPPED


@dataclass(frozen=True, slots=True)
class Leased:
    """One message a worker holds: enough to find it again with the fence it was leased under."""

    id: UUID
    local_on: date
    lane: int
    person_id: int
    shard: int
    relation: int
    fence: int
    priority: int
    send_at: datetime

    @property
    def urgency(self) -> tuple[int, datetime, UUID]:
        """Sorts the most urgent first."""
        return -self.priority, self.send_at, self.id


def keys(messages: Sequence[Any]) -> dict[str, list[Any]]:
    """Parallel arrays of id, date and fence, as the set-based statements take them."""
    return {
        "ids": [message.id for message in messages],
        "days": [message.local_on for message in messages],
        "fences": [message.fence for message in messages],
    }


def lease_due(
    connection: psycopg.Connection, worker: str, wanted: Mapping[int, int], now: datetime
) -> list[Leased]:
    """Lease up to ``wanted[lane]`` due messages of each lane, the most urgent first.

    ``now`` is business time. Left alone: unreleased runs, what a red button stops, what another
    worker holds, and everything queued before a backup was put back (the restore epoch).
    """
    with connection.cursor(row_factory=class_row(Leased)) as cursor:
        cursor.execute(
            f"""
            WITH due AS (
                SELECT picked.id, picked.local_on
                FROM unnest(%(lanes)s::smallint[], %(most)s::int[]) AS wanted(lane, most)
                CROSS JOIN LATERAL (
                    SELECT m.id, m.local_on FROM message m
                    WHERE m.lane = wanted.lane AND m.state = {MessageState.QUEUED} AND {RELEASED}
                      AND m.send_at <= %(now)s AND m.expires_at > %(now)s
                      AND m.epoch = (SELECT coalesce(max(restore_epoch), 0) FROM installation)
                      AND {NOT_STOPPED}
                    ORDER BY m.priority DESC, m.send_at, m.id LIMIT wanted.most
                    FOR UPDATE SKIP LOCKED
                ) AS picked
            )
            UPDATE message m SET state = {MessageState.LEASED}, fence = fence + 1,
                leased_by = %(worker)s, leased_until = clock_timestamp() + {LEASE}
            FROM due WHERE m.id = due.id AND m.local_on = due.local_on
            RETURNING m.id, m.local_on, m.lane, m.person_id, m.shard, m.relation, m.fence, m.priority,
                m.send_at
            """,
            {"lanes": list(wanted), "most": list(wanted.values()), "now": now, "worker": worker},
        )
        return sorted(cursor.fetchall(), key=lambda leased: leased.urgency)


def keep(connection: psycopg.Connection, worker: str, message_ids: Sequence[UUID]) -> int:
    """Heartbeat: put off the end of leases this worker holds and that are not over yet; how many."""
    return connection.execute(
        f"""
        UPDATE message SET leased_until = clock_timestamp() + {LEASE}
        WHERE (id, local_on) IN (
            SELECT id, local_on FROM message
            WHERE id = ANY(%s) AND state IN ({MessageState.LEASED}, {MessageState.SENDING})
              AND leased_by = %s AND leased_until > clock_timestamp()
            ORDER BY id FOR UPDATE SKIP LOCKED)
        """,
        [list(message_ids), worker],
    ).rowcount


def give_back(connection: psycopg.Connection, messages: Sequence[Any]) -> int:
    """Queue again what this worker leased, or even cleared, and certainly never posted.

    The fence proves that nobody else has touched it since; what the sweeper has meanwhile called
    unknown stays unknown.
    """
    return connection.execute(
        f"""
        UPDATE message m SET state = {MessageState.QUEUED}, sending_at = NULL,
            leased_by = NULL, leased_until = NULL
        FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::bigint[]) AS mine(id, local_on, fence)
        WHERE m.id = mine.id AND m.local_on = mine.local_on AND m.fence = mine.fence
          AND m.state IN ({MessageState.LEASED}, {MessageState.SENDING})
        """,
        keys(messages),
    ).rowcount
