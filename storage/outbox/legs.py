"""Which items a fallback would be for: first messages that did not get through, as the engine's columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
from numpy.typing import NDArray

from engine.days import day_number
from engine.decided import DeadlineKind
from engine.fallbacks import Calls
from engine.vocabulary import EnrolmentState, EventKind, MessageState
from storage.reading import Frame, fetch, positions
from storage.standing import CAUSE_ENROLMENT, OpenEnrolments, Published

_TAKEN_BACK = f"{int(MessageState.WITHDRAWN)}, {int(MessageState.EXPIRED)}"


@dataclass(frozen=True)
class Called:
    """The calls of an evaluation, and beside them the keys their rows are written by."""

    calls: Calls
    message_id: NDArray[Any]
    enrolment_id: NDArray[np.int64]
    revision: NDArray[np.int32]
    node: NDArray[np.int16]
    addressee_id: NDArray[np.int64]
    account_id: NDArray[np.int64]


def read_calls(
    connection: adbc.Connection,
    message_ids: Sequence[UUID],
    day: date,
    published: Sequence[Published],
    opened: Sequence[OpenEnrolments],
) -> Called:
    """The living items of first messages whose enrolments are open in ``opened``, for a business date."""
    frame = fetch(connection, _query(message_ids, day))
    plan = np.full(frame.size, -1, np.int16)
    row = np.full(frame.size, -1, np.int64)
    step = np.full(frame.size, -1, np.int16)
    revision = np.zeros(frame.size, np.int32)
    for index, (version, each) in enumerate(zip(published, opened, strict=True)):
        at = positions(frame["enrolment_id"], each.id)
        here = np.flatnonzero(at >= 0)
        codes = {code: one.index for code, one in version.plan.step_of_code().items()}
        plan[here], row[here] = index, at[here]
        step[here] = [codes.get(int(code), -1) for code in frame["node"][here]]
        revision[here] = each.revision[at[here]]
    kept = np.flatnonzero(plan >= 0)
    since = np.where(_known(frame, "since_on"), frame["since_on"], day_number(day)).astype(np.int32)
    calls = Calls(
        plan=plan[kept],
        row=row[kept],
        step=step[kept],
        visit=frame["visit"][kept],
        leader=_leaders(frame["message_id"][kept], frame["covered"][kept]),
        state=frame["state"][kept].astype(np.int8),
        **{
            name: frame[name][kept]
            for name in ("doubted", "replied", "later", "already", "stands", "keeps_slot")
        },
        since=since[kept],
    )
    return Called(
        calls,
        frame["message_id"][kept],
        frame["enrolment_id"][kept],
        revision[kept],
        frame["node"][kept],
        frame["addressee_id"][kept],
        frame["account_id"][kept],
    )


def _query(message_ids: Sequence[UUID], day: date) -> str:
    ids = ",".join(str(one) for one in message_ids)
    return f"""
        SELECT m.id::text AS message_id, i.cause_id AS enrolment_id, i.node, i.visit, i.covered,
               i.account_id, i.addressee_id, m.state, m.unknown_at IS NOT NULL AS doubted, t.since_on,
               e.node = i.node AND e.visit = i.visit AND e.state = {int(EnrolmentState.SENDING)} AS stands,
               EXISTS (SELECT 1 FROM slot s WHERE s.person_id = m.person_id AND s.message_id = m.id
                       AND s.local_on = '{day}') AS keeps_slot,
               EXISTS (SELECT 1 FROM account a JOIN account_event v ON v.account_id = a.id
                       WHERE a.person_id = m.person_id AND v.kind = {int(EventKind.REPLY)}
                         AND v.at >= m.sending_at) AS replied,
               EXISTS (SELECT 1 FROM message_item l JOIN message n ON n.id = l.message_id
                           AND n.local_on = l.local_on
                       WHERE l.cause_kind = {CAUSE_ENROLMENT} AND l.cause_id = i.cause_id
                         AND (l.node, l.visit) <> (i.node, i.visit) AND n.decided_at > m.decided_at
                         AND n.state NOT IN ({_TAKEN_BACK})) AS later,
               EXISTS (SELECT 1 FROM message_item f WHERE f.cause_kind = {CAUSE_ENROLMENT}
                         AND f.cause_id = i.cause_id AND (f.node, f.visit) = (i.node, i.visit)
                         AND f.leg > 0 AND f.alive) AS already
        FROM message m
        JOIN message_item i ON i.message_id = m.id AND i.cause_kind = {CAUSE_ENROLMENT} AND i.alive
        JOIN enrolment e ON e.id = i.cause_id
        LEFT JOIN timer t ON t.kind = {DeadlineKind.FALLBACK}
             AND (t.cause_id, t.node, t.visit) = (i.cause_id, i.node, i.visit)
        WHERE m.id = ANY('{{{ids}}}'::uuid[]) AND m.leg = 0
        ORDER BY m.id, i.covered, i.account_id"""


def _leaders(message_id: NDArray[Any], covered: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The row of each message's winner; -1 where the winner is not among them."""
    winner = {message: row for row, message in enumerate(message_id) if not covered[row]}
    return np.array([winner.get(message, -1) for message in message_id], np.int64)


def _known(frame: Frame, name: str) -> NDArray[np.bool_]:
    return frame.known.get(name, np.ones(frame.size, np.bool_))
