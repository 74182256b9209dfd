"""The examples of a strategy, carried through the engine day by day: what was expected, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from engine.book import Rows
from engine.contact_policy import ContactHistory, ContactPolicy
from engine.day import Decision, evaluate
from engine.days import day_number, day_of
from engine.enrolments import Enrolments, join
from engine.errors import CadenciaError, StrategyError
from engine.facts import CATALOGUE, Catalogue
from engine.one_account import OneAccount, nowhere, policy_of, question, standing_in
from engine.plan import Plan, compile_plan
from engine.strategy.document import Example, ExampleStep, Strategy, read_strategy
from engine.strategy.nodes.handover import HandoverNode
from engine.strategy.nodes.wait import EVENTS
from engine.vocabulary import EnrolmentState, Trigger

OPENS = time(6, 0)
"""The local hour at which the days of an example open; events of a day happen an hour before."""

MOST_MESSAGES = 10
"""Messages of one day after which an example is given up."""


@dataclass(frozen=True)
class DayStory:
    """What one day came to: the messages sent (template keys), and where the account stands at its end.

    ``node`` is empty outside the strategy; ``outcome`` is what it left with on this day, if it did.
    """

    day: int
    date: date
    messages: tuple[str, ...]
    node: str
    outcome: str


@dataclass(frozen=True)
class Failure:
    """An expectation of one day that was not met."""

    day: int
    message_es: str
    message_en: str


@dataclass(frozen=True)
class ExampleResult:
    """One example played: green without failures; ``story`` tells every day up to the last one."""

    name: str
    failures: tuple[Failure, ...]
    story: tuple[DayStory, ...]

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.failures


def run(strategy: Strategy, catalogue: Catalogue = CATALOGUE) -> list[ExampleResult]:
    """Play the examples of a strategy; raises ``StrategyError`` for one that does not compile.

    The account lives in an empty world: no other strategy, no earlier contact; every message is accepted
    on the day it is sent. Days are evaluated one by one under the law of the debtor's country.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> told = '"examples": [{"name": "Cae en mora", "steps": [{"day": 0, "facts": {"days_past_due": 1},'
    >>> told += ' "expect_outcome": "done"}]}], "schema_version"'
    >>> [result] = run(read_strategy(SMALLEST.replace('"schema_version"', told)))
    >>> result.passed, [day.outcome for day in result.story]
    (True, ['done'])
    """
    plan = compile_plan(strategy, catalogue=catalogue)
    plans = [plan, *(_receiver(node.strategy) for node in strategy.nodes if isinstance(node, HandoverNode))]
    unique = list({each.key: each for each in plans}.values())
    return [_play(example, unique, catalogue) for example in strategy.examples]


_NOBODY = '{"all": [{"fact": "roll", "op": ">", "value": 0}, {"fact": "roll", "op": "<", "value": 0}]}'


def _receiver(key: str) -> Plan:
    """The strategy accounts are handed to: here it only takes them."""
    document = f"""{{"schema_version": 1, "key": "{key}", "name": "{key}", "exit_when": "mora",
      "nodes": [{{"id": "in", "kind": "segment", "priority": 0, "when": {_NOBODY}}},
                {{"id": "out", "kind": "end", "outcome": "recibida"}}],
      "edges": [{{"source": "in", "target": "out"}}]}}"""
    return compile_plan(read_strategy(document))


def _play(example: Example, plans: Sequence[Plan], catalogue: Catalogue) -> ExampleResult:
    steps = {step.day: step for step in example.steps}
    run = _Passage(example, plans, catalogue)
    failures: list[Failure] = []
    story = []
    for day in range(example.steps[-1].day + 1):
        step = steps.get(day)
        try:
            story.append(run.live(day, step))
        except CadenciaError as refused:
            failures.append(Failure(day, f"No se puede jugar: {refused}", f"Cannot be played: {refused}"))
            break
        if step is not None:
            failures += _unmet(step, story[-1])
    return ExampleResult(example.name, tuple(failures), tuple(story))


def _unmet(step: ExampleStep, told: DayStory) -> list[Failure]:
    """The expectations of a day that its story does not meet, each with what happened instead."""
    sent = ", ".join(told.messages) or "—"
    left = told.outcome or "—"
    found: list[tuple[str, str]] = []
    if step.expect_message is not None and step.expect_message not in told.messages:
        wanted = step.expect_message
        found.append((f"Se esperaba «{wanted}», salió: {sent}", f"Expected {wanted!r}, sent: {sent}"))
    if step.expect_nothing and told.messages:
        found.append((f"No se esperaba ningún mensaje, salió: {sent}", f"Expected no message, sent: {sent}"))
    if step.expect_node is not None and step.expect_node != told.node:
        wanted, stands = step.expect_node, told.node or f"— ({left})"
        found.append(
            (f"Se esperaba en «{wanted}», está en: {stands}", f"Expected at {wanted!r}, is at: {stands}")
        )
    if step.expect_outcome is not None and told.outcome != step.expect_outcome:
        wanted = step.expect_outcome
        found.append(
            (
                f"Se esperaba salir con «{wanted}», salió con: {left}",
                f"Expected to leave with {wanted!r}, left with: {left}",
            )
        )
    return [Failure(step.day, spanish, english) for spanish, english in found]


@dataclass
class _Passage:
    """One account on its way: what is known of it, where it stands, what it was sent."""

    example: Example
    plans: Sequence[Plan]
    catalogue: Catalogue
    policy: ContactPolicy = field(init=False)
    history: ContactHistory = field(default_factory=ContactHistory.empty)
    left: dict[int, int] = field(default_factory=dict)
    entered_on: int = 0

    def __post_init__(self) -> None:
        strategy = self.plans[0].strategy
        self.policy = policy_of(self.example.country or strategy.country)
        self.account = OneAccount(self.catalogue, self.example.person_id)
        self.opened: Sequence[Enrolments] = nowhere(self.plans)
        self.first = day_number(date.fromisoformat(self.example.start))
        self.sent: list[str] = []
        self.outcome = ""

    def live(self, day: int, step: ExampleStep | None) -> DayStory:
        """One business date: facts become known, events happen, the day runs, messages are accepted."""
        today = self.first + day
        self.sent, self.outcome = [], ""
        if step is not None:
            self.account.learn(step.facts, today)
            self._happen(step.events, self._instant(today, OPENS) - 3600)
        at = self._instant(today, OPENS)
        wanted = self._evaluate(today, at, Trigger.DAILY)
        while len(wanted):
            accepted = int(max(wanted))
            wanted = self._evaluate(today, accepted, Trigger.DELIVERY)
        return DayStory(day, day_of(today), tuple(self.sent), self._node(), self.outcome)

    def _evaluate(self, today: int, at: int, trigger: Trigger) -> Rows:
        """One evaluation; the instants of the messages it decided (epoch seconds)."""
        delivered = trigger is Trigger.DELIVERY
        asked = question(
            self.account,
            self.plans,
            self.policy,
            today,
            at,
            opened=[_accepted(each, at) for each in self.opened] if delivered else self.opened,
            standing=standing_in(self._current(), self.entered_on, self.left),
            history=self.history,
            slot_taken=bool(self.sent),
            trigger=trigger,
            deliveries={0: {"accepted": np.arange(len(self.opened[0]))}} if delivered else None,
        )
        decision = evaluate(asked)
        self._note_messages(decision, today)
        self._note_standing(decision, today)
        return decision.ballot.send_at[decision.ballot.leader >= 0]

    def _note_messages(self, decision: Decision, today: int) -> None:
        ballot = decision.ballot
        for row in np.flatnonzero(ballot.leader >= 0):
            part, want = ballot.wants[ballot.want[row]]
            if decision.parts[part].plan == 0:
                self.sent.append(want.wish.variants[ballot.variant[row]].template)
                self.history = _with_contact(self.history, today, int(want.wish.channel))
        if len(self.sent) > MOST_MESSAGES:
            raise StrategyError(f"more than {MOST_MESSAGES} messages in one day", code="example.endless")

    def _note_standing(self, decision: Decision, today: int) -> None:
        before = self._current()
        opened = []
        for index in range(len(self.plans)):
            parts = [part.advance.after for part in decision.parts if part.plan == index]
            everyone = join(parts)
            alive = np.flatnonzero(everyone.state != EnrolmentState.ENDED)
            opened.append(_rows(everyone, alive))
        for outcome in (name for part in decision.parts if part.plan == 0 for name in part.advance.outcomes):
            self.outcome = outcome.removeprefix("handover:")
            self.left[0] = today
        self.opened = opened
        if before is None and self._current() is not None:
            self.entered_on = today

    def _happen(self, events: Sequence[str], at: int) -> None:
        """Events are noted beside the enrolments; a word that is none answers the place they stand at."""
        known = {word: np.full(1, at * 1_000_000, np.int64) for word in events if word in _EVENTS}
        signals = {word: np.arange(1) for word in events if word not in _EVENTS}
        here = self.opened[0]
        if len(here):
            self.opened = [replace(here, events={**here.events, **known}, signals=signals), *self.opened[1:]]

    def _current(self) -> int | None:
        return next((index for index, each in enumerate(self.opened) if len(each)), None)

    def _node(self) -> str:
        here = self.opened[0]
        return self.plans[0].steps[int(here.step[0])].node.id if len(here) else ""

    def _instant(self, day: int, hour: time) -> int:
        zones = self.policy.places[0].zones
        return int(datetime.combine(day_of(day), hour, ZoneInfo(zones[0]) if zones else UTC).timestamp())


_EVENTS = frozenset((*EVENTS, "promise_kept", "promise_broken", "plan_broken"))


def _accepted(enrolments: Enrolments, at: int) -> Enrolments:
    accepted = np.full(len(enrolments), at * 1_000_000, np.int64)
    return replace(enrolments, events={**enrolments.events, "accepted": accepted})


def _rows(enrolments: Enrolments, rows: Rows) -> Enrolments:
    columns = {
        name: getattr(enrolments, name)[rows]
        for name in Enrolments.__dataclass_fields__
        if name not in ("signals", "events")
    }
    events = {kind: at[rows] for kind, at in enrolments.events.items()}
    return Enrolments(**columns, events=events)


def _with_contact(history: ContactHistory, day: int, channel: int) -> ContactHistory:
    zero = np.zeros(1, np.int64)
    return ContactHistory(
        subject=np.append(history.subject, zero),
        debt=np.append(history.debt, zero),
        local_day=np.append(history.local_day, np.int32(day)).astype(np.int32),
        channel=np.append(history.channel, np.int8(channel)).astype(np.int8),
        two_way=np.append(history.two_way, False),
        outside=np.append(history.outside, False),
    )
