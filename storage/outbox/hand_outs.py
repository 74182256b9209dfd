"""Messages given to people instead of a provider: what was handed out, to whom, and what they reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.errors import ServiceError
from engine.vocabulary import Channel, MessageState
from storage.outbox import LEASE
from storage.outbox.leases import Leased
from storage.runs import RELEASED


@dataclass(frozen=True, slots=True)
class HandOut:
    """One message in somebody's hands; ``batch`` and ``line`` are its place in a list, else empty."""

    message_id: UUID
    local_on: date
    portfolio_id: int
    lane: int
    channel: int
    batch: str
    line: int
    handed_to: str
    at: datetime
    result: str | None = None
    result_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HandLane:
    """A lane whose messages are handed out: its number, portfolio, and whom its address names."""

    lane: int
    portfolio_id: int
    address: str
    timezone: str


_COLUMNS = "message_id, local_on, portfolio_id, lane, channel, batch, line, handed_to, at, result, result_at"


def lanes_of(connection: psycopg.Connection, portfolio_key: str, channel: Channel) -> list[HandLane]:
    """The lanes of a channel by hand; ``ServiceError`` when the portfolio has none."""
    with connection.cursor(row_factory=class_row(HandLane)) as cursor:
        lanes = cursor.execute(
            "SELECT s.lane, s.portfolio_id, s.address, f.timezone FROM sender s"
            " JOIN portfolio f ON f.id = s.portfolio_id"
            " WHERE f.key = %s AND s.channel = %s ORDER BY s.lane",
            [portfolio_key, int(channel)],
        ).fetchall()
    if not lanes:
        raise ServiceError(
            f"portfolio {portfolio_key!r} has nobody for {channel.word}",
            code="hand_out.no_lane",
            hint="add a sender of that channel",
        )
    return lanes


def write_hand_outs(connection: psycopg.Connection, rows: Sequence[HandOut]) -> None:
    """Note what was handed out; an assisted message shown before is now with whom it was shown last."""
    connection.cursor().executemany(
        f"INSERT INTO hand_out ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (message_id) DO UPDATE SET handed_to = EXCLUDED.handed_to, at = EXCLUDED.at,"
        " batch = EXCLUDED.batch, line = EXCLUDED.line",
        [
            [r.message_id, r.local_on, r.portfolio_id, r.lane, r.channel, r.batch, r.line, r.handed_to, r.at,
             r.result, r.result_at]
            for r in rows
        ],
    )  # fmt: skip


def find_hand_out(connection: psycopg.Connection, message_id: UUID) -> HandOut | None:
    """What is known of one message handed out."""
    with connection.cursor(row_factory=class_row(HandOut)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM hand_out WHERE message_id = %s", [message_id]
        ).fetchone()


def read_batch(connection: psycopg.Connection, batch: str) -> list[HandOut]:
    """The lines of a batch, in order."""
    with connection.cursor(row_factory=class_row(HandOut)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM hand_out WHERE batch = %s ORDER BY line", [batch]
        ).fetchall()


def note_result(connection: psycopg.Connection, message_id: UUID, result: str, at: datetime) -> bool:
    """Write what became of one; false when a result was written before."""
    return bool(
        connection.execute(
            "UPDATE hand_out SET result = %s, result_at = %s WHERE message_id = %s AND result IS NULL",
            [result, at, message_id],
        ).rowcount
    )


def marked_on(connection: psycopg.Connection, lane: int, day: date) -> int:
    """How many messages of a lane people said they sent on a local date."""
    row = connection.execute(
        "SELECT count(*) FROM hand_out WHERE lane = %s AND local_on = %s AND result IS NOT NULL", [lane, day]
    ).fetchone()
    return int(row[0]) if row else 0


def shown_to_others(connection: psycopg.Connection, lane: int, by: str, since: datetime) -> list[UUID]:
    """Messages of a lane that somebody else was shown after ``since`` and has not marked."""
    rows = connection.execute(
        "SELECT message_id FROM hand_out WHERE lane = %s AND handed_to <> %s AND at > %s AND result IS NULL",
        [lane, by, since],
    ).fetchall()
    return [message_id for (message_id,) in rows]


def lease_one(connection: psycopg.Connection, worker: str, message_id: UUID, now: datetime) -> list[Leased]:
    """Lease one queued message that is due, for the worker that holds its lane."""
    with connection.cursor(row_factory=class_row(Leased)) as cursor:
        return cursor.execute(
            f"""
            UPDATE message m SET state = {MessageState.LEASED}, fence = fence + 1, leased_by = %(worker)s,
                leased_until = clock_timestamp() + {LEASE}
            WHERE id = %(id)s AND state = {MessageState.QUEUED} AND {RELEASED} AND send_at <= %(now)s
              AND expires_at > %(now)s
              AND lane IN (SELECT lane FROM sender WHERE owner = %(worker)s)
            RETURNING id, local_on, lane, person_id, shard, relation, fence, priority, send_at
            """,
            {"worker": worker, "id": message_id, "now": now},
        ).fetchall()
