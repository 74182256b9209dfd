"""One transaction for one evaluation: slots, enrolments under their guard, messages, effects, figures.

Nothing is written for an enrolment that somebody else changed meanwhile, nor for a person whose slot
was taken: those accounts are reported back and evaluated again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import psycopg
from numpy.typing import NDArray

from engine.book import Rows
from engine.day import Decision
from engine.rows import distinct, without
from engine.vocabulary import EnrolmentState, MessageState
from storage.bigints import Bigints
from storage.copying import copy_in, copy_unless_there, stage
from storage.day_write import figures
from storage.day_write.deadlines import write_deadlines
from storage.day_write.enrolments import Keys, insert_new, outcome_words, update_moved
from storage.day_write.labels import write_labels
from storage.day_write.legs import accounts_called, hold_legs, settle_legs, shared_slots
from storage.day_write.messages import Dispatch, item_frame, message_frame
from storage.outbox.legs import Called
from storage.standing import CAUSE_ENROLMENT, OpenEnrolments, Published
from storage.terms import codes

_ITEM_KEY = "cause_kind, cause_id, node, visit, addressee_id, leg"


@dataclass(frozen=True)
class Writing:
    """What is written besides the decision: the ids its rows carry.

    ``entry_no`` gives, per plan and row of the book, the number of the next passage. ``shard`` is the
    number figures are kept under, ``called`` the keys of the decision's fallbacks.
    """

    published: Sequence[Published]
    opened: Sequence[OpenEnrolments]
    entry_no: Sequence[NDArray[np.int16]]
    dispatch: Dispatch
    shard: int
    called: Called | None = None


@dataclass(frozen=True)
class Written:
    """What became of a decision: rows written, and the accounts (rows of the book) to look at again."""

    messages: int
    items: int
    entered: int
    lost: Rows


def write(connection: psycopg.Connection, decision: Decision, writing: Writing) -> Written:
    """Write a decision on an open transaction; the caller commits."""
    outcomes = codes(connection, "outcome", outcome_words(decision))
    unheld = hold_legs(connection, decision, writing.called)
    slots, late = _take_slots(connection, decision, writing)
    beaten = np.union1d(accounts_called(decision, unheld), late)
    changed = update_moved(
        connection, decision, writing.opened, outcomes, writing.dispatch.portfolio_id, beaten
    )
    beaten = np.union1d(beaten, changed)
    lost = _rows_of(decision, beaten)
    keys = Keys.of(decision.parts, writing.opened)
    entered = insert_new(
        connection,
        decision,
        writing.published,
        writing.entry_no,
        writing.dispatch.portfolio_id,
        outcomes,
        keys,
        lost,
    )
    _withdraw_left(connection, decision, writing.opened, lost)
    sent = _standing(decision, writing, keys, lost, beaten)
    beaten = np.union1d(beaten, sent.orphans)
    if not slots.is_empty() and len(beaten):
        _settle_slots(connection, slots, sent.messages)
    _send(connection, sent)
    settle_legs(connection, decision, writing.called, sent.messages, beaten, writing.dispatch.portfolio_id)
    write_deadlines(connection, decision, writing.dispatch, keys, lost)
    figures.write_effects(connection, decision, writing.dispatch, keys, lost)
    figures.write_verdicts(connection, decision, writing.dispatch, keys, lost)
    if not writing.dispatch.shadow:
        write_labels(connection, decision, lost)
        figures.write_exposures(connection, decision, keys, lost)
    if writing.dispatch.run_id is not None:
        figures.write_passages(connection, decision, writing.published, writing.dispatch, writing.shard, lost)
    return Written(sent.messages.height, sent.items.height, entered, beaten)


_NONE = np.empty(0, np.int64)


def _rows_of(decision: Decision, accounts: Rows) -> list[Rows]:
    """Per part, the rows of the accounts that were to be written: all or none of an account is."""
    if not len(accounts):
        return [_NONE for _ in decision.parts]
    found = []
    for part in decision.parts:
        written = part.advance.moved | (np.arange(len(part.advance.after)) >= part.known)
        found.append(np.flatnonzero(written & np.isin(part.advance.after.account, accounts)))
    return found


def _take_slots(
    connection: psycopg.Connection, decision: Decision, writing: Writing
) -> tuple[pl.DataFrame, Rows]:
    """Reserve the slot of each winner: the slots, and the accounts (rows of the book) of those too late.

    A leg on the date of its first message has that one's slot already.
    """
    leaders = without(_leaders(decision), np.array([*shared_slots(decision, writing.called)], np.int64))
    wanted = message_frame(decision, _strategies(writing), writing.dispatch, leaders).filter("takes_slot")
    if wanted.is_empty() or writing.dispatch.shadow:
        return pl.DataFrame(), _NONE
    slots = wanted.select("person_id", "local_on", message_id="id").sort("person_id")
    if copy_unless_there(connection, "slot", slots, {"message_id": "uuid"}) == wanted.height:
        return slots, _NONE
    taken = connection.execute(
        "SELECT person_id FROM new_slot w JOIN slot s USING (person_id, local_on)"
        " WHERE s.message_id <> w.message_id"
    ).fetchall()
    others = np.array([person for (person,) in taken], np.int64)
    refused = wanted["leader"].to_numpy()[np.isin(wanted["person_id"].to_numpy(), others)]
    late = np.isin(decision.ballot.leader, refused) & (decision.ballot.leader >= 0)
    return slots, distinct(decision.ballot.account[late])


def _settle_slots(connection: psycopg.Connection, slots: pl.DataFrame, messages: pl.DataFrame) -> None:
    """Slots of winners that were lost on the way go to the message that goes instead, or are free again."""
    stage(connection, "wanted_slot", slots, {"message_id": "uuid"})
    stage(
        connection,
        "kept_slot",
        messages.filter("takes_slot").select("person_id", "local_on", pl.col("id").alias("message_id")),
        {"message_id": "uuid"},
    )
    connection.execute(
        "UPDATE slot s SET message_id = k.message_id FROM kept_slot k, wanted_slot w"
        " WHERE s.message_id = w.message_id AND (k.person_id, k.local_on) = (s.person_id, s.local_on)"
        " AND (w.person_id, w.local_on) = (s.person_id, s.local_on) AND s.message_id <> k.message_id"
    )
    connection.execute(
        "DELETE FROM slot s USING wanted_slot w WHERE s.message_id = w.message_id"
        " AND (w.person_id, w.local_on) = (s.person_id, s.local_on)"
        " AND NOT EXISTS (SELECT 1 FROM kept_slot k WHERE k.message_id = s.message_id)"
    )


@dataclass(frozen=True)
class _Sent:
    """What is written to the outbox: messages, and the items with the message each stands in.

    ``orphans`` are accounts (rows of the book) of legs whose winner was lost: they are looked at again.
    """

    messages: pl.DataFrame
    items: pl.DataFrame
    orphans: Rows


def _standing(decision: Decision, writing: Writing, keys: Keys, lost: Sequence[Rows], beaten: Rows) -> _Sent:
    """Messages with the items that still stand; a message whose leader was lost takes the next one.

    A leg does not: without its winner there is none.
    """
    ballot = decision.ballot
    alive = ballot.leader >= 0
    legs = np.zeros(len(ballot.row), np.bool_)
    enrolment_id = np.zeros(len(ballot.row), np.int64)
    for number, (part, want) in enumerate(ballot.wants):
        here = ballot.want == number
        enrolment_id[here] = keys.ids[part][ballot.row[here]]
        alive[here] &= ~np.isin(ballot.row[here], lost[part])
        legs[here] = want.leg > 0
    alive[legs] &= ~np.isin(ballot.account[legs], beaten)
    orphans = np.flatnonzero(legs & alive & ~alive[np.maximum(ballot.leader, 0)])
    alive[orphans] = False
    _lead_again(ballot.leader, alive)
    messages = message_frame(decision, _strategies(writing), writing.dispatch, _leaders(decision))
    rows = np.flatnonzero(ballot.leader >= 0)
    fresh = _arrived(decision, writing.opened)[rows]
    items = (
        item_frame(decision, rows, enrolment_id[rows])
        .with_columns(fresh=pl.Series(fresh))
        .join(messages.select("leader", "local_on", message_id="id"), on="leader")
    )
    items = items.sort("cause_id", "node", "visit", "addressee_id")
    return _Sent(messages, items, ballot.account[orphans])


def _arrived(decision: Decision, opened: Sequence[OpenEnrolments]) -> NDArray[np.bool_]:
    """Which candidates came to their node in this evaluation.

    A node is reached once in a visit, so an item of theirs cannot be there yet.
    """
    ballot = decision.ballot
    came = np.ones(len(ballot.row), np.bool_)
    for number, (index, want) in enumerate(ballot.wants):
        part = decision.parts[index]
        here = np.flatnonzero((ballot.want == number) & (ballot.row < part.known))
        if want.leg:
            came[here] = False
        elif len(here):
            before = opened[part.plan].enrolments.step[ballot.row[here]]
            came[here] = before != want.step.index
    return came


def _send(connection: psycopg.Connection, sent: _Sent) -> None:
    if not sent.messages.is_empty():
        copy_in(connection, "message", sent.messages.drop("leader", "takes_slot"))
        items = sent.items.drop("candidate", "leader", "fresh")
        copy_in(connection, "message_item", items.filter(sent.items["fresh"]))
        _arm(connection, items.filter(~sent.items["fresh"]))


def _lead_again(leader: Rows, alive: NDArray[np.bool_]) -> None:
    """Candidates not alive leave; where a leader left, the first still covered leads."""
    orphaned = np.flatnonzero(alive & ~alive[np.maximum(leader, 0)])
    for old in distinct(leader[orphaned]):
        followers = orphaned[leader[orphaned] == old]
        leader[followers] = followers[0]
    leader[~alive] = -1


def _arm(connection: psycopg.Connection, items: pl.DataFrame) -> None:
    """Insert items; one that is there but no longer alive is armed again as its next attempt."""
    if items.is_empty():
        return
    columns = ", ".join(items.columns)
    stage(connection, "armed", items, {"message_id": "uuid"}, counted=False)
    connection.execute(
        f"""INSERT INTO item_attempt ({_ITEM_KEY}, attempt, local_on, message_id, reason)
            SELECT {", ".join("i." + name for name in _ITEM_KEY.split(", "))}, i.attempt, i.local_on,
                   i.message_id, coalesce(m.reason, '')
            FROM message_item i JOIN armed a USING ({_ITEM_KEY})
            LEFT JOIN message m ON m.id = i.message_id AND m.local_on = i.local_on
            WHERE NOT i.alive"""
    )
    connection.execute(
        f"""INSERT INTO message_item ({columns}) SELECT {columns} FROM armed
            ON CONFLICT ({_ITEM_KEY}) DO UPDATE SET message_id = excluded.message_id,
                local_on = excluded.local_on, amount = excluded.amount, covered = excluded.covered,
                variant = excluded.variant, attempt = message_item.attempt + 1, alive = true
            WHERE NOT message_item.alive"""
    )


def _withdraw_left(
    connection: psycopg.Connection,
    decision: Decision,
    opened: Sequence[OpenEnrolments],
    lost: Sequence[Rows],
) -> None:
    """Who left while a message was unsent takes its item along; a message without items goes too."""
    left = []
    for number, part in enumerate(decision.parts):
        if part.known:
            before = opened[part.plan].enrolments.state
            gone = part.advance.after.state[: part.known] == EnrolmentState.ENDED
            rows = np.flatnonzero((before != EnrolmentState.ENDED) & gone)
            left.append(opened[part.plan].id[without(rows, lost[number])])
    ids = np.concatenate(left) if left else _NONE
    if len(ids):
        withdraw_items(connection, ids, "left", decision.question.at)


def withdraw_items(connection: psycopg.Connection, enrolment_ids: Rows, reason: str, at: int) -> None:
    """Take the unsent items of enrolments out of their messages; empty messages are withdrawn.

    ``at`` is business time in UTC epoch microseconds.
    """
    connection.execute(
        f"""WITH gone AS (
                UPDATE message_item i SET alive = false FROM message m
                WHERE i.cause_kind = {CAUSE_ENROLMENT} AND i.cause_id = ANY(%(ids)s) AND i.alive
                  AND m.id = i.message_id AND m.local_on = i.local_on
                  AND m.state IN ({int(MessageState.QUEUED)}, {int(MessageState.LEASED)})
                RETURNING i.message_id, i.local_on, i.cause_id)
            UPDATE message m SET state = {int(MessageState.WITHDRAWN)}, reason = %(reason)s,
                   settled_at = to_timestamp(%(at)s / 1e6), fence = fence + 1
            FROM (SELECT DISTINCT message_id, local_on FROM gone) g
            WHERE m.id = g.message_id AND m.local_on = g.local_on
              AND m.state IN ({int(MessageState.QUEUED)}, {int(MessageState.LEASED)})
              AND NOT EXISTS (SELECT 1 FROM message_item i WHERE i.message_id = m.id AND i.alive
                              AND NOT (i.cause_kind = {CAUSE_ENROLMENT} AND i.cause_id = ANY(%(ids)s)))""",
        {"ids": Bigints(enrolment_ids), "reason": reason, "at": at},
    )


def _leaders(decision: Decision) -> Rows:
    leader = decision.ballot.leader
    return np.flatnonzero(leader == np.arange(len(leader)))


def _strategies(writing: Writing) -> list[int]:
    return [each.strategy_id for each in writing.published]
