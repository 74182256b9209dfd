"""Where the accounts of a day book stand: open enrolments by strategy, and what they left before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
from numpy.typing import NDArray

from engine.book import NO_DAY, Rows
from engine.enrolments import Enrolments
from engine.entry import KINDS, NEVER_LEFT, Standing
from engine.plan import Plan
from engine.strategy.nodes import NoticeNode, WaitNode
from engine.vocabulary import EnrolmentState, EventKind, MessageState
from storage.day_book import DayBook
from storage.reading import Frame, Selection, fetch, positions
from storage.shard_tables import ShardTables

_COLUMNS = (
    "id account_id strategy_id version_id entry_no node state visit due_on entered_on arrived_on anchor_at"
    " holdout deferrals revision episode"
).split()
_SIGNALLED = "signal IS NOT NULL AS signalled"
CAUSE_ENROLMENT = 1
"""``cause_kind`` of an item or effect an enrolment asked for (03, point 2)."""


@dataclass(frozen=True)
class Published:
    """A version that accounts may stand in: its plan, and the ids its rows carry.

    Of a ``paused`` strategy nobody moves.
    """

    strategy_id: int
    version_id: int
    plan: Plan
    paused: bool = False


@dataclass(frozen=True)
class OpenEnrolments:
    """The open enrolments of one published version, with the keys their rows are written by."""

    enrolments: Enrolments
    id: NDArray[np.int64]
    revision: NDArray[np.int32]


def read_open(tables: ShardTables, book: DayBook, published: Sequence[Published]) -> list[OpenEnrolments]:
    """The open enrolments of each published version, beside the rows of the day book."""
    connection, selection = tables.connection, tables.selection
    frame = tables.fetch("enrolment", [*_COLUMNS, _SIGNALLED]).by_id()
    account = positions(frame["account_id"], book.account_id)
    signals = _signals(connection, frame["id"][frame["signalled"]])
    needed = {kind for each in published for kind in event_kinds(each.plan)}
    events = _events(connection, selection, frame, needed)
    return [_of_version(each, frame, account, signals, events) for each in published]


def _of_version(
    published: Published,
    frame: Frame,
    account: Rows,
    signals: Mapping[str, NDArray[np.int64]],
    events: Mapping[str, NDArray[np.int64]],
) -> OpenEnrolments:
    rows = np.flatnonzero((frame["version_id"] == published.version_id) & (account >= 0))
    step_of = _step_by_code(published.plan)
    due_on = np.where(_known(frame, "due_on")[rows], frame["due_on"][rows], NO_DAY).astype(np.int32)
    ids = frame["id"][rows]
    enrolments = Enrolments(
        account=account[rows],
        step=step_of[frame["node"][rows]],
        state=frame["state"][rows].astype(np.int8),
        visit=frame["visit"][rows],
        due_on=due_on,
        arrived_on=frame["arrived_on"][rows],
        entered_on=frame["entered_on"][rows],
        anchor_at=frame["anchor_at"][rows],
        holdout=frame["holdout"][rows],
        deferrals=frame["deferrals"][rows].astype(np.int16),
        signals={port: np.flatnonzero(np.isin(ids, given)) for port, given in signals.items()},
        events={kind: at[rows] for kind, at in events.items()},
    )
    return OpenEnrolments(enrolments, ids, frame["revision"][rows])


def read_standing(
    connection: adbc.Connection,
    selection: Selection,
    book: DayBook,
    published: Sequence[Published],
    opened: Sequence[OpenEnrolments],
    entering: Sequence[int],
) -> tuple[Standing, list[NDArray[np.int16]]]:
    """What each account has behind it, and the number its next passage would have, per published version.

    ``entering`` are the versions new accounts may enter: each strategy's active one.
    """
    size = book.book.size
    current = {kind: np.full(size, -1, np.int16) for kind in KINDS}
    entered_on = {kind: np.zeros(size, np.int32) for kind in KINDS}
    for index, each in enumerate(opened):
        kind = published[index].plan.kind
        current[kind][each.enrolments.account] = index
        entered_on[kind][each.enrolments.account] = each.enrolments.entered_on
    left = fetch(
        connection,
        f"""SELECT account_id, strategy_id::bigint AS strategy_id, max(ended_on) AS left_on,
                   max(episode) AS episode, max(entry_no) AS entry_no
            FROM enrolment WHERE {selection.of_accounts("enrolment")}
              AND state = {int(EnrolmentState.ENDED)} GROUP BY 1, 2""",
    )
    account = positions(left["account_id"], book.account_id)
    left_on: dict[int, NDArray[np.int32]] = {}
    left_episode: dict[int, NDArray[np.int32]] = {}
    entry_no = [np.ones(size, np.int16) for _ in published]
    for index in entering:
        rows = np.flatnonzero((left["strategy_id"] == published[index].strategy_id) & (account >= 0))
        if len(rows):
            left_on[index] = np.full(size, NEVER_LEFT, np.int32)
            left_on[index][account[rows]] = left["left_on"][rows]
            left_episode[index] = np.zeros(size, np.int32)
            left_episode[index][account[rows]] = left["episode"][rows]
            entry_no[index][account[rows]] = left["entry_no"][rows] + 1
    episode = book.book.column("episode").astype(np.int32)
    standing = Standing(current["strategy"], entered_on["strategy"], episode, left_on, left_episode)
    if any(each.plan.kind == "campaign" for each in published):
        standing = replace(standing, campaign=current["campaign"], campaign_since=entered_on["campaign"])
    return standing, entry_no


def event_kinds(plan: Plan) -> frozenset[str]:
    """The events the waits and notices of a plan listen for, and what it does when a promise broke."""
    kinds: set[str] = set(plan.on_hold)
    for step in plan.steps:
        if isinstance(step.node, WaitNode):
            kinds.update(step.node.events())
        if isinstance(step.node, NoticeNode):
            kinds.update(("delivered", "read"))
    return frozenset(kinds)


_OF_MESSAGE = frozenset({"delivered", "read", "failed"})


def _events(
    connection: adbc.Connection, selection: Selection, frame: Frame, kinds: set[str]
) -> dict[str, NDArray[np.int64]]:
    """The latest instant of each kind of event by enrolment (epoch microseconds, 0 for none)."""
    found = {kind: np.zeros(frame.size, np.int64) for kind in kinds}
    if not frame.size:
        return found
    of_account = sorted(kinds - _OF_MESSAGE)
    if of_account:
        codes = ", ".join(str(int(EventKind.of(kind))) for kind in of_account)
        events = fetch(
            connection,
            f"""SELECT e.account_id, e.kind, max(e.at) AS at FROM account_event e
                WHERE {_events_of(selection)} AND e.kind IN ({codes}) GROUP BY 1, 2""",
        )
        for kind in of_account:
            rows = events["kind"] == EventKind.of(kind)
            at = positions(frame["account_id"], events["account_id"][rows])
            if rows.any():
                found[kind] = np.where(at >= 0, events["at"][rows][at], 0)
    if kinds & _OF_MESSAGE:
        _add_message_events(connection, selection, frame, found)
    return found


def _events_of(selection: Selection) -> str:
    return selection.of_accounts("e") if selection.account_ids is not None else selection.of_shard("e")


def _add_message_events(
    connection: adbc.Connection, selection: Selection, frame: Frame, found: dict[str, NDArray[np.int64]]
) -> None:
    # Providers stamp statuses with whole seconds: none may seem to come before its message was accepted.
    statuses = fetch(
        connection,
        f"""SELECT i.cause_id,
                   max(greatest(m.delivered_at, m.settled_at)) FILTER (WHERE m.delivered_at IS NOT NULL)
                       AS delivered,
                   max(greatest(m.read_at, m.settled_at)) FILTER (WHERE m.read_at IS NOT NULL) AS read,
                   max(m.settled_at) FILTER (WHERE m.state = {int(MessageState.FAILED)}) AS failed
            FROM message_item i JOIN message m ON m.id = i.message_id AND m.local_on = i.local_on
            JOIN enrolment n ON n.id = i.cause_id
            WHERE i.cause_kind = {CAUSE_ENROLMENT} AND {selection.of_accounts("n")}
              AND n.state <> {int(EnrolmentState.ENDED)} GROUP BY 1""",
    )
    at = positions(frame["id"], statuses["cause_id"])
    for kind in ("delivered", "read", "failed"):
        if kind in found and statuses.size:
            found[kind] = np.where(at >= 0, statuses[kind][at], 0)


def _signals(connection: adbc.Connection, ids: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Enrolments whose parking place was answered from outside, by port; ``ids`` are those that were."""
    if not len(ids):
        return {}
    frame = fetch(
        connection,
        f"SELECT id, signal FROM enrolment WHERE id = ANY('{{{','.join(map(str, ids))}}}'::bigint[])"
        " AND signal IS NOT NULL",
    )
    return {port: frame["id"][frame["signal"] == port] for port in set(frame["signal"])}


def _step_by_code(plan: Plan) -> NDArray[np.int16]:
    by_code = plan.step_of_code()
    table = np.full(max(by_code) + 1, -1, np.int16)
    for code, step in by_code.items():
        table[code] = step.index
    return table


def _known(frame: Frame, name: str) -> NDArray[np.bool_]:
    return frame.known.get(name, np.ones(frame.size, np.bool_))
