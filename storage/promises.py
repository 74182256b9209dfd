"""Promises in the tables: made, then kept by payments, or closed by their date; the same words everywhere.

A promise counts the payments of its account since it was made that were not taken back. The caller
holds the locks of the persons, but for the opening of a date, which nothing else runs beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import CauseKind, EnrolmentState, EventKind, EventName
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_cause

CONFIRMATION, REMINDER_BEFORE, REMINDER_ON_THE_DAY, THANKS = 1, 2, 3, 4
"""The ``node`` of an item whose cause is a promise or a payment: which message of it."""


@dataclass(frozen=True)
class PromiseRow:
    """One promise as it stands; money in minor units."""

    id: int
    account_id: int
    amount: int
    due_on: date
    state: str
    via: str
    reference: str | None
    paid: int
    made_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class ClosedPromise:
    """A promise that was closed now: ``kept``, ``partially_kept`` or ``broken``."""

    id: int
    account_id: int
    person_id: int
    state: str
    paid: int


def find(connection: psycopg.Connection, promise_id: int) -> PromiseRow | None:
    """The promise with an id."""
    return _one(connection, "id = %s", [promise_id])


def find_by_reference(connection: psycopg.Connection, via: str, reference: str) -> PromiseRow | None:
    """The promise its maker told under a reference."""
    return _one(connection, "via = %s AND reference = %s", [via, reference])


def of_account(connection: psycopg.Connection, account_id: int) -> list[PromiseRow]:
    """Every promise of an account, the newest first."""
    with connection.cursor(row_factory=class_row(PromiseRow)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM promise WHERE account_id = %s ORDER BY id DESC", [account_id]
        ).fetchall()


def insert(
    connection: psycopg.Connection,
    account_id: int,
    amount: int,
    due_on: date,
    *,
    state: str,
    via: str,
    reference: str | None,
    at: datetime,
) -> int:
    """Write a promise; its id."""
    row = connection.execute(
        "INSERT INTO promise (account_id, amount, due_on, state, via, reference, made_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [account_id, amount, due_on, state, via, reference, at],
    ).fetchone()
    assert row is not None
    return int(row[0])


def open_on_account(connection: psycopg.Connection, promise: PromiseRow, at: datetime) -> None:
    """A promise counts from now on: it stands on its account, and nobody else's does."""
    connection.execute(
        "UPDATE promise SET state = 'made', made_at = %s WHERE id = %s AND state = 'proposed'",
        [at, promise.id],
    )
    connection.execute(
        "UPDATE account SET promise_open = true, promise_amount = %s, promise_due_on = %s,"
        " revision = revision + 1 WHERE id = %s",
        [promise.amount, promise.due_on, promise.account_id],
    )


def give_up(connection: psycopg.Connection, promise_id: int, at: datetime) -> bool:
    """A promise is taken back by agreement: it is neither kept nor broken; whether it was open."""
    row = connection.execute(
        "UPDATE promise SET state = 'withdrawn', closed_at = %s WHERE id = %s"
        " AND state IN ('made', 'proposed') RETURNING account_id",
        [at, promise_id],
    ).fetchone()
    if row is not None:
        connection.execute(f"{_CLEAR} WHERE a.id = %s AND NOT EXISTS ({_OPEN})", [row[0]])
    return row is not None


def close_kept(
    connection: psycopg.Connection, account_ids: Sequence[int], at: datetime
) -> list[ClosedPromise]:
    """Close the open promises of accounts whose money has come in full."""
    return _close(connection, "p.account_id = ANY(%(accounts)s)", {"accounts": list(account_ids)}, None, at)


def close_due(
    connection: psycopg.Connection, portfolio_id: int, day: date, at: datetime, *, grace_days: int = 0
) -> list[ClosedPromise]:
    """At the opening of ``day``, close every promise whose date has passed, and those kept meanwhile."""
    which = "a.portfolio_id = %(portfolio)s"
    arguments: dict[str, object] = {"portfolio": portfolio_id, "grace": grace_days}
    return _close(connection, which, arguments, day, at)


def withdraw_messages(connection: psycopg.Connection, promise_ids: Sequence[int], now: datetime) -> int:
    """Take back the reminders of promises that no longer stand; how many messages."""
    nodes = (REMINDER_BEFORE, REMINDER_ON_THE_DAY)
    return withdraw_cause(connection, CauseKind.PROMISE, promise_ids, nodes, reasons.PROMISE, now)


