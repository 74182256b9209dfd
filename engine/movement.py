"""What a node may ask of the rows that reach it, and what it may decide for them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import assignment
from engine.book import DTYPES, NO_DAY, Column, Facts, Rows
from engine.calendars import Shift
from engine.contacts import ContactDesk
from engine.decided import CAPACITY, Advance, Deadline, DeadlineKind, Effect, Passage, Refusal, Want
from engine.enrolments import Enrolments
from engine.errors import StrategyError
from engine.facts import FactType
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan, Step
from engine.rooms import Rooms
from engine.strategy.nodes.base import MessageNode, StepView, Wish
from engine.vocabulary import EnrolmentState, Outcome, Relation, Trigger

_HOUR_US = 3_600_000_000


class Movement:
    """The enrolments of one evaluation while they move; lends itself to the nodes as ``nodes.base.Moving``.

    ``now`` are the enrolments as they stand, ``still`` marks rows that move no more, ``arrivals`` those
    that have come to each step and have not been let arrive yet.
    """

    def __init__(
        self,
        plan: Plan,
        facts: Facts,
        enrolments: Enrolments,
        desk: ContactDesk,
        calendar: PlaceCalendar,
        at: int,
        trigger: Trigger,
        hand_over_to: frozenset[str],
        rooms: Rooms,
    ) -> None:
        self.plan, self.facts, self.desk, self.calendar = plan, facts, desk, calendar
        self.day, self.at, self.trigger = facts.day, at, trigger
        self.hand_over_to = hand_over_to
        self.rooms = rooms
        self._admitted: dict[int, int] = {}
        self.now = enrolments.copy()
        self.still = self.now.state == EnrolmentState.ENDED
        self.settling = False
        moved, held, paused = np.zeros((3, len(enrolments)), np.bool_)
        self.result = Advance(plan, self.now, moved, held, paused)
        self.arrivals: list[list[Rows]] = [[] for _ in plan.steps]

    # -- what a node may do ----------------------------------------------------------------------

    def accounts(self, rows: Rows) -> Rows:
        return self.now.account[rows]

    def leave(self, step: StepView, rows: Rows, port: str) -> None:
        if not len(rows):
            return
        here = self.plan.steps[step.index]
        if here.node.cuts_cycle():
            self.now.visit[rows] += 1
        self.result.passages.append(Passage(here, port, rows))
        target = here.targets[port]
        self.now.step[rows] = target
        self.now.arrived_on[rows] = self.day
        self.now.deferrals[rows] = 0
        self.result.moved[rows] = True
        self.arrivals[target].append(self._let_stand(rows) if self.settling else rows)

    def park(
        self, step: StepView, rows: Rows, state: EnrolmentState, due_on: NDArray[np.int32] | int
    ) -> None:
        if not len(rows):
            return
        self.now.step[rows] = step.index
        self.now.state[rows] = state
        self.now.due_on[rows] = due_on
        self.result.moved[rows] = True

    def end(self, rows: Rows, outcome: str) -> None:
        if not len(rows):
            return
        waited = self.now.state[rows] == EnrolmentState.WAITING
        self.now.due_on[rows] = np.where(waited, self.now.due_on[rows], NO_DAY)
        self.now.state[rows] = EnrolmentState.ENDED
        self.still[rows] = True
        self.result.moved[rows] = True
        self.result.outcomes.setdefault(outcome, []).append(rows)

    def holdout(self, rows: Rows) -> NDArray[np.bool_]:
        return self.now.holdout[rows]

    def arms(self, rows: Rows, experiment: str, weights: tuple[int, ...]) -> NDArray[np.int16]:
        persons = self.desk.people[Relation.TITULAR].person_id[self.accounts(rows)]
        return assignment.arms(persons, experiment, [weight / 100 for weight in weights])

    def occurred(self, rows: Rows, event: str) -> NDArray[np.bool_]:
        happened = self.now.events.get(event)
        if happened is None:
            return np.zeros(len(rows), np.bool_)
        return np.asarray(happened[rows] >= self.now.anchor_at[rows])

    def happened_at(self, rows: Rows, event: str) -> NDArray[np.int64]:
        happened = self.now.events.get(event)
        return np.zeros(len(rows), np.int64) if happened is None else happened[rows]

    def due_on(self, rows: Rows) -> NDArray[np.int32]:
        return self.now.due_on[rows]

    def business_days_after(self, rows: Rows, days: int) -> NDArray[np.int32]:
        return self.calendar.business_days_after(self._places(rows), days)

    def set_timer(self, step: StepView, rows: Rows, hours: int) -> None:
        self.set_deadline(step, rows, DeadlineKind.WAIT, np.full(len(rows), self.at), hours)

    def consume(self, rows: Rows, event: str) -> None:
        self.now.anchor_at[rows] = self.now.events[event][rows] + 1

    def is_deferred(self, rows: Rows) -> NDArray[np.bool_]:
        return np.asarray(self.now.state[rows] == EnrolmentState.DEFERRED)

    def arrived_on(self, rows: Rows) -> NDArray[np.int32]:
        return self.now.arrived_on[rows]

    def next_payday(self, rows: Rows, offset: int, shift: Shift) -> NDArray[np.int32]:
        kinds = self.column("payday_calendar", FactType.ENUM, rows)
        return self.calendar.next_payday(self._places(rows), kinds, offset, shift)

    def next_lawful_day(self, rows: Rows, channel: Any) -> NDArray[np.int32]:
        return self.desk.next_lawful_day(self.accounts(rows), channel)

    def want(self, step: StepView, rows: Rows, wish: Wish) -> None:
        if not len(rows):
            return
        here = self.plan.steps[step.index]
        answer = self.desk.ask(self.accounts(rows), wish)
        verdicts = answer.verdicts
        waited_long = self.now.deferrals[rows] > wish.defer_days
        blocked = (verdicts.outcome == Outcome.BLOCKED) | waited_long
        deferred = (verdicts.outcome == Outcome.DEFERRED) & ~waited_long
        spent = self.count_deferral(rows, deferred, wish, verdicts.until_day)
        for which, outcome in ((blocked | spent, Outcome.BLOCKED), (deferred & ~spent, Outcome.DEFERRED)):
            if which.any():
                self.result.refusals.append(
                    Refusal(here, rows[which], outcome, verdicts.rule[which], verdicts.until_day[which])
                )
        self.refuse(here, rows[blocked | spent])
        later = deferred & ~spent
        self.park(here, rows[later], EnrolmentState.DEFERRED, verdicts.until_day[later])
        allowed = ~blocked & ~deferred
        self.park(here, rows[allowed], EnrolmentState.SENDING, self.day)
        if allowed.any():
            self.result.wants.append(
                Want(
                    here,
                    wish,
                    rows[allowed],
                    answer.person_id[allowed],
                    self._variants(rows[allowed], wish),
                    answer.send_at[allowed],
                    verdicts.closes_at[allowed],
                    self.now.visit[rows[allowed]],
                )
            )

    def act(self, step: StepView, rows: Rows, kind: str, details: dict[str, object]) -> None:
        if len(rows):
            here = self.plan.steps[step.index]
            self.result.effects.append(Effect(here, rows, kind, details, self.now.visit[rows].copy()))

    def admit(self, step: StepView, rows: Rows, per_day: int | None) -> NDArray[np.bool_]:
        if per_day is None:
            return np.ones(len(rows), np.bool_)
        used = self._admitted.get(step.index, 0)
        key = (self.plan.key, self.plan.steps[step.index].code, "tasks")
        room = max(self.rooms.of(per_day, key) - used, 0)
        fits = np.zeros(len(rows), np.bool_)
        fits[np.argsort(-self.column("amount_reporting", FactType.MONEY, rows), kind="stable")[:room]] = True
        self._admitted[step.index] = used + int(fits.sum())
        return fits

    def postpone(self, step: StepView, rows: Rows) -> None:
        self._no_room(step, rows, Outcome.DEFERRED)
        self.park(step, rows, EnrolmentState.DEFERRED, self.day + 1)

    def drop(self, step: StepView, rows: Rows, port: str) -> None:
        self._no_room(step, rows, Outcome.BLOCKED)
        self.leave(step, rows, port)

    def hand_over(self, step: StepView, rows: Rows, strategy: str) -> None:
        came_today = (self.trigger is not Trigger.DAILY) & (self.now.entered_on[rows] == self.day)
        tomorrow = came_today | (strategy not in self.hand_over_to)
        self.park(step, rows[tomorrow], EnrolmentState.WAITING, self.day + 1)
        rows = rows[~tomorrow]
        if not len(rows):
            return
        self.result.handovers.setdefault(strategy, []).append(rows)
        self.end(rows, f"handover:{strategy}")

    # -- inside ----------------------------------------------------------------------------------

    def _let_stand(self, rows: Rows) -> Rows:
        """Rows that are held or paused stay at the node they have come to; returns the others."""
        stood = self.result.held[rows] | self.result.paused[rows]
        self.now.state[rows[stood]] = EnrolmentState.MOVING
        return rows[~stood]

    def _no_room(self, step: StepView, rows: Rows, outcome: Outcome) -> None:
        if len(rows):
            here = self.plan.steps[step.index]
            none = np.full(len(rows), -1, np.int16)
            until = np.full(len(rows), self.day + 1 if outcome is Outcome.DEFERRED else -1, np.int32)
            self.result.refusals.append(Refusal(here, rows, outcome, none, until, CAPACITY))

    def set_deadline(
        self, step: StepView, rows: Rows, kind: DeadlineKind, since: NDArray[np.int64], hours: int
    ) -> None:
        """Have rows looked at again so many hours after an instant of each."""
        if len(rows):
            here, due_at = self.plan.steps[step.index], since + hours * _HOUR_US
            self.result.deadlines.append(Deadline(here, rows, kind, due_at, self.now.visit[rows].copy()))

    def refuse(self, step: Step, rows: Rows) -> None:
        """Send rows on by the port of messages that do not go out."""
        self.leave(step, rows, message_node(step).refused_port)

    def count_deferral(
        self, rows: Rows, deferred: NDArray[np.bool_], wish: Wish, until: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Count the lawful days a message is put off; which rows have used up those of their node.

        A date beyond the node's patience (or none at all, -1) is not waited for.
        """
        never = deferred & (until < 0)
        later = np.flatnonzero(deferred & ~never)
        days = self.desk.lawful_days_until(self.accounts(rows[later]), wish, until[later])
        self.now.deferrals[rows[later]] += days
        return np.asarray(never | (deferred & (self.now.deferrals[rows] > wish.defer_days)))

    def _variants(self, rows: Rows, wish: Wish) -> NDArray[np.int16]:
        if len(wish.variants) == 1:
            return np.zeros(len(rows), np.int16)
        return self.arms(rows, wish.experiment, tuple(variant.weight for variant in wish.variants))

    def column(self, name: str, kind: FactType, rows: Rows) -> Column:
        """A stored column of the rows' accounts; zeros when the book has none."""
        column = self.facts.book.columns.get(name)
        return np.zeros(len(rows), DTYPES[kind]) if column is None else column[self.accounts(rows)]

    def _places(self, rows: Rows) -> NDArray[np.int16]:
        return self.desk.people[Relation.TITULAR].place[self.accounts(rows)]

    def by_step(self, rows: Rows) -> list[tuple[Step, Rows]]:
        """Rows grouped by the step they stand at, in evaluation order."""
        if not len(rows):
            return []
        steps = self.now.step[rows]
        order = np.argsort(steps, kind="stable")
        counts = np.bincount(steps)
        present = np.flatnonzero(counts)
        groups = np.split(rows[order], np.cumsum(counts[present])[:-1])
        return [(self.plan.steps[index], group) for index, group in zip(present, groups, strict=True)]


def message_node(step: Step) -> MessageNode:
    """The node of a step that sends; ``StrategyError`` for one that sends no message."""
    if isinstance(step.node, MessageNode):
        return step.node
    raise StrategyError(f"a {step.node.title_en} sends no message", place=step.node.id)
