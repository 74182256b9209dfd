"""One evaluation of many accounts over all plans: enter, advance, hand over, arbitrate, count.

The daily run calls :func:`evaluate` with a shard, an event or a delivery with a few accounts; the
caller only loads the arguments and writes what is decided.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.advance import advance
from engine.ballot import Ballot, cast_ballot
from engine.book import Facts, Rows
from engine.capacity import leave_out
from engine.contacts import ContactDesk
from engine.daily_close import Close
from engine.decided import ARBITRATION, SUPERSEDED, Advance, Part, Want
from engine.enrolments import Enrolments, enter, join
from engine.entry import KINDS, Standing, entries
from engine.fallbacks import Calls, Legs, call_fallbacks
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan
from engine.rooms import Rooms
from engine.rows import distinct
from engine.vocabulary import Bucket, Channel, EnrolmentState, Outcome, Trigger


@dataclass(frozen=True)
class Question:
    """Everything an evaluation reads, for one business date and one instant (epoch microseconds).

    ``open`` holds the open enrolments of each plan, ``holdout`` the control group by row of the book,
    ``rooms`` the part of each daily capacity these accounts may use. ``deliveries`` maps
    a plan to the rows of its open enrolments by what became of their message, ``expired`` to those whose
    deadline in hours is over; ``calls`` are messages whose fallback may run. ``entering`` are the plans
    new accounts may enter (default: all): older versions only see out those who stand in them, and in
    the ``paused`` plans nobody moves. ``prices`` are minor units of the reporting currency a message costs.
    """

    plans: Sequence[Plan]
    facts: Facts
    open: Sequence[Enrolments]
    standing: Standing
    desk: ContactDesk
    calendar: PlaceCalendar
    holdout: NDArray[np.bool_]
    at: int
    trigger: Trigger = Trigger.DAILY
    rooms: Rooms = field(default_factory=Rooms)
    deliveries: Mapping[int, Mapping[str, Rows]] = field(default_factory=dict)
    expired: Mapping[int, Rows] = field(default_factory=dict)
    calls: Calls | None = None
    entering: Sequence[int] | None = None
    paused: frozenset[int] = frozenset()
    prices: Mapping[Channel, int] = field(default_factory=dict)

    @property
    def open_to_new(self) -> Mapping[str, int]:
        """The plans accounts may come to today, by key."""
        indices = range(len(self.plans)) if self.entering is None else self.entering
        return {self.plans[index].key: index for index in indices if index not in self.paused}


@dataclass(frozen=True)
class Deferral:
    """Rows of a part whose message waits for another date although the law allows it today."""

    part: int
    want: Want
    rows: Rows
    reason: str


@dataclass(frozen=True)
class Decision:
    """The answer to a question: parts by plan, the ballot of messages, deferrals, and the close."""

    question: Question
    parts: Sequence[Part]
    ballot: Ballot
    deferrals: Sequence[Deferral]
    close: Close
    legs: Legs | None = None


def evaluate(question: Question) -> Decision:
    """Decide everything for the accounts of the question's book; reads nothing else, writes nothing."""
    legs = _legs(question)
    parts = _first_pass(_without_fallback(question, legs))
    for plan, want in legs.wants if legs else ():
        parts[plan].advance.wants.append(want)
    for plan, refusal in legs.refusals if legs else ():
        parts[plan].advance.refusals.append(refusal)
    parts += _handed_over(question, parts)
    ballot = cast_ballot(parts, question.facts.book, question.desk)
    deferrals = _defer_losers(question, parts, ballot)
    return Decision(question, parts, ballot, deferrals, _close(question, parts, ballot, deferrals), legs)


def _legs(question: Question) -> Legs | None:
    if question.calls is None or not len(question.calls):
        return None
    return call_fallbacks(
        question.calls, question.plans, question.facts, question.open, question.desk, question.paused
    )


def _without_fallback(question: Question, legs: Legs | None) -> Question:
    """Who waited for a message that failed, and gets no fallback, leaves as after any failure."""
    if legs is None:
        return question
    deliveries = {plan: dict(fates) for plan, fates in question.deliveries.items()}
    for plan in distinct(legs.calls.plan).tolist():
        fates = deliveries.setdefault(plan, {})
        failed = fates.get("failed", np.empty(0, np.int64))
        fates["failed"] = np.union1d(failed, legs.given_up(plan))
    return replace(question, deliveries=deliveries)


def _first_pass(question: Question) -> list[Part]:
    new = {}
    taken = {kind: np.zeros(question.facts.book.size, np.bool_) for kind in KINDS}
    if question.trigger is Trigger.DAILY:
        for entry in entries(question.plans, question.facts, question.standing, question.entering):
            new[entry.plan] = entry.accounts
            taken[question.plans[entry.plan].kind][entry.accounts[entry.superseded]] = True
    return [
        _advance_plan(question, index, new.get(index), taken[plan.kind])
        for index, plan in enumerate(question.plans)
    ]


def _advance_plan(question: Question, index: int, new: Rows | None, taken: NDArray[np.bool_]) -> Part:
    known = question.open[index]
    superseded = np.flatnonzero(taken[known.account] & (known.state != EnrolmentState.ENDED))
    if len(superseded):
        known = known.copy()
        known.state[superseded] = EnrolmentState.ENDED
    everyone = known if new is None or not len(new) else join([known, _enter(question, index, new)])
    decided = _advance(
        question,
        index,
        everyone,
        question.open_to_new.keys(),
        question.deliveries.get(index),
        question.expired.get(index),
    )
    if len(superseded):
        decided.outcomes.setdefault(SUPERSEDED, []).append(superseded)
        decided.moved[superseded] = True
    return Part(index, decided, len(known))