def _close(
    connection: psycopg.Connection,
    which: str,
    arguments: dict[str, object],
    day: date | None,
    at: datetime,
) -> list[ClosedPromise]:
    rows = connection.execute(
        _CLOSING.replace("{which}", which), {"grace": 0, **arguments, "day": day, "at": at}
    ).fetchall()
    closed = [ClosedPromise(*row) for row in rows]
    if closed:
        withdraw_messages(connection, [each.id for each in closed], at)
    return closed


def _one(connection: psycopg.Connection, condition: str, values: list[object]) -> PromiseRow | None:
    with connection.cursor(row_factory=class_row(PromiseRow)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM promise WHERE {condition}", values).fetchone()


_COLUMNS = "id, account_id, amount, due_on, state, via, reference, paid, made_at, closed_at"
_CLEAR = (
    "UPDATE account a SET promise_open = false, promise_amount = NULL, promise_due_on = NULL,"
    " revision = revision + 1"
)
_OPEN = "SELECT 1 FROM promise p WHERE p.account_id = a.id AND p.state = 'made'"

_PAID = """coalesce((
    SELECT sum(y.amount) FROM payment y
    WHERE y.account_id = p.account_id AND y.reversed_at IS NULL
      AND (y.paid_at >= p.made_at OR (y.paid_at AT TIME ZONE f.timezone)::time = '00:00'
           AND (y.paid_at AT TIME ZONE f.timezone)::date >= (p.made_at AT TIME ZONE f.timezone)::date)), 0)"""
"""What came in for a promise since it was made; a payment that says only its date counts from that date."""

_CLOSING = f"""
WITH standing AS (
    SELECT p.id, p.account_id, p.amount, p.due_on, a.person_id, a.shard, {_PAID}::bigint AS paid,
           a.amount_to_cure <= 0 AND a.outstanding_balance <= 0 AS nothing_left,
           %(day)s::date IS NOT NULL AND p.due_on + 1 + %(grace)s::int <= %(day)s::date AS over
    FROM promise p JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id
    WHERE p.state = 'made' AND {{which}}),
judged AS (
    SELECT *, CASE WHEN paid >= amount OR (paid > 0 AND nothing_left) THEN 'kept'
                   WHEN over AND paid > 0 THEN 'partially_kept'
                   WHEN over THEN 'broken' END AS becomes
    FROM standing),
closed AS (
    UPDATE promise p SET state = j.becomes, paid = j.paid, closed_at = %(at)s
    FROM judged j WHERE j.id = p.id AND j.becomes IS NOT NULL
    RETURNING p.id, p.account_id, j.person_id, j.shard, p.state, p.paid, p.amount, p.due_on),
felt AS (
    UPDATE account a SET promise_open = false, promise_amount = NULL, promise_due_on = NULL,
        promises_kept_90d = promises_kept_90d + (c.state = 'kept')::int,
        promises_broken_90d = promises_broken_90d + (c.state = 'broken')::int, revision = revision + 1
    FROM closed c WHERE c.account_id = a.id),
revised AS (
    UPDATE enrolment e SET revision = revision + 1 FROM closed c
    WHERE c.account_id = e.account_id AND e.state <> {int(EnrolmentState.ENDED)}),
told AS (
    INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)
    SELECT account_id, person_id, shard,
           CASE state WHEN 'kept' THEN {int(EventKind.PROMISE_KEPT)} ELSE {int(EventKind.PROMISE_BROKEN)} END,
           %(at)s, 'promise', id || '-' || state || '-' || extract(epoch FROM %(at)s::timestamptz),
           jsonb_build_object('promise', id, 'amount', amount, 'paid', paid, 'due_on', due_on)
    FROM closed WHERE state <> 'partially_kept' ON CONFLICT DO NOTHING),
posted AS (
    INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount, body)
    SELECT CASE state WHEN 'kept' THEN '{EventName.PROMISE_KEPT}'
                      WHEN 'broken' THEN '{EventName.PROMISE_BROKEN}'
                      ELSE '{EventName.PROMISE_PARTIALLY_KEPT}' END,
           %(at)s, 'promise', id || '-' || extract(epoch FROM %(at)s::timestamptz), person_id,
           ARRAY[account_id], paid,
           jsonb_build_object('promise', id, 'amount', amount, 'paid', paid, 'due_on', due_on)
    FROM closed ON CONFLICT DO NOTHING)
SELECT id, account_id, person_id, state, paid FROM closed ORDER BY id
"""
