"""Enrolments in memory by the million, all of them due: what ``advance`` is measured on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import assignment
from engine.advance import advance
from engine.book import Book, Facts
from engine.contact_policy import ContactHistory, ContactPolicy, Place, Verdicts, load_packs
from engine.contacts import Addressees, Answer, ContactDesk
from engine.days import day_number
from engine.decided import Advance
from engine.enrolments import Enrolments
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan, Step
from engine.strategy.nodes import ChannelNode, SplitNode, WaitNode, Wish
from engine.vocabulary import AccountStatus, Channel, EnrolmentState, Relation

DAY = date(2026, 11, 13)
PLACES = (
    Place("MX", None, ("America/Mexico_City",)),
    Place("MX", "BC", ("America/Tijuana",)),
    Place("CO", None, ("America/Bogota",)),
    Place("CL", None, ("America/Santiago",)),
)
PLACE_RATES = (0.5, 0.1, 0.25, 0.15)
CONTACTED_RATE = 0.3
"""People who were written to within the last week, whom the law's caps and gaps look at."""

STANDING = {"inicio": 20, "espera": 25, "pausa": 46, "channel": 3}
"""Percent of the enrolments at each kind of node, all of them due: some 47 % come to ask the law."""

_STATUSES = np.array([AccountStatus.PAST_DUE, AccountStatus.JUDICIAL])


@dataclass(frozen=True)
class Crowd:
    """One plan with everything ``advance`` reads for it."""

    plan: Plan
    book: Book
    enrolments: Enrolments
    policy: ContactPolicy
    people: Addressees
    calendar: PlaceCalendar

    def advance(self, desk: ContactDesk | None = None) -> Advance:
        """One evaluation; without a desk of its own a whole one, nothing kept from the one before."""
        day = day_number(DAY)
        at = day * 86_400_000_000
        asked = desk or self.desk()
        return advance(self.plan, Facts(self.book, day), self.enrolments, asked, self.calendar, at=at)

    def desk(self) -> ContactDesk:
        """The law's desk, with a history nobody has counted yet."""
        day = day_number(DAY)
        return ContactDesk(self.policy, {Relation.TITULAR: self.people}, self._history(day), day)

    def arms(self) -> NDArray[np.int16]:
        """The arm of each person in the strategy's first split."""
        split = next(step.node for step in self.plan.steps if isinstance(step.node, SplitNode))
        shares = [arm.weight / 100 for arm in split.arms]
        arms = assignment.arms(self.people.person_id, split.experiment, shares)
        arms[self.enrolments.holdout] = 0
        return arms

    def _history(self, day: int) -> ContactHistory:
        written_to = self.book.column("written_to")
        subject = np.flatnonzero(written_to >= 0)
        return ContactHistory(
            subject=subject,
            debt=np.full(len(subject), -1, np.int64),
            local_day=(day - written_to[subject]).astype(np.int32),
            channel=np.full(len(subject), Channel.WHATSAPP, np.int8),
            two_way=np.zeros(len(subject), np.bool_),
            outside=np.zeros(len(subject), np.bool_),
        )


class AnsweredDesk(ContactDesk):
    """A desk that has asked the law about everybody beforehand and only looks its answers up.

    So are the rivals served, who know no law: beside them this is like for like.
    """

    def __init__(self, crowd: Crowd) -> None:
        asked = crowd.desk()
        super().__init__(asked.policy, asked.people, asked.history, asked.day)
        everybody = np.arange(crowd.book.size)
        self._answers = {
            step.node.wish().channel: asked.ask(everybody, step.node.wish())
            for step in crowd.plan.steps
            if isinstance(step.node, ChannelNode)
        }

    def ask(self, accounts: NDArray[np.int64], wish: Wish) -> Answer:
        """The answers of these accounts."""
        answer = self._answers[wish.channel]
        found = answer.verdicts
        verdicts = Verdicts(
            found.outcome[accounts],
            found.rule[accounts],
            found.until_day[accounts],
            found.opens_at[accounts],
            found.closes_at[accounts],
            found.rules,
        )
        return Answer(verdicts, answer.person_id[accounts], answer.send_at[accounts])


