"""The heart: every enrolment moves through the plan, node by node, as index lists, until it parks.

``advance`` is the only evaluator. The daily run gives it a whole shard, an event or a delivery a
handful of rows, ``explain`` one row. Facts, time and the policy are arguments; for equal arguments the
answer is equal, and what has already moved does not move again.
"""

from collections.abc import Collection, Mapping

import numpy as np

from engine.book import Facts, Rows
from engine.contacts import ContactDesk
from engine.decided import CAMPAIGN_OVER, EXITED, STOPPED, Advance, DeadlineKind, Passage
from engine.enrolments import Enrolments
from engine.facts import FactType
from engine.movement import Movement, message_node
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan, Step, leaving
from engine.rooms import Rooms
from engine.vocabulary import EnrolmentState, Trigger

_ALL_OF_IT = Rooms()


def advance(
    plan: Plan,
    facts: Facts,
    enrolments: Enrolments,
    desk: ContactDesk,
    calendar: PlaceCalendar,
    *,
    at: int,
    trigger: Trigger = Trigger.DAILY,
    deliveries: Mapping[str, Rows] | None = None,
    expired: Rows | None = None,
    hand_over_to: Collection[str] = (),
    paused: bool = False,
    rooms: Rooms = _ALL_OF_IT,
) -> Advance:
    """Move enrolments on, for the business date of ``facts`` at the instant ``at`` (epoch microseconds).

    ``deliveries`` names rows that stand in ``sending`` by what became of their message: ``accepted``,
    ``unknown`` (passed like it, but never followed by a fallback), ``lifted`` (failed for a reason that
    can lift), ``failed``. ``expired`` (trigger timer) are rows whose deadline in hours is over.
    A handover to a strategy not in ``hand_over_to`` waits for tomorrow: an account changes hands once a
    day. While a strategy is ``paused`` its enrolments stand where they are, and lose nothing.
    """
    moving = _Evaluation(plan, facts, enrolments, desk, calendar, at, trigger, frozenset(hand_over_to), rooms)
    moving.leave_for_good()
    moving.hold()
    moving.pause(everyone=paused)
    moving.expire(expired)
    moving.settle(deliveries or {})
    if trigger is Trigger.DELIVERY:
        moving.begin()
    else:
        moving.awake()
    moving.walk()
    return moving.result


