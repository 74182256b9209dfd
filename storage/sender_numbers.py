"""What is known of our sending numbers: limits and quality as providers tell them, pauses and their end."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class SenderState:
    """A sending number as it stands."""

    lane: int
    channel: int
    portfolio_id: int
    address: str
    per_second: int
    tier: int
    pool: str
    quality: str
    paused_until: datetime | None
    pause_reason: str


def sender_states(connection: psycopg.Connection) -> list[SenderState]:
    """Every sending number, by lane; a pause that is over is told as none."""
    with connection.cursor(row_factory=class_row(SenderState)) as cursor:
        return cursor.execute(
            "SELECT lane, channel, portfolio_id, address, per_second, tier, pool, quality,"
            " CASE WHEN paused_until > clock_timestamp() THEN paused_until END AS paused_until, pause_reason"
            " FROM sender ORDER BY lane"
        ).fetchall()


def note_tier(connection: psycopg.Connection, channel: int, tier: int) -> None:
    """The limit of the business account, which all its numbers share; 0 lifts it."""
    connection.execute("UPDATE sender SET tier = %s WHERE channel = %s", [tier, channel])


def note_quality(connection: psycopg.Connection, channel: int, address: str, quality: str) -> None:
    """What people think of a number, in the provider's colours."""
    connection.execute(
        "UPDATE sender SET quality = %s WHERE channel = %s AND address = %s", [quality, channel, address]
    )


def resume_number(connection: psycopg.Connection, lane: int) -> bool:
    """End a number's pause; whether it was paused."""
    return bool(
        connection.execute(
            "UPDATE sender SET paused_until = NULL, pause_reason = ''"
            " WHERE lane = %s AND paused_until > clock_timestamp()",
            [lane],
        ).rowcount
    )