def make_crowd(plan: Plan, size: int, seed: int = 7) -> Crowd:
    """``size`` accounts of as many people, each enrolled once; the same seed gives the same crowd."""
    chance = np.random.default_rng(seed)
    policy = ContactPolicy(load_packs(["MX", "CO", "CL"]), PLACES, portfolio_country="MX")
    return Crowd(
        plan,
        _book(chance, size),
        _enrolments(plan, chance, size),
        policy,
        _people(chance, size),
        PlaceCalendar(PLACES, DAY),
    )


def _book(chance: np.random.Generator, size: int) -> Book:
    today = day_number(DAY)
    known = {
        "risk_score": chance.random(size) < 0.95,
        "last_payment_on": chance.random(size) < 0.6,
    }
    columns: dict[str, NDArray[Any]] = {
        "account_id": np.arange(1, size + 1),
        "effective_due_on": (today - chance.integers(-10, 60, size)).astype(np.int32),
        "amount_to_cure": chance.integers(0, 9_000_000, size),
        "minimum_worth": np.full(size, 20_000, np.int64),
        "account_status": chance.choice(_STATUSES, size, p=(0.99, 0.01)).astype(np.int16),
        "risk_score": chance.integers(0, 1000, size),
        "times_delinquent_12m": chance.integers(0, 6, size),
        "promise_open": chance.random(size) < 0.05,
        "last_payment_on": (today - chance.integers(0, 90, size)).astype(np.int32),
        "hold_kinds": np.where(chance.random(size) < 0.02, 2, 0),
        "written_to": np.where(chance.random(size) < CONTACTED_RATE, chance.integers(1, 8, size), -1),
    }  # fmt: skip
    return Book(size, columns, known)


def _enrolments(plan: Plan, chance: np.random.Generator, size: int) -> Enrolments:
    today = day_number(DAY)
    standing = np.array([step.index for step in plan.steps if _share(step)], np.int16)
    shares = np.array([_share(step) for step in plan.steps if _share(step)])
    step = chance.choice(standing, size, p=shares / shares.sum())
    deferred = np.isin(step, [each.index for each in plan.steps if isinstance(each.node, ChannelNode)])
    return Enrolments(
        account=np.arange(size),
        step=step,
        state=np.where(deferred, EnrolmentState.DEFERRED, EnrolmentState.WAITING).astype(np.int8),
        visit=np.ones(size, np.int32),
        due_on=np.full(size, today, np.int32),
        arrived_on=np.full(size, today - 3, np.int32),
        entered_on=np.full(size, today - 5, np.int32),
        anchor_at=np.full(size, (today - 3) * 86_400_000_000, np.int64),
        holdout=(chance.random(size) < 0.05) & ~deferred,
        deferrals=np.zeros(size, np.int16),
    )


def _share(step: Step) -> int:
    """How many of the enrolments stand at a step: at its waits, and put off at its messages."""
    if isinstance(step.node, WaitNode):
        return next(share for word, share in STANDING.items() if step.node.id.startswith(word))
    return STANDING["channel"] if isinstance(step.node, ChannelNode) else 0


def _people(chance: np.random.Generator, size: int) -> Addressees:
    bits = {Channel.WHATSAPP: (0.95, 0.85), Channel.SMS: (0.95, 0.75), Channel.EMAIL: (0.8, 0.6)}
    reachable = sum(
        (chance.random(size) < reach).astype(np.int64) << channel for channel, (reach, _) in bits.items()
    )
    consented = sum(
        (chance.random(size) < said).astype(np.int64) << channel for channel, (_, said) in bits.items()
    )
    denied = (chance.random(size) < 0.04).astype(np.int64) << Channel.WHATSAPP
    return Addressees(
        person_id=np.arange(1, size + 1),
        place=chance.choice(len(PLACES), size, p=PLACE_RATES).astype(np.int16),
        reachable=np.asarray(reachable),
        consented=np.asarray(consented),
        denied=denied,
        stops=np.zeros(size, np.int64),
        subject=np.arange(size),
        debt=np.arange(size),
        slot_taken=np.zeros(size, np.bool_),
    )
