"""The other channel, when a first message did not get through: whose fallback runs, and for which debts.

Only the winner's fallback runs, for the items still alive; it passes the whole contact policy again. On
the local date of the first message it shares that one's slot, on a later one it needs that date's
(03, point 12).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.book import Facts, Rows
from engine.contacts import Answer, ContactDesk, takes_slot
from engine.decided import ARBITRATION, DEFERRAL_SPENT, Refusal, Want
from engine.enrolments import Enrolments
from engine.plan import Plan, Step, leaving
from engine.rows import distinct
from engine.strategy.nodes import ChannelNode, Wish
from engine.vocabulary import EnrolmentState, MessageState, Outcome

ENDED, HELD, PAUSED, LATER, ALREADY = "ended", "held", "paused", "later_item", "already"
NO_FALLBACK, UNKNOWN, REPLIED, ARRIVED, WINNER_LEFT, NOT_ALLOWED = (
    "no_fallback", "unknown", "replied", "arrived", "winner_left", "not_allowed",
)  # fmt: skip
"""Why a fallback is dropped, besides the policy's refusal."""


@dataclass(frozen=True)
class Calls:
    """Items of first messages whose fallback may run now, one a row, over all plans of a question.

    ``plan`` and ``row`` say the enrolment among the open ones; ``step`` the node that asked for the item
    (-1: its version has no such node), ``visit`` the visit it asked in. ``leader`` is the row here of the
    message's winner, -1 when that one has left. ``state`` is the message's, ``doubted`` that it was ever
    unknown; ``replied`` that the person has written since; ``later`` that the enrolment has decided a later
    item; ``already`` that its fallback is there. ``stands``: the enrolment still waits at the node for its
    message. ``since`` is the day number on which the fallback was first called; ``keeps_slot`` that the
    person's slot of the date is still the first message's.
    """

    plan: NDArray[np.int16]
    row: Rows
    step: NDArray[np.int16]
    visit: NDArray[np.int32]
    leader: Rows
    state: NDArray[np.int8]
    doubted: NDArray[np.bool_]
    replied: NDArray[np.bool_]
    later: NDArray[np.bool_]
    already: NDArray[np.bool_]
    stands: NDArray[np.bool_]
    since: NDArray[np.int32]
    keeps_slot: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.plan)


@dataclass
class Legs:
    """What came of the calls, column by column beside them.

    ``fate`` is an ``Outcome``, blocked when the fallback is dropped, with its ``reason``; ``until_day``
    that of a deferral; addressee and instants (UTC epoch seconds) of what is sent today. ``wants`` and
    ``refusals`` name the plan they belong to.
    """

    calls: Calls
    fate: NDArray[np.int8]
    reason: NDArray[np.object_]
    until_day: NDArray[np.int32]
    person_id: NDArray[np.int64]
    send_at: NDArray[np.int64]
    expires_at: NDArray[np.int64]
    wants: list[tuple[int, Want]] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)

    def given_up(self, plan: int) -> Rows:
        """Enrolments of a plan that waited for a message nobody will send now."""
        dropped = (self.fate == Outcome.BLOCKED) & self.calls.stands & (self.calls.plan == plan)
        return np.asarray(self.calls.row[dropped])


def call_fallbacks(
    calls: Calls,
    plans: Sequence[Plan],
    facts: Facts,
    opened: Sequence[Enrolments],
    desk: ContactDesk,
    paused: Collection[int],
) -> Legs:
    """Decide every call: sent today, put off, or dropped with its reason."""
    size = len(calls)
    legs = Legs(
        calls,
        np.full(size, Outcome.BLOCKED, np.int8),
        np.full(size, "", object),
        np.full(size, -1, np.int32),
        *np.zeros((3, size), np.int64),
    )
    account = np.array([opened[p].account[r] for p, r in zip(calls.plan, calls.row, strict=True)], np.int64)
    _drop_gone(legs, plans, facts, opened, paused)
    _drop_uncalled(legs, plans)
    for step, rows in _groups(legs, plans):
        _ask(legs, desk, account[rows], step, rows)
    _follow(legs)
    for step, rows in _groups(legs, plans):
        _collect(legs, plans, _wish(step), rows[legs.fate[rows] == Outcome.ALLOWED])
    return legs


def _drop_gone(
    legs: Legs, plans: Sequence[Plan], facts: Facts, opened: Sequence[Enrolments], paused: Collection[int]
) -> None:
    """Items whose enrolment has ended, is held or paused, or has gone on to a later message."""
    calls = legs.calls
    for plan in distinct(calls.plan).tolist():
        rows = np.flatnonzero(calls.plan == plan)
        enrolments, here = opened[plan], calls.row[rows]
        accounts, state = enrolments.account[here], enrolments.state[here]
        stopped, exited = leaving(plans[plan], facts, accounts)
        holds = facts.book.columns.get("hold_kinds")
        held = np.zeros(len(rows), np.bool_) if holds is None else holds[accounts] != 0
        asleep = (state == EnrolmentState.PAUSED) | (plan in paused)
        gone = stopped | exited | (state == EnrolmentState.ENDED) | (calls.step[rows] < 0)
        for why, is_so in ((PAUSED, asleep), (HELD, held), (ENDED, gone)):
            legs.reason[rows[is_so]] = why
    legs.reason[calls.later] = LATER
    legs.reason[calls.already] = ALREADY


