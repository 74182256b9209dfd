"""Plays days over a book in memory: what a day decides is what the next one begins with."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time

import numpy as np
from numpy.typing import NDArray

from engine.book import Book, Facts, Rows
from engine.contact_policy import ContactHistory, ContactPolicy, Place, load_packs
from engine.contacts import Addressees, ContactDesk
from engine.day import Decision, Question, evaluate
from engine.days import day_of
from engine.enrolments import Enrolments, enter, join
from engine.entry import NEVER_LEFT, Standing
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan
from engine.vocabulary import SLOT_PURPOSES, EnrolmentState, Purpose, Relation, Trigger
from tests.engine.by_chance import EVERY_CHANNEL

PLACES = (
    Place("MX", None, ("America/Mexico_City",)),
    Place("CO", None, ("America/Bogota",)),
    Place("CL", None, ("America/Santiago",)),
)
POLICY = ContactPolicy(load_packs(["MX", "CO", "CL"]), PLACES, portfolio_country="MX")
NOBODY = np.empty(0, np.int64)


@dataclass
class Play:
    """A book and its plans on the way through some days; ``events`` are instants by kind and account."""

    book: Book
    plans: list[Plan]
    holdout: NDArray[np.bool_]
    events: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    hour: int = 13

    def __post_init__(self) -> None:
        size = self.book.size
        self.open = [_nobody() for _ in self.plans]
        self.current = np.full(size, -1, np.int16)
        self.entered_on = np.zeros(size, np.int32)
        self.left_on = {index: np.full(size, NEVER_LEFT, np.int32) for index in range(len(self.plans))}
        self.contacts: list[tuple[int, int, int]] = []
        self.slots: set[tuple[int, int]] = set()

    def question(self, day: int, trigger: Trigger = Trigger.DAILY, **more: object) -> Question:
        """What a run of this day (or a delivery in it) would be asked now."""
        at = int(datetime.combine(day_of(day), time(self.hour), UTC).timestamp())
        desk = ContactDesk(POLICY, {Relation.TITULAR: self._titulars(day)}, self._history(), day, at)
        return Question(
            plans=self.plans,
            facts=Facts(self.book, day),
            open=[self._heard(each, at * 1_000_000) for each in self.open],
            standing=Standing(
                self.current.copy(),
                self.entered_on.copy(),
                self.book.column("episode"),
                {index: left.copy() for index, left in self.left_on.items()},
                {index: self.book.column("episode") for index in self.left_on},
            ),
            desk=desk,
            calendar=PlaceCalendar(PLACES, day_of(day)),
            holdout=self.holdout,
            at=at * 1_000_000,
            trigger=trigger,
            **more,  # type: ignore[arg-type]
        )

    def run(self, day: int) -> Decision:
        """Run a day and keep what it decided."""
        decision = evaluate(self.question(day))
        self.keep(decision, day)
        return decision

    def deliver(self, day: int) -> Decision:
        """Every message on its way is accepted."""
        sending = {
            index: {"accepted": np.flatnonzero(each.state == EnrolmentState.SENDING)}
            for index, each in enumerate(self.open)
        }
        decision = evaluate(self.question(day, Trigger.DELIVERY, deliveries=sending))
        self.keep(decision, day)
        return decision

    def keep(self, decision: Decision, day: int) -> None:
        """Let the decision be what stands from now on."""
        stands: list[list[Enrolments]] = [[] for _ in self.plans]
        for part in decision.parts:
            after = part.advance.after
            ended = after.state == EnrolmentState.ENDED
            self.left_on[part.plan][after.account[ended]] = day
            stands[part.plan].append(take(after, np.flatnonzero(~ended)))
        self.open = [join(parts) for parts in stands]
        self.current[:] = -1
        for index, each in enumerate(self.open):
            self.current[each.account] = index
            self.entered_on[each.account] = each.entered_on
        ballot = decision.ballot
        for row in np.flatnonzero(ballot.leader == np.arange(len(ballot.leader))):
            purpose = Purpose(int(ballot.candidates.purpose[row]))
            if purpose in SLOT_PURPOSES:
                person = int(ballot.candidates.person_id[row])
                channel = int(ballot.wants[ballot.want[row]][1].wish.channel)
                self.slots.add((person, day))
                subject = person * 10 + int(ballot.candidates.creditor[row])
                self.contacts.append((subject, day, channel))

    def _titulars(self, day: int) -> Addressees:
        person = self.book.column("person_id")
        size = self.book.size
        return Addressees(
            person_id=person,
            place=self.book.column("place"),
            reachable=np.full(size, EVERY_CHANNEL, np.int64),
            consented=self.book.column("consented"),
            denied=np.zeros(size, np.int64),
            stops=self.book.column("stops"),
            subject=person * 10 + self.book.column("creditor_id"),
            debt=self.book.column("account_id"),
            slot_taken=np.array([(int(each), day) in self.slots for each in person], np.bool_),
        )

    def _history(self) -> ContactHistory:
        subject, day, channel = (
            np.array([contact[part] for contact in self.contacts], np.int64) for part in range(3)
        )
        size = len(self.contacts)
        return ContactHistory(
            subject,
            np.full(size, -1, np.int64),
            day.astype(np.int32),
            channel.astype(np.int8),
            np.zeros(size, np.bool_),
            np.zeros(size, np.bool_),
        )

    def _heard(self, each: Enrolments, now: int) -> Enrolments:
        """Enrolments with what has happened to their accounts before an instant."""
        happened = {kind: np.where(at < now, at, 0)[each.account] for kind, at in self.events.items()}
        return Enrolments(**{**vars(each), "events": happened, "signals": {}})


def take(each: Enrolments, rows: Rows) -> Enrolments:
    """Some rows of enrolments, without signals and events."""
    names = [name for name in Enrolments.__dataclass_fields__ if name not in ("signals", "events")]
    return Enrolments(**{name: getattr(each, name)[rows] for name in names})


def _nobody() -> Enrolments:
    return enter(NOBODY, 0, 0, 0, np.empty(0, np.bool_))
