"""Fallbacks under their guard: nobody gets two, none is decided on what somebody else has changed.

A fallback moves no enrolment, so the guard of moved rows does not hold it: its enrolments are locked
and compared instead, and the slot it shares with the first message is kept for it.
"""

import numpy as np
import polars as pl
import psycopg
from numpy.typing import NDArray

from engine.book import Rows
from engine.day import Decision
from engine.days import day_of
from engine.decided import DeadlineKind
from engine.fallbacks import ALREADY, NO_FALLBACK, Legs
from engine.rows import distinct
from engine.vocabulary import Outcome
from storage.copying import stage
from storage.outbox.legs import Called
from storage.standing import CAUSE_ENROLMENT
from storage.timers import AGAIN

_NONE = np.empty(0, np.int64)
SENT = "sent"


def hold_legs(connection: psycopg.Connection, decision: Decision, called: Called | None) -> Rows:
    """Lock what the legs of today rest on; the calls that must be decided again, whole messages at a time."""
    if decision.legs is None or called is None:
        return _NONE
    legs, calls, day = decision.legs, decision.legs.calls, day_of(decision.question.facts.day)
    rows = np.flatnonzero(legs.fate == Outcome.ALLOWED)
    if not len(rows):
        return _NONE
    stage(connection, "leg_call", _frame(legs, called, rows), {"message_id": "uuid"}, counted=False)
    connection.execute(
        "SELECT e.id FROM enrolment e JOIN leg_call c ON c.enrolment_id = e.id ORDER BY e.id FOR UPDATE OF e"
    )
    connection.execute(
        "SELECT 1 FROM slot s JOIN leg_call c ON c.person_id = s.person_id AND s.local_on = %s"
        " AND s.message_id = c.message_id ORDER BY s.person_id FOR UPDATE OF s",
        [day],
    )
    changed = connection.execute(
        f"""SELECT c.call FROM leg_call c JOIN enrolment e ON e.id = c.enrolment_id
            WHERE e.revision <> c.revision
               OR EXISTS (SELECT 1 FROM message_item f WHERE f.cause_kind = {CAUSE_ENROLMENT} AND f.alive
                          AND f.cause_id = c.enrolment_id AND (f.node, f.visit) = (c.node, c.visit)
                          AND f.leg > 0)
               OR c.keeps_slot AND NOT EXISTS (
                   SELECT 1 FROM slot s WHERE s.person_id = c.person_id AND s.local_on = %s
                     AND s.message_id = c.message_id)""",
        [day],
    ).fetchall()
    leaders = distinct(calls.leader[[call for (call,) in changed]]) if changed else _NONE
    return np.flatnonzero(np.isin(calls.leader, leaders))


def accounts_called(decision: Decision, calls: Rows) -> Rows:
    """The accounts (rows of the book) of some calls."""
    if decision.legs is None:
        return _NONE
    opened, plan, row = decision.question.open, decision.legs.calls.plan, decision.legs.calls.row
    return np.array([opened[plan[call]].account[row[call]] for call in calls], np.int64)


def shared_slots(decision: Decision, called: Called | None) -> dict[int, str]:
    """The winners of legs (candidates) that have their first message's slot, and that message's id."""
    ballot, found = decision.ballot, dict[int, str]()
    for number, (_, want) in enumerate(ballot.wants):
        if decision.legs is None or called is None or want.calls is None:
            continue
        for candidate, call in zip(np.flatnonzero(ballot.want == number), want.calls, strict=True):
            if ballot.leader[candidate] == candidate and decision.legs.calls.keeps_slot[call]:
                found[int(candidate)] = called.message_id[call]
    return found


def settle_legs(
    connection: psycopg.Connection,
    decision: Decision,
    called: Called | None,
    messages: pl.DataFrame,
    beaten: Rows,
    portfolio_id: int,
) -> None:
    """Hand legs that go out the slots they share, and write what became of every call.

    Of accounts that are ``beaten`` (rows of the book) nothing is written: they are decided again.
    """
    if decision.legs is None or called is None:
        return
    ids = dict(zip(messages["leader"], messages["id"], strict=True))
    shared = shared_slots(decision, called)
    slots = {old: ids[candidate] for candidate, old in shared.items() if candidate in ids}
    connection.execute(
        "UPDATE slot s SET message_id = g.new FROM unnest(%s::uuid[], %s::uuid[]) AS g(old, new)"
        " WHERE s.message_id = g.old AND s.local_on = %s",
        [list(slots), list(slots.values()), day_of(decision.question.facts.day)],
    )
    everyone = accounts_called(decision, np.arange(len(decision.legs.calls)))
    lost = np.flatnonzero(np.isin(everyone, beaten))
    _write_results(connection, decision.legs, called, lost, portfolio_id, decision.question.at)


def _write_results(
    connection: psycopg.Connection, legs: Legs, called: Called, lost: Rows, portfolio_id: int, at: int
) -> None:
    """Sent, put off to a date, or dropped with its reason; ``at`` is business time (epoch microseconds).

    Those ``lost`` to another writer are called again at once, should this have been the last try.
    """
    calls = legs.calls
    winners = np.flatnonzero(calls.leader == np.arange(len(calls)))
    again = np.isin(winners, lost) & (legs.fate[winners] != Outcome.BLOCKED)
    told = np.isin(legs.reason[winners], (ALREADY, NO_FALLBACK)) | (np.isin(winners, lost) & ~again)
    rows, again = winners[~told], again[~told]
    if not len(rows):
        return
    put_off = (legs.fate[rows] == Outcome.DEFERRED) & ~again
    result = np.where(legs.fate[rows] == Outcome.ALLOWED, SENT, legs.reason[rows])
    result = np.where(put_off, "", np.where(again, AGAIN, result))
    now = pl.lit(at).cast(pl.Datetime("us"))
    frame = _frame(legs, called, rows).with_columns(
        result=pl.Series(result.astype(object), dtype=pl.String),
        done_at=pl.when(pl.Series(put_off | again)).then(None).otherwise(now),
        due_at=now,
        not_before_on=pl.Series(np.where(put_off, legs.until_day[rows], 0)).cast(pl.Int32),
        since_on=pl.Series(calls.since[rows]).cast(pl.Date),
    )
    frame = frame.with_columns(
        not_before_on=pl.when(pl.Series(put_off)).then(pl.col("not_before_on")).cast(pl.Date)
    )
    stage(connection, "leg_result", frame, {"message_id": "uuid"}, counted=False)
    connection.execute(
        f"""INSERT INTO timer (kind, cause_id, node, visit, portfolio_id, account_id, due_at, not_before_on,
                since_on, message_id, done_at, result)
            SELECT {DeadlineKind.FALLBACK}, enrolment_id, node, visit, %s, account_id, due_at, not_before_on,
                since_on, message_id, done_at, result FROM leg_result
            ON CONFLICT (kind, cause_id, node, visit) DO UPDATE SET not_before_on = excluded.not_before_on,
                done_at = excluded.done_at, result = excluded.result
            WHERE excluded.result <> '{AGAIN}' OR timer.done_at IS NULL""",
        [portfolio_id],
    )


def _frame(legs: Legs, called: Called, rows: NDArray[np.int64]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "call": rows,
            "message_id": pl.Series(called.message_id[rows], dtype=pl.String),
            "enrolment_id": called.enrolment_id[rows],
            "account_id": called.account_id[rows],
            "node": called.node[rows],
            "visit": legs.calls.visit[rows],
            "person_id": called.addressee_id[rows],
            "revision": called.revision[rows],
            "keeps_slot": legs.calls.keeps_slot[rows],
        }
    )
