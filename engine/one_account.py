"""One account made of a dictionary of facts: the book and the people of an example or a single decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from engine.book import DTYPES, Book, Column, Facts, Mask, Rows
from engine.contact_policy import DEFAULT, ContactHistory, ContactPolicy, Place, load_packs, pack_keys
from engine.contacts import Addressees, ContactDesk
from engine.day import Question
from engine.days import day_number
from engine.enrolments import Enrolments, enter
from engine.entry import NEVER_LEFT, Standing
from engine.errors import BookError
from engine.facts import BUCKET_STARTS, CATALOGUE, Catalogue, Derivation, Fact, FactType
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan
from engine.vocabulary import Channel, HoldKind, Relation, Stop, Trigger

FactValue = bool | int | str | Sequence[str] | date | None
"""Money in minor units, dates as ``date`` or ``2026-11-13``, sets as lists of words; ``None`` is unknown."""

EVERY_CHANNEL = sum(1 << channel for channel in Channel)
_ALONE = np.zeros(1, np.int64)
_STOPS = {"protected": Stop.VULNERABLE, "dispute_open": Stop.DISPUTE, "complaint_open": Stop.COMPLAINT}


@dataclass
class OneAccount:
    """An account and its debtor as facts that become known day by day.

    Facts counted in days (``days_past_due``, ``days_to_due``) are true of the day they are told on and
    move with the calendar. Unless told otherwise the debtor can be reached on every channel, has
    consented to all, and nothing stops or holds the account.

    >>> account = OneAccount()
    >>> account.learn({"days_past_due": 3, "product": "tarjeta"}, day_number(date(2026, 11, 10)))
    >>> later = Facts(account.book(), day_number(date(2026, 11, 17)))
    >>> later.read("days_past_due")[0].tolist()
    [10]
    """

    catalogue: Catalogue = field(default_factory=lambda: CATALOGUE)
    person_id: int = 1
    stored: dict[str, FactValue] = field(default_factory=dict)

    def learn(self, facts: Mapping[str, FactValue], day: int) -> None:
        """Facts as they are on a day (day number); raises ``CadenciaError`` for one that cannot be."""
        for name, value in facts.items():
            fact = self.catalogue.expect(name)
            self._check(fact, value)
            if fact.derivation is None or value is None:
                self.stored[fact.source or name] = value
            else:
                self.stored[fact.source] = _source_day(fact, value, day)

    def book(self) -> Book:
        """The account as a book of one row."""
        columns: dict[str, Column] = {
            "account_id": np.ones(1, np.int64),
            "person_id": np.full(1, self.person_id, np.int64),
            "creditor_id": np.ones(1, np.int64),
            "amount_to_cure": np.ones(1, np.int64),
            "hold_kinds": np.full(1, (1 << HoldKind.MANUAL) if self.stored.get("on_hold") else 0, np.int64),
            "episode": np.ones(1, np.int32),
        }
        known: dict[str, Mask] = {"amount_to_cure": np.zeros(1, np.bool_)}
        vocabularies: dict[str, tuple[str, ...]] = {}
        for name, value in self.stored.items():
            fact = self._stored_fact(name)
            words = fact.values or ("", *_words(value))
            columns[name] = np.array([_coded(fact, value, words)], DTYPES[fact.type])
            known[name] = None if value is not None else np.zeros(1, np.bool_)
            if not fact.values and fact.type in (FactType.ENUM, FactType.SET):
                vocabularies[name] = words
        return Book(1, columns, known, vocabularies, self.catalogue)

    def people(self, *, slot_taken: bool = False) -> dict[Relation, Addressees]:
        """The debtor, and nobody in the other relations."""
        debtor = self._addressee(self.person_id, self._bits("reachable_channels"), slot_taken)
        nobody = self._addressee(0, 0, slot_taken=False)
        return {relation: debtor if relation is Relation.TITULAR else nobody for relation in Relation}

    def _addressee(self, person_id: int, reachable: int, slot_taken: bool) -> Addressees:
        stops = sum(int(stop) for name, stop in _STOPS.items() if self.stored.get(name))
        return Addressees(
            person_id=np.full(1, person_id, np.int64),
            place=np.zeros(1, np.int16),
            reachable=np.full(1, reachable, np.int64),
            consented=np.full(1, self._bits("consented_channels"), np.int64),
            denied=_ALONE,
            stops=np.full(1, stops, np.int64),
            subject=_ALONE,
            debt=_ALONE,
            slot_taken=np.full(1, slot_taken, np.bool_),
        )

    def _bits(self, name: str) -> int:
        value = self.stored.get(name)
        return EVERY_CHANNEL if value is None else sum(1 << Channel.of(word) for word in _words(value))

    def _check(self, fact: Fact, value: FactValue) -> None:
        strange = [word for word in _words(value) if fact.values and word not in fact.values]
        if value is not None and (not _fits(fact, value) or strange):
            raise BookError(
                f"{value!r} is no value of {fact.name} ({fact.type})",
                place=fact.name,
                hint=" ".join(filter(None, fact.values)),
                code="fact.value",
            )

    def _stored_fact(self, name: str) -> Fact:
        """The fact a column holds; dates that facts are only derived from are dates."""
        known = self.catalogue.get(name)
        return known or Fact(name, FactType.DATE, name, name, "", "")


def policy_of(country: str | None) -> ContactPolicy:
    """The law of one country with its main time zone; the house default where there is no pack.

    >>> len(policy_of("CO").places), policy_of(None).places[0].zones
    (1, ('UTC',))
    """
    if country is None or country not in pack_keys():
        return ContactPolicy(load_packs([]), [Place("", None, ("UTC",))], portfolio_country=DEFAULT)
    packs = load_packs([country])
    place = Place(country, None, packs[country].zones[:1])
    return ContactPolicy(packs, [place], portfolio_country=country, confirmed_drafts=[country])


def question(
    account: OneAccount,
    plans: Sequence[Plan],
    policy: ContactPolicy,
    day: int,
    at: int,
    *,
    opened: Sequence[Enrolments] | None = None,
    standing: Standing | None = None,
    history: ContactHistory | None = None,
    slot_taken: bool = False,
    trigger: Trigger = Trigger.DAILY,
    deliveries: Mapping[int, Mapping[str, Rows]] | None = None,
    entering: Sequence[int] | None = None,
) -> Question:
    """What the engine is asked about one account, on a business date (day number) at an instant (epoch s).

    Without ``opened`` and ``standing`` the account is in no strategy and never was.
    """
    from_epoch = date.fromordinal(date(1970, 1, 1).toordinal() + day)
    return Question(
        plans=plans,
        facts=Facts(account.book(), day),
        open=nowhere(plans) if opened is None else opened,
        standing=newcomer() if standing is None else standing,
        desk=ContactDesk(
            policy, account.people(slot_taken=slot_taken), history or ContactHistory.empty(), day, at
        ),
        calendar=PlaceCalendar(policy.places, from_epoch),
        holdout=np.zeros(1, np.bool_),
        at=at * 1_000_000,
        trigger=trigger,
        deliveries=deliveries or {},
        entering=entering,
    )


def nowhere(plans: Sequence[Plan]) -> list[Enrolments]:
    """No open enrolment in any of some plans."""
    none = np.empty(0, np.int64)
    return [enter(none, plan.entry.index, 0, 0, np.empty(0, np.bool_)) for plan in plans]


def newcomer() -> Standing:
    """An account that stands in no plan and has left none."""
    return Standing(np.full(1, -1, np.int16), np.zeros(1, np.int32), np.ones(1, np.int32), {}, {})


def standing_in(plan: int | None, entered_on: int, left: Mapping[int, int]) -> Standing:
    """An account that stands in ``plan`` since ``entered_on`` and left others on the given days.

    It does so as a strategy and as a campaign: whichever kind the plan is of will find it there.
    """
    current, since = np.full(1, -1 if plan is None else plan, np.int16), np.full(1, entered_on, np.int32)
    return Standing(
        current=current,
        entered_on=since,
        campaign=current,
        campaign_since=since,
        episode=np.ones(1, np.int32),
        left_on={index: np.full(1, day, np.int32) for index, day in left.items() if day != NEVER_LEFT},
        left_episode={index: np.ones(1, np.int32) for index in left},
    )


def _source_day(fact: Fact, value: FactValue, day: int) -> date:
    """The date a fact counted in days comes from."""
    if fact.derivation is Derivation.BUCKET:
        count = BUCKET_STARTS[fact.values.index(str(value))]
    else:
        count = int(str(value))
    since = -count if fact.derivation is Derivation.DAYS_UNTIL else count
    return date.fromordinal(date(1970, 1, 1).toordinal() + day - since)


def _words(value: FactValue) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(word) for word in value) if isinstance(value, Iterable) else ()


def _fits(fact: Fact, value: FactValue) -> bool:
    match fact.type:
        case FactType.BOOLEAN:
            return isinstance(value, bool)
        case FactType.ENUM:
            return isinstance(value, str)
        case FactType.SET:
            return isinstance(value, (list, tuple))
        case FactType.DATE:
            return isinstance(value, date) or (isinstance(value, str) and _is_date(value))
    near = fact.derivation is None or (isinstance(value, int) and abs(value) <= 36_500)
    return isinstance(value, int) and not isinstance(value, bool) and near


def _is_date(text: str) -> bool:
    try:
        return 1900 <= date.fromisoformat(text).year <= 2200
    except ValueError:
        return False


def _coded(fact: Fact, value: FactValue, words: Sequence[str]) -> int:
    """A value as it stands in a column; 0 for one that is unknown."""
    if value is None:
        return 0
    match fact.type:
        case FactType.ENUM:
            return words.index(str(value))
        case FactType.SET:
            return sum(1 << words.index(word) for word in set(_words(value)))
        case FactType.DATE:
            return day_number(value if isinstance(value, date) else date.fromisoformat(str(value)))
    return int(value) if isinstance(value, int) else 0
