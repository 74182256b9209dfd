"""Puts right what a dead worker left, and closes what can no longer be sent in time."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from engine.vocabulary import MessageState
from storage.outbox import reasons
from storage.runs import RELEASED


@dataclass(frozen=True)
class Swept:
    """How many messages each rule of the sweep moved, and what waits for a doorbell."""

    queued_again: int
    unknown: int
    expired: int
    unconfirmed: int
    for_review: int
    unapplied_portfolios: tuple[int, ...]
    due_lanes: tuple[int, ...]
    new_events: bool
    due_timers: bool


UNCONFIRMED_AFTER = "interval '24 hours'"
"""How long an unknown message waits for a status, by business time (06)."""


def requeue_leased(connection: psycopg.Connection) -> int:
    """Leases that ended before the guard: certainly never posted, so queued again."""
    return _move_open(connection, MessageState.LEASED, MessageState.QUEUED, "", None)


def give_up_sending(connection: psycopg.Connection, now: datetime) -> int:
    """Leases that ended after the guard: perhaps posted, so unknown, and nobody sends them again."""
    return _move_open(connection, MessageState.SENDING, MessageState.UNKNOWN, reasons.LEASE_OVER, now)


def close_unknown(connection: psycopg.Connection, now: datetime) -> int:
    """Unknown messages whose status did not come in a day: closed as unconfirmed.

    They keep counting for the caps and are never sent again; a status that comes later still settles them.
    """
    return connection.execute(
        f"""
        UPDATE message SET reason = '{reasons.UNCONFIRMED}'
        WHERE (id, local_on) IN (
            SELECT id, local_on FROM message
            WHERE state = {MessageState.UNKNOWN} AND reason <> '{reasons.UNCONFIRMED}'
              AND unknown_at <= %s::timestamptz - {UNCONFIRMED_AFTER}
            ORDER BY id FOR UPDATE SKIP LOCKED)
        """,
        [now],
    ).rowcount


def expire(connection: psycopg.Connection, now: datetime) -> int:
    """Queued messages whose lawful window has passed (business time)."""
    return connection.execute(
        f"""
        UPDATE message SET state = {MessageState.EXPIRED}, settled_at = %(now)s,
            reason = CASE WHEN reason = '' THEN '{reasons.EXPIRED}' ELSE reason END
        WHERE (id, local_on) IN (
            SELECT id, local_on FROM message
            WHERE state = {MessageState.QUEUED} AND released AND expires_at <= %(now)s
            ORDER BY id FOR UPDATE SKIP LOCKED)
        """,
        {"now": now},
    ).rowcount


def expire_overdue(connection: psycopg.Connection, portfolio_id: int, now: datetime) -> int:
    """The same for one portfolio before a new date opens, sweeper or not: nothing is open at a run."""
    return connection.execute(
        f"""
        UPDATE message SET state = {MessageState.EXPIRED}, settled_at = %(now)s,
            reason = CASE WHEN reason = '' THEN '{reasons.EXPIRED}' ELSE reason END
        WHERE portfolio_id = %(portfolio)s AND state = {MessageState.QUEUED} AND released
          AND expires_at <= %(now)s
        """,
        {"now": now, "portfolio": portfolio_id},
    ).rowcount


def mark_for_review(connection: psycopg.Connection) -> int:
    """Messages queued before a backup was put back stay where they are until a person has looked."""
    return connection.execute(
        f"""
        UPDATE message SET reason = '{reasons.REVIEW}'
        WHERE state = {MessageState.QUEUED} AND released AND reason <> '{reasons.REVIEW}'
          AND (SELECT coalesce(max(restore_epoch), 0) FROM installation) > 0
          AND epoch <> (SELECT coalesce(max(restore_epoch), 0) FROM installation)
        """
    ).rowcount


def unapplied_portfolios(connection: psycopg.Connection) -> tuple[int, ...]:
    """Portfolios with settled messages whose outcome no enrolment knows yet."""
    rows = connection.execute(
        "SELECT DISTINCT portfolio_id FROM message"
        " WHERE state IN (4,5,6,7,8,9,10) AND NOT applied ORDER BY portfolio_id"
    ).fetchall()
    return tuple(portfolio_id for (portfolio_id,) in rows)


def due_lanes(connection: psycopg.Connection, now: datetime) -> tuple[int, ...]:
    """Lanes with a message to send now."""
    rows = connection.execute(
        "SELECT lane FROM sender WHERE EXISTS (SELECT 1 FROM message m WHERE m.lane = sender.lane"
        f" AND m.state = {MessageState.QUEUED} AND {RELEASED} AND m.send_at <= %(now)s"
        " AND m.expires_at > %(now)s) ORDER BY lane",
        {"now": now},
    ).fetchall()
    return tuple(lane for (lane,) in rows)


def _move_open(
    connection: psycopg.Connection, old: MessageState, new: MessageState, reason: str, now: datetime | None
) -> int:
    return connection.execute(
        f"""
        UPDATE message SET state = {new}, reason = %(reason)s, settled_at = %(now)s,
            unknown_at = CASE WHEN {new} = {MessageState.UNKNOWN} THEN %(now)s::timestamptz END,
            leased_by = NULL, leased_until = NULL
        WHERE (id, local_on) IN (
            SELECT id, local_on FROM message
            WHERE state = {old} AND leased_until < clock_timestamp()
            ORDER BY id FOR UPDATE SKIP LOCKED)
        """,
        {"reason": reason, "now": now},
    ).rowcount
