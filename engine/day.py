"""One evaluation of many accounts over all plans: enter, advance, hand over, arbitrate, count.

The daily run calls :func:`evaluate` with a shard, an event or a delivery with a few accounts; the
caller only loads the arguments and writes what is decided.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.advance import advance
from engine.arbitration import Candidates, arbitrate, within_capacity
from engine.book import Facts, Rows
from engine.contacts import ContactDesk
from engine.daily_close import Close
from engine.decided import CAPACITY, SUPERSEDED, Advance, Want
from engine.enrolments import Enrolments, enter, join
from engine.entry import Standing, entries
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan
from engine.strategy.nodes import Wish
from engine.vocabulary import Bucket, Channel, EnrolmentState, Outcome, Trigger

ARBITRATION = "arbitration"
"""Why a message waits although the law allows it: another one has the person's slot of the day."""


@dataclass(frozen=True)
class Question:
    """Everything an evaluation reads, for one business date and one instant (epoch microseconds).

    ``open`` holds the open enrolments of each plan, ``holdout`` the control group by row of the book,
    ``share`` the part of each node's daily capacity these accounts may use (0..1). ``deliveries`` maps
    a plan to the rows of its open enrolments by what became of their message. ``entering`` are the plans
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
    share: float = 1.0
    deliveries: Mapping[int, Mapping[str, Rows]] = field(default_factory=dict)
    entering: Sequence[int] | None = None
    paused: frozenset[int] = frozenset()
    prices: Mapping[Channel, int] = field(default_factory=dict)

    @property
    def open_to_new(self) -> Mapping[str, int]:
        """The plans accounts may come to today, by key."""
        indices = range(len(self.plans)) if self.entering is None else self.entering
        return {self.plans[index].key: index for index in indices if index not in self.paused}


@dataclass(frozen=True)
class Part:
    """What was decided in one plan: rows ``0..known-1`` of ``advance.after`` were open before."""

    plan: int
    advance: Advance
    known: int


@dataclass(frozen=True)
class Deferral:
    """Rows of a part whose message waits for another date although the law allows it today."""

    part: int
    want: Want
    rows: Rows
    reason: str


@dataclass(frozen=True)
class Ballot:
    """All wanted messages as one list: candidate *i* is enrolment ``row[i]`` of want ``want[i]``.

    ``wants`` pairs each want with its part. ``account`` is the row of the book; ``send_at`` and
    ``expires_at`` are UTC epoch seconds. ``leader`` is -1 for those that wait, else the index of the
    candidate whose message lists them.
    """

    wants: Sequence[tuple[int, Want]]
    want: NDArray[np.int32]
    row: Rows
    account: Rows
    visit: NDArray[np.int32]
    variant: NDArray[np.int16]
    send_at: NDArray[np.int64]
    expires_at: NDArray[np.int64]
    candidates: Candidates
    leader: Rows


@dataclass(frozen=True)
class Decision:
    """The answer to a question: parts by plan, the ballot of messages, deferrals, and the close."""

    question: Question
    parts: Sequence[Part]
    ballot: Ballot
    deferrals: Sequence[Deferral]
    close: Close


def evaluate(question: Question) -> Decision:
    """Decide everything for the accounts of the question's book; reads nothing else, writes nothing."""
    parts = _first_pass(question)
    parts += _handed_over(question, parts)
    ballot = _ballot(question, parts)
    deferrals = _defer_losers(question, parts, ballot)
    return Decision(question, parts, ballot, deferrals, _close(question, parts, ballot, deferrals))


def _first_pass(question: Question) -> list[Part]:
    new = {}
    taken = np.full(question.facts.book.size, -1, np.int16)
    if question.trigger is Trigger.DAILY:
        for entry in entries(question.plans, question.facts, question.standing, question.entering):
            new[entry.plan] = entry.accounts
            taken[entry.accounts[entry.superseded]] = entry.plan
    return [_advance_plan(question, index, new.get(index), taken) for index in range(len(question.plans))]


def _advance_plan(question: Question, index: int, new: Rows | None, taken: NDArray[np.int16]) -> Part:
    known = question.open[index]
    superseded = np.flatnonzero((taken[known.account] >= 0) & (known.state != EnrolmentState.ENDED))
    if len(superseded):
        known = known.copy()
        known.state[superseded] = EnrolmentState.ENDED
    everyone = known if new is None or not len(new) else join([known, _enter(question, index, new)])
    decided = _advance(question, index, everyone, question.open_to_new.keys(), question.deliveries.get(index))
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
        hand_over_to=hand_over_to,
        paused=index in question.paused,
        share=question.share,
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


def _ballot(question: Question, parts: Sequence[Part]) -> Ballot:
    wants = [(number, want) for number, part in enumerate(parts) for want in part.advance.wants]
    rows = [want.rows for _, want in wants]
    sizes = [len(part) for part in rows]
    which = np.repeat(np.arange(len(wants), dtype=np.int32), sizes)
    book = question.facts.book
    accounts = _concatenate([parts[n].advance.after.account[want.rows] for n, want in wants])
    amount = book.columns.get("amount_reporting", book.column("amount_to_cure"))
    candidates = Candidates(
        person_id=_concatenate([want.person_id for _, want in wants]),
        creditor=book.column("creditor_id")[accounts],
        purpose=_spread([want.wish.purpose for _, want in wants], sizes).astype(np.int8),
        priority=_spread([want.wish.priority for _, want in wants], sizes).astype(np.int32),
        amount=amount[accounts],
        account_id=book.column("account_id")[accounts],
        slot_taken=_concatenate(
            [
                question.desk.people[want.wish.to].slot_taken[parts[n].advance.after.account[want.rows]]
                for n, want in wants
            ],
            np.bool_,
        ),
    )
    return Ballot(
        wants=wants,
        want=which,
        row=_concatenate(rows),
        account=accounts,
        visit=_concatenate([parts[n].advance.after.visit[want.rows] for n, want in wants], np.int32),
        variant=_concatenate([want.variant for _, want in wants], np.int16),
        send_at=_concatenate([want.send_at for _, want in wants]),
        expires_at=_concatenate([want.expires_at for _, want in wants]),
        candidates=candidates,
        leader=arbitrate(candidates),
    )


def _defer_losers(question: Question, parts: Sequence[Part], ballot: Ballot) -> list[Deferral]:
    """Candidates without a message wait for tomorrow; capacity is counted over the winners."""
    lost = {ARBITRATION: ballot.leader < 0}
    limits = {
        number: room
        for number, (_, want) in enumerate(ballot.wants)
        if (room := _room(want.wish, question)) is not None
    }
    if limits:
        stays = within_capacity(ballot.candidates, ballot.leader, ballot.want, limits)
        lost[CAPACITY] = ~stays & (ballot.leader >= 0)
        ballot.leader[~stays] = -1
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


def _room(wish: Wish, question: Question) -> int | None:
    """How many messages a wish may still make in this share of the book; ``None``: no limit.

    Money binds only where a price of the channel is known.
    """
    price = question.prices.get(wish.channel, 0)
    rooms = [] if wish.max_messages is None else [int(wish.max_messages * question.share)]
    if wish.max_money is not None and price:
        rooms.append(int(wish.max_money * question.share) // price)
    return min(rooms, default=None)


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
        for rule in np.unique(refusal.rule):
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


def _concatenate(parts: Sequence[NDArray[Any]], dtype: type = np.int64) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _spread(values: Sequence[int], sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.repeat(np.array(values, np.int64), sizes)