def _enter(question: Question, index: int, accounts: Rows) -> Enrolments:
    entry = question.plans[index].entry.index
    return enter(accounts, entry, question.facts.day, question.at, question.holdout[accounts])


def _advance(
    question: Question,
    index: int,
    enrolments: Enrolments,
    hand_over_to: Collection[str] = (),
    deliveries: Mapping[str, Rows] | None = None,
    expired: Rows | None = None,
) -> Advance:
    return advance(
        question.plans[index],
        question.facts,
        enrolments,
        question.desk,
        question.calendar,
        at=question.at,
        trigger=question.trigger,
        deliveries=deliveries,
        expired=expired,
        hand_over_to=hand_over_to,
        paused=index in question.paused,
        rooms=question.rooms,
    )


def _handed_over(question: Question, parts: Sequence[Part]) -> list[Part]:
    """Accounts given to another strategy walk it the same day (03, ``handover``)."""
    index_of = question.open_to_new
    given: dict[int, list[Rows]] = {}
    for part in parts:
        for key, rows in part.advance.handovers.items():
            accounts = part.advance.after.account[np.concatenate(rows)]
            given.setdefault(index_of[key], []).append(accounts)
    return [
        Part(
            index,
            _advance(question, index, _enter(question, index, np.concatenate(accounts))),
            0,
        )
        for index, accounts in given.items()
    ]


def _defer_losers(question: Question, parts: Sequence[Part], ballot: Ballot) -> list[Deferral]:
    """Candidates without a message wait for tomorrow; capacity is counted over the winners."""
    lost = {ARBITRATION: ballot.leader < 0}
    lost |= leave_out(ballot, parts, question.rooms, question.prices)
    deferrals = []
    for reason, mask in lost.items():
        for number, (part, want) in enumerate(ballot.wants):
            rows = ballot.row[mask & (ballot.want == number)]
            if len(rows):
                _put_off(parts[part].advance, rows, question.facts.day)
                deferrals.append(Deferral(part, want, rows, reason))
    return deferrals


def _put_off(decided: Advance, rows: Rows, day: int) -> None:
    decided.after.state[rows] = EnrolmentState.DEFERRED
    decided.after.due_on[rows] = day + 1
    decided.after.deferrals[rows] += 1


def _close(question: Question, parts: Sequence[Part], ballot: Ballot, deferrals: Sequence[Deferral]) -> Close:
    close = Close.of(question.facts.book.size)
    for left_on in question.standing.left_on.values():
        close.enter(Bucket.ENDED_BEFORE, np.flatnonzero(left_on >= 0))
    for part in parts:
        _enter_parked(close, part.advance)
    for deferral in deferrals:
        accounts = parts[deferral.part].advance.after.account
        close.enter(Bucket.DEFERRED, accounts[deferral.rows], deferral.reason)
    for outcome, bucket in ((Outcome.DEFERRED, Bucket.DEFERRED), (Outcome.BLOCKED, Bucket.BLOCKED)):
        for part in parts:
            _enter_refused(close, part.advance, outcome, bucket, question)
    _enter_control(close, parts)
    _enter_acted(close, parts, ballot)
    for part in parts:
        close.enter(Bucket.HELD, part.advance.after.account[part.advance.held])
    _enter_ended(close, parts)
    return close


def _enter_parked(close: Close, decided: Advance) -> None:
    after = decided.after
    states = (EnrolmentState.WAITING, EnrolmentState.DEFERRED, EnrolmentState.MOVING, EnrolmentState.SENDING)
    close.enter(Bucket.PAUSED, after.account[decided.paused])
    close.enter(Bucket.WAITING, after.account[np.isin(after.state, states) & ~decided.paused])


def _enter_refused(
    close: Close, decided: Advance, outcome: Outcome, bucket: Bucket, question: Question
) -> None:
    rules = question.desk.policy.rules
    for refusal in decided.refusals:
        if refusal.outcome is not outcome:
            continue
        accounts = decided.after.account[refusal.rows]
        for rule in distinct(refusal.rule):
            reason = rules[rule].id if rule >= 0 else refusal.reason
            close.enter(bucket, accounts[refusal.rule == rule], reason)


def _enter_control(close: Close, parts: Sequence[Part]) -> None:
    for part in parts:
        after = part.advance.after
        close.enter(Bucket.HOLDOUT, after.account[after.holdout & (after.state != EnrolmentState.ENDED)])


def _enter_acted(close: Close, parts: Sequence[Part], ballot: Ballot) -> None:
    close.enter(Bucket.ACTED, ballot.account[ballot.leader >= 0])
    for part in parts:
        for effect in part.advance.effects:
            if effect.kind != "label":
                close.enter(Bucket.ACTED, part.advance.after.account[effect.rows])


def _enter_ended(close: Close, parts: Sequence[Part]) -> None:
    """Ended today, unless the account stands in another strategy by now."""
    still_open = np.zeros(len(close.bucket), np.bool_)
    for part in parts:
        after = part.advance.after
        still_open[after.account[after.state != EnrolmentState.ENDED]] = True
    for part in parts:
        for outcome, groups in part.advance.outcomes.items():
            accounts = part.advance.after.account[np.concatenate(groups)]
            close.enter(Bucket.ENDED_TODAY, accounts[~still_open[accounts]], outcome)