class _Evaluation(Movement):
    """The order of one evaluation."""

    def leave_for_good(self) -> None:
        """Exits and stop states are looked at first, in every parking state (03, point 8)."""
        rows = np.flatnonzero(~self.still)
        stopped, exited = leaving(self.plan, self.facts, self.accounts(rows))
        self.end(rows[stopped], STOPPED)
        self.end(rows[exited & ~stopped], EXITED)
        campaign = self.plan.strategy.campaign
        if campaign is not None and campaign.is_over(self.day):
            self.end(np.flatnonzero(~self.still), CAMPAIGN_OVER)

    def hold(self) -> None:
        """Held accounts stand where they are (03, point 7)."""
        rows = np.flatnonzero(~self.still)
        held = self.column("hold_kinds", FactType.NUMBER, rows) != 0
        self.result.held[rows[held]] = True
        self.still[rows[held]] = True

    def pause(self, *, everyone: bool) -> None:
        """Nobody moves while a strategy is paused (03, point 15)."""
        rows = np.flatnonzero(~self.still & (everyone | (self.now.state == EnrolmentState.PAUSED)))
        self.result.paused[rows] = True
        self.still[rows] = True

    def expire(self, rows: Rows | None) -> None:
        """A wait whose hours are over is due today; an event that came meanwhile still wins."""
        if rows is not None and len(rows):
            waiting = rows[self.now.state[rows] == EnrolmentState.WAITING]
            self.now.due_on[waiting] = np.minimum(self.now.due_on[waiting], self.day)

    def settle(self, deliveries: Mapping[str, Rows]) -> None:
        """Move rows whose message was accepted, or came back (03, point 5).

        What was on its way when a hold or a pause began is settled all the same: the rows come to stand
        at the node that follows, and go on from there once nothing holds them.
        """
        self.settling = True
        for fate, rows in deliveries.items():
            rows = rows[self.now.state[rows] == EnrolmentState.SENDING]
            for step, here in self.by_step(rows):
                if fate in ("accepted", "unknown"):
                    self._accepted(step, here, followed=fate == "accepted")
                elif fate == "lifted":
                    self._put_off(step, here)
                else:
                    self.refuse(step, here)
        self.settling = False

    def begin(self) -> None:
        """Let those begin who came to this strategy a moment ago."""
        fresh = self.now.state == EnrolmentState.MOVING
        for step, rows in self.by_step(np.flatnonzero(~self.still & fresh)):
            self.arrivals[step.index].append(rows)
            self.result.moved[rows] = True

    def awake(self) -> None:
        """Broken promises first, answers from outside, then events, terms that have come, new arrivals."""
        for cause, target in self.plan.on_hold.items():
            self._jump(cause, target)
        for port, rows in self.now.signals.items():
            waiting = rows[~self.still[rows] & (self.now.state[rows] == EnrolmentState.WAITING)]
            for step, here in self.by_step(waiting):
                if port in step.targets:
                    self.leave(step, here, port)
                    self.still[here] = True
        self.begin()
        parked = np.isin(self.now.state, (EnrolmentState.WAITING, EnrolmentState.DEFERRED))
        for step, here in self.by_step(np.flatnonzero(~self.still & parked)):
            self._wake_step(step, here)

    def walk(self) -> None:
        """Let rows arrive, step after step; every edge leads forward, so one pass is enough."""
        for step in self.plan.steps:
            arrived = self.arrivals[step.index]
            if arrived:
                rows = arrived[0] if len(arrived) == 1 else np.concatenate(arrived)
                step.node.arrive(step, self, rows)

    # -- inside ----------------------------------------------------------------------------------

    def _jump(self, cause: str, target: int) -> None:
        """Go to the node a strategy names for a promise (or plan) that broke while it held the account."""
        rows = np.flatnonzero(~self.still & (self.now.state != EnrolmentState.SENDING))
        rows = rows[self.occurred(rows, cause)]
        if not len(rows):
            return
        self.consume(rows, cause)
        for step, here in self.by_step(rows):
            self.result.passages.append(Passage(step, cause, here))
        self.now.visit[rows] += 1
        self.now.step[rows] = target
        self.now.arrived_on[rows] = self.day
        self.now.deferrals[rows] = 0
        self.result.moved[rows] = True
        self.still[rows] = True
        self.arrivals[target].append(rows)

    def _wake_step(self, step: Step, rows: Rows) -> None:
        waiting = rows[self.now.state[rows] == EnrolmentState.WAITING]
        deferred = rows[self.now.state[rows] == EnrolmentState.DEFERRED]
        still = step.node.wake(step, self, waiting)
        for group in (still, deferred):
            come = group[self.now.due_on[group] <= self.day]
            if len(come):
                step.node.due(step, self, come)

    def _accepted(self, step: Step, rows: Rows, *, followed: bool) -> None:
        accepted = self.now.events.get("accepted")
        self.now.anchor_at[rows] = self.at if accepted is None else accepted[rows]
        node = message_node(step)
        hours = node.fallback_hours()
        if followed and hours is not None:
            self.set_deadline(step, rows, DeadlineKind.FALLBACK, self.now.anchor_at[rows], hours)
        node.accepted(step, self, rows)

    def _put_off(self, step: Step, rows: Rows) -> None:
        """Until tomorrow; a day on which the account is held uses up none of the node's days."""
        wish = message_node(step).wish()
        until = np.full(len(rows), self.day + 1, np.int32)
        free = ~(self.result.held[rows] | self.result.paused[rows])
        spent = self.count_deferral(rows, free, wish, until)
        self.refuse(step, rows[spent])
        self.park(step, rows[~spent], EnrolmentState.DEFERRED, until[~spent])