def _drop_uncalled(legs: Legs, plans: Sequence[Plan]) -> None:
    """Messages that have no fallback, were unknown once, got through after all, or were answered."""
    calls = legs.calls
    for row in np.flatnonzero(calls.leader == np.arange(len(calls))).tolist():
        if not legs.reason[row]:
            legs.reason[row] = _uncalled(calls, row, plans[calls.plan[row]].steps[calls.step[row]])
    for row in np.flatnonzero(legs.reason == "").tolist():
        leader = calls.leader[row]
        if leader < 0 or legs.reason[leader]:
            legs.reason[row] = WINNER_LEFT


def _uncalled(calls: Calls, row: int, step: Step) -> str:
    fallback = step.node.fallback if isinstance(step.node, ChannelNode) else None
    if fallback is None:
        return NO_FALLBACK
    if calls.doubted[row]:
        return UNKNOWN
    if calls.replied[row]:
        return REPLIED
    return "" if fallback.is_called_by(MessageState(int(calls.state[row]))) else ARRIVED


def _groups(legs: Legs, plans: Sequence[Plan]) -> Iterator[tuple[Step, Rows]]:
    """The calls that stand, by the step of their winner: those of one step ask for the same message."""
    calls = legs.calls
    standing = np.flatnonzero(legs.reason == "")
    leaders = calls.leader[standing]
    steps = set(zip(calls.plan[leaders].tolist(), calls.step[leaders].tolist(), strict=True))
    for plan, step in sorted(steps):
        same = (calls.plan[leaders] == plan) & (calls.step[leaders] == step)
        yield plans[plan].steps[step], standing[same]


def _ask(legs: Legs, desk: ContactDesk, account: Rows, step: Step, rows: Rows) -> None:
    """Ask the policy about a group, and settle what it, the slot or the node's patience refuses."""
    wish = _wish(step)
    answer = desk.ask(account, wish)
    verdicts = answer.verdicts
    fate, until, rule = verdicts.outcome.copy(), verdicts.until_day.copy(), verdicts.rule.copy()
    reason = np.full(len(rows), DEFERRAL_SPENT, object)
    taken = _without_slot(legs.calls, rows, desk.people[wish.to].slot_taken[account], answer, wish)
    fate[taken], until[taken], rule[taken], reason[taken] = Outcome.DEFERRED, desk.day + 1, -1, ARBITRATION
    later = np.flatnonzero(fate == Outcome.DEFERRED)
    days = desk.lawful_days_between(account[later], wish, legs.calls.since[rows[later]], until[later])
    spent = later[(until[later] < 0) | (days > wish.defer_days)]
    fate[spent], rule[spent], reason[spent] = Outcome.BLOCKED, -1, DEFERRAL_SPENT
    legs.fate[rows], legs.until_day[rows] = fate, until
    legs.reason[rows[fate == Outcome.BLOCKED]] = NOT_ALLOWED
    legs.person_id[rows], legs.send_at[rows] = answer.person_id, answer.send_at
    legs.expires_at[rows] = verdicts.closes_at
    for place in np.flatnonzero(fate != Outcome.ALLOWED):
        here = slice(place, place + 1)
        row, outcome = legs.calls.row[rows[here]], Outcome(int(fate[place]))
        refusal = Refusal(step, row, outcome, rule[here], until[here], reason[place])
        legs.refusals.append((int(legs.calls.plan[rows[place]]), refusal))


def _without_slot(
    calls: Calls, rows: Rows, slot_taken: NDArray[np.bool_], answer: Answer, wish: Wish
) -> NDArray[np.bool_]:
    """Which rows find the slot of the date taken: by another message, or by another leg of this moment."""
    none = np.zeros(len(rows), np.bool_)
    if not takes_slot(wish):
        return none
    claimed: dict[int, int] = {}
    for place in np.flatnonzero(answer.verdicts.outcome == Outcome.ALLOWED):
        leader = int(calls.leader[rows[place]])
        first = claimed.setdefault(int(answer.person_id[place]), leader)
        none[place] = first != leader or (slot_taken[place] and not calls.keeps_slot[rows[place]])
    return none


def _follow(legs: Legs) -> None:
    """What a winner covers goes with it: put off or dropped with it, and never alone."""
    calls = legs.calls
    for row in np.flatnonzero(calls.leader != np.arange(len(calls))):
        leader = calls.leader[row]
        if legs.reason[row] or leader < 0:
            continue
        if legs.fate[leader] != Outcome.ALLOWED:
            legs.fate[row], legs.until_day[row] = legs.fate[leader], legs.until_day[leader]
            legs.reason[row] = WINNER_LEFT if legs.fate[leader] == Outcome.BLOCKED else ""
        elif legs.fate[row] != Outcome.ALLOWED:
            legs.fate[row], legs.reason[row] = Outcome.BLOCKED, NOT_ALLOWED


def _collect(legs: Legs, plans: Sequence[Plan], wish: Wish, rows: Rows) -> None:
    """The messages a group sends today, as wants of the nodes their items belong to."""
    calls = legs.calls
    for plan, step in sorted(set(zip(calls.plan[rows].tolist(), calls.step[rows].tolist(), strict=True))):
        here = rows[(calls.plan[rows] == plan) & (calls.step[rows] == step)]
        want = Want(
            plans[plan].steps[step],
            wish,
            calls.row[here],
            legs.person_id[here],
            np.zeros(len(here), np.int16),
            legs.send_at[here],
            legs.expires_at[here],
            calls.visit[here],
            leg=1,
            calls=here,
            leaders=calls.leader[here],
        )
        legs.wants.append((plan, want))


def _wish(step: Step) -> Wish:
    assert isinstance(step.node, ChannelNode)  # others call for no fallback
    wish = step.node.fallback_wish()
    assert wish is not None
    return wish
