"""What the strategies would do with one account now, and why: the run's own code, without its effects."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg

from api.clock import Clock, steady
from api.evaluation import Evaluator, Occasion
from engine.book import NO_DAY
from engine.day import Decision, evaluate
from engine.days import day_of
from engine.decided import Advance
from engine.errors import BookError, ServiceError
from engine.explain import explain_decision
from engine.vocabulary import EnrolmentState, Outcome, Trigger
from storage.database import Database
from storage.day_book import DayReader
from storage.held_connection import HeldConnection
from storage.planned import plan_once
from storage.reading import Selection

LOOKS_AGAIN_S = 1.0
"""How long a change of strategies, law or words may stay unseen."""


@dataclass(frozen=True)
class Step:
    """Where the account stands (or would) in one strategy."""

    strategy: str
    node: str
    state: str
    due_on: date | None


@dataclass(frozen=True)
class Message:
    """A message that would be decided: instants are UTC."""

    strategy: str
    node: str
    template: str
    channel: str
    purpose: str
    send_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Verdict:
    """A message that would not be: put off or blocked, by which rule of which law, until when."""

    strategy: str
    node: str
    outcome: str
    rule: str
    until: date | None


@dataclass(frozen=True)
class AccountDecision:
    """What today's evaluation would decide about one account."""

    day: date
    bucket: str
    reason: str
    stands: list[Step] = field(default_factory=list)
    would_stand: list[Step] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, str]] = field(default_factory=list)
    why: list[dict[str, str]] = field(default_factory=list)


class Decider:
    """Decides accounts of one portfolio; plans, law, calendars and a connection stay warm. Thread-safe."""

    def __init__(self, database: Database, clock: Clock, portfolio_id: int) -> None:
        self._database, self._clock, self._portfolio_id = database, clock, portfolio_id
        self._held = HeldConnection(database)
        self._lock = threading.Lock()
        self._connection: adbc.Connection | None = None
        self._warm: tuple[Evaluator, DayReader, ZoneInfo] | None = None
        self._stamp: tuple[Any, ...] = ()
        self._day: date | None = None
        self._looked = 0.0

    def decide(self, number: str) -> AccountDecision:
        """The decision about the account with a number; ``BookError`` when the portfolio has none."""
        with self._lock:
            try:
                return self._decide(number)
            except adbc.Error as lost:
                self._drop()
                raise ServiceError(
                    "PostgreSQL cannot be reached", hint=(str(lost).splitlines() or [""])[0]
                ) from lost

    def _decide(self, number: str) -> AccountDecision:
        now = self._clock.now()
        with self._held.transaction() as connection:
            row = connection.execute(
                "SELECT id FROM account WHERE portfolio_id = %s AND number = %s", [self._portfolio_id, number]
            ).fetchone()
            if row is None:
                raise BookError(f"no existe la cuenta «{number}»", code="account.unknown", place=number)
            self._look(connection)
        evaluator, reader, zone = self._parts()
        day = self._day or now.astimezone(zone).date()
        occasion = Occasion(day=day, at=now, trigger=Trigger.DAILY, evaluation=0)
        selection = Selection(self._portfolio_id, account_ids=(int(row[0]),))
        question, _ = evaluator.question_of(reader, selection, occasion)
        reader.connection.rollback()  # the next question sees what was committed meanwhile
        return _told(evaluate(question), day)

    def _look(self, connection: psycopg.Connection) -> None:
        """Begin anew when what is kept warm has changed."""
        if self._warm is not None and steady() - self._looked < LOOKS_AGAIN_S:
            return
        row = connection.execute(_STAMP, {"portfolio": self._portfolio_id}).fetchone()
        assert row is not None
        self._day, stamp = row[0], row[1:]
        if stamp != self._stamp:
            self._drop()
            self._stamp = stamp
        self._looked = steady()

    def _parts(self) -> tuple[Evaluator, DayReader, ZoneInfo]:
        if self._warm is None:
            evaluator = Evaluator(self._database, self._portfolio_id)
            self._connection = adbc.connect(self._database.url)
            reader = evaluator.reader(self._connection)
            self._connection.rollback()
            plan_once(self._connection)
            self._warm = evaluator, reader, ZoneInfo(self._stamp[-1])
        return self._warm

    def _drop(self) -> None:
        self._warm = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Deciders:
    """The deciders of a process, one for each portfolio that was asked about."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._by_portfolio: dict[int, Decider] = {}
        self._lock = threading.Lock()

    def of(self, portfolio_id: int) -> Decider:
        """The decider of a portfolio, made when first asked for."""
        with self._lock:
            if portfolio_id not in self._by_portfolio:
                self._by_portfolio[portfolio_id] = Decider(self._database, self._clock, portfolio_id)
            return self._by_portfolio[portfolio_id]


_STAMP = """
SELECT (SELECT max(business_date) FROM run WHERE portfolio_id = f.id AND state <> 'skipped'),
       md5(f.settings::text), (SELECT count(*) FROM place), (SELECT count(*) FROM term),
       (SELECT max(id) FROM special_day), (SELECT max(id) FROM template),
       (SELECT md5(string_agg(s.id || ':' || coalesce(s.active_version_id, 0) || s.paused, ',' ORDER BY s.id))
        FROM strategy s WHERE s.portfolio_id = f.id),
       (SELECT max(id) FROM strategy_version), f.timezone
