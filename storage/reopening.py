"""Enrolments that a payment ended and its reversal opens again: where they stood, at the next date."""

from collections.abc import Sequence
from datetime import date

import psycopg

from engine.decided import EXITED
from engine.vocabulary import EnrolmentState

_ENDED, _MOVING, _WAITING = (
    int(state) for state in (EnrolmentState.ENDED, EnrolmentState.MOVING, EnrolmentState.WAITING)
)


def to_reopen(connection: psycopg.Connection, account_ids: Sequence[int]) -> list[int]:
    """The enrolments of these accounts that the next date will open again, by id."""
    rows = connection.execute(
        f"WITH {_THEIRS} SELECT id FROM theirs ORDER BY id",
        {"accounts": list(account_ids), "portfolio": None, "exit": EXITED},
    ).fetchall()
    return [enrolment_id for (enrolment_id,) in rows]


def reopen_due(connection: psycopg.Connection, portfolio_id: int, day: date) -> int:
    """Open again, on the opening of ``day``, what reversals have left to it (03, point 8). How many.

    A wait goes on with the term it had; from any other place the account begins anew at its node. What
    happened before the reversal no longer counts for a wait; the delinquency episode goes on as if the
    payment had never been.
    """
    row = connection.execute(
        f"""
        WITH {_THEIRS},
        again AS (
            UPDATE enrolment e SET visit = visit + 1, revision = revision + 1, deferrals = 0,
                state = CASE WHEN due_on IS NULL THEN {_MOVING} ELSE {_WAITING} END,
                due_on = greatest(due_on, %(day)s::date), ended_on = NULL, outcome = 0, signal = NULL,
                anchor_at = greatest(anchor_at, theirs.reversed_at)
            FROM theirs WHERE theirs.id = e.id RETURNING e.account_id, e.episode),
        same AS (
            UPDATE account a SET episode = again.episode, revision = revision + 1
            FROM again WHERE again.account_id = a.id AND a.episode <> again.episode),
        done AS (
            UPDATE payment p SET reopens = false FROM account a
            WHERE a.id = p.account_id AND a.portfolio_id = %(portfolio)s AND p.reopens)
        SELECT count(*) FROM again
        """,
        {"day": day, "portfolio": portfolio_id, "accounts": None, "exit": EXITED},
    ).fetchone()
    return int(row[0]) if row else 0


_THEIRS = """
taken_back AS (
    SELECT p.account_id, min((p.paid_at AT TIME ZONE f.timezone)::date) AS paid_on,
           max(p.reversed_at) AS reversed_at
    FROM payment p JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id
    WHERE p.reopens AND (a.portfolio_id = %(portfolio)s OR a.id = ANY(%(accounts)s::bigint[]))
    GROUP BY 1),
newest AS (
    SELECT DISTINCT ON (e.account_id, s.kind) e.id, e.ended_on, e.outcome, t.paid_on, t.reversed_at
    FROM taken_back t JOIN enrolment e ON e.account_id = t.account_id JOIN strategy s ON s.id = e.strategy_id
    ORDER BY e.account_id, s.kind, e.ended_on DESC NULLS FIRST, e.id DESC),
theirs AS (
    SELECT n.id, n.reversed_at FROM newest n
    JOIN term o ON o.kind = 'outcome' AND o.code = n.outcome AND o.word = %(exit)s
    WHERE n.ended_on >= n.paid_on - 1)
"""
"""Of each account and kind of strategy the newest passage, if the payment ended it and none is open.

A payment of the night counts on the date opened before it: hence the day of grace.
"""