FROM portfolio f WHERE f.id = %(portfolio)s
"""
"""The day in force, and everything that is kept warm, as one comparable row."""


def _told(decision: Decision, day: date) -> AccountDecision:
    question = decision.question
    bucket, reason, _ = next(decision.close.figures())
    answer = AccountDecision(day=day, bucket=bucket.word, reason=reason)
    for index, opened in enumerate(question.open):
        strategy = question.plans[index]
        for row in range(len(opened)):
            node = strategy.steps[opened.step[row]].node.id
            answer.stands.append(_step(strategy.key, node, int(opened.state[row]), int(opened.due_on[row])))
    for part in decision.parts:
        _tell_part(answer, decision, part.advance)
    _tell_messages(answer, decision)
    answer.why.extend({"kind": line.kind, "text": line.text} for line in explain_decision(decision))
    return answer


def _tell_part(answer: AccountDecision, decision: Decision, decided: Advance) -> None:
    plan, after = decided.plan, decided.after
    for row in np.flatnonzero(after.state != EnrolmentState.ENDED):
        node = plan.steps[after.step[row]].node.id
        answer.would_stand.append(_step(plan.key, node, int(after.state[row]), int(after.due_on[row])))
    for outcome in decided.outcomes:
        answer.left.append({"strategy": plan.key, "outcome": outcome})
    for effect in decided.effects:
        answer.effects.append(
            {"strategy": plan.key, "node": effect.step.node.id, "kind": effect.kind, **effect.details}
        )
    rules = decision.question.desk.policy.rules
    for refusal in decided.refusals:
        rule = rules[refusal.rule[0]].id if refusal.rule[0] >= 0 else refusal.reason
        until = int(refusal.until_day[0])
        answer.verdicts.append(
            Verdict(
                plan.key,
                refusal.step.node.id,
                Outcome(refusal.outcome).word,
                rule,
                day_of(until) if until >= 0 else None,
            )
        )


def _tell_messages(answer: AccountDecision, decision: Decision) -> None:
    ballot = decision.ballot
    for row in np.flatnonzero(ballot.leader >= 0):
        part, want = ballot.wants[ballot.want[row]]
        answer.messages.append(
            Message(
                strategy=decision.parts[part].advance.plan.key,
                node=want.step.node.id,
                template=want.wish.variants[ballot.variant[row]].template,
                channel=want.wish.channel.word,
                purpose=want.wish.purpose.word,
                send_at=datetime.fromtimestamp(int(ballot.send_at[row]), UTC),
                expires_at=datetime.fromtimestamp(int(ballot.expires_at[row]), UTC),
            )
        )


def _step(strategy: str, node: str, state: int, due_on: int) -> Step:
    due = None if due_on == int(NO_DAY) else day_of(due_on)
    return Step(strategy, node, EnrolmentState(state).word, due)
