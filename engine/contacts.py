"""What a plan may ask about people: who the addressee is, and whether the law lets us write today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.best_hour import UNKNOWN_HOUR
from engine.book import Rows
from engine.calendars import DayTable
from engine.contact_policy import ContactHistory, ContactPolicy, ContactRequests, Verdicts
from engine.days import day_of
from engine.rows import distinct
from engine.strategy.nodes.base import Wish
from engine.vocabulary import SLOT_PURPOSES, Channel, Consent, Relation

_SOON, _AHEAD = 10, 40
"""Days ahead for which lawful days are looked up: most messages are put off by a few."""

WINDOW_START, BEST_HOUR = "window_start", "best_hour"
NO_INSTANT = -1
NO_INSTANT = -1


@dataclass(frozen=True)
class Addressees:
    """The people of one relation, row by row beside the book; ``person_id`` 0 where there is nobody.

    Channel sets are ``int64`` with bit ``Channel`` set; ``subject`` and ``debt`` code (person,
    creditor) and (person, debt) as in the contact history; ``slot_taken`` says that the person's
    collection slot of the local date is already reserved. ``best_hour`` is the local hour the person answers
    at (engine.best_hour), -1 while too little is known; without it nobody's is.
    """

    person_id: NDArray[np.int64]
    place: NDArray[np.int16]
    reachable: NDArray[np.int64]
    consented: NDArray[np.int64]
    denied: NDArray[np.int64]
    stops: NDArray[np.int64]
    subject: NDArray[np.int64]
    debt: NDArray[np.int64]
    slot_taken: NDArray[np.bool_]
    best_hour: NDArray[np.int8] | None = None

    def hours(self, accounts: Rows) -> NDArray[np.int8]:
        """The best hours of some accounts' people."""
        if self.best_hour is None:
            return np.full(len(accounts), UNKNOWN_HOUR, np.int8)
        return np.asarray(self.best_hour[accounts])


@dataclass(frozen=True)
class Answer:
    """What the desk says to each row: verdicts, the addressee, and the instant to send at (epoch s)."""

    verdicts: Verdicts
    person_id: NDArray[np.int64]
    send_at: NDArray[np.int64]


class ContactDesk:
    """Turns the wish of a node into contact requests and asks the policy, for one local date.

    ``earliest`` is the instant before which nothing can be sent any more (UTC epoch seconds).
    """

    def __init__(
        self,
        policy: ContactPolicy,
        people: Mapping[Relation, Addressees],
        history: ContactHistory,
        day: int,
        earliest: int | None = None,
    ) -> None:
        self.policy = policy
        self.people = people
        self.history = history
        self.day = day
        self.earliest = earliest

    def ask(self, accounts: Rows, wish: Wish) -> Answer:
        """The policy's answer for the accounts, one row each."""
        people = self.people[wish.to]
        requests = self._requests(people, accounts, wish)
        verdicts = self.policy.decide(requests, self.history, day_of(self.day), earliest=self.earliest)
        return Answer(verdicts, people.person_id[accounts], self._send_at(accounts, verdicts, wish))

    def lawful_days_until(self, accounts: Rows, wish: Wish, until: NDArray[np.int32]) -> NDArray[np.int16]:
        """Days with a lawful window from today to the day before ``until``: "defer up to n" counts them."""
        if not len(accounts):
            return np.empty(0, np.int16)
        places = self.people[wish.to].place[accounts]
        table = self._lawful_days(wish.channel, int(until.max()) - self.day)
        end = np.minimum(until, np.int32(table.first_day + table.days))
        return table.count(places, np.full(len(accounts), self.day, np.int32), end).astype(np.int16)

    def lawful_days_between(
        self, accounts: Rows, wish: Wish, since: NDArray[np.int32], until: NDArray[np.int32]
    ) -> NDArray[np.int16]:
        """Days with a lawful window from ``since``, which may have passed, to the day before ``until``."""
        if not len(accounts):
            return np.empty(0, np.int16)
        first = int(since.min())
        span = min(max(int(until.max()) - first, 1), _AHEAD)
        table = self.policy.lawful_days(day_of(first), span, channel=wish.channel)
        end = np.minimum(until, np.int32(first + span))
        return table.count(self.people[wish.to].place[accounts], since, end).astype(np.int16)

    def next_lawful_day(self, accounts: Rows, channel: Channel) -> NDArray[np.int32]:
        """The next date with a window for the titular, today included."""
        places = self.people[Relation.TITULAR].place[accounts]
        return self._lawful_days(channel, _AHEAD).next_open(
            places, np.full(len(accounts), self.day, np.int32)
        )

    def _lawful_days(self, channel: Channel, ahead: int) -> DayTable:
        """The lawful days from today on, as many as are asked for: the policy keeps the tables."""
        days = _SOON if ahead <= _SOON else _AHEAD
        return self.policy.lawful_days(day_of(self.day), days, channel=channel)

    def _requests(self, people: Addressees, accounts: Rows, wish: Wish) -> ContactRequests:
        size = len(accounts)
        granted, denied = (_on(given[accounts], wish.channel) for given in (people.consented, people.denied))
        consent = np.maximum(granted * np.int8(Consent.GRANTED), denied * np.int8(Consent.DENIED))
        return ContactRequests(
            place=people.place[accounts],
            channel=np.full(size, wish.channel, np.int8),
            purpose=np.full(size, wish.purpose, np.int8),
            relation=np.full(size, wish.to, np.int8),
            consent=consent,
            reachable=_on(people.reachable[accounts], wish.channel).view(np.bool_),
            stops=people.stops[accounts],
            subject=people.subject[accounts],
            debt=people.debt[accounts],
        )

    def _send_at(self, accounts: Rows, verdicts: Verdicts, wish: Wish) -> NDArray[np.int64]:
        """The wished local hour where it lies in the window, else the opening of the window."""
        people = self.people[wish.to]
        place, hours = people.place[accounts], people.hours(accounts)
        start = verdicts.opens_at if self.earliest is None else np.maximum(verdicts.opens_at, self.earliest)
        if wish.send_at == WINDOW_START:
            return start
        if wish.send_at == BEST_HOUR:
            wished = np.full(len(place), NO_INSTANT, np.int64)
            for hour in distinct(hours[hours != UNKNOWN_HOUR]).tolist():
                theirs = hours == hour
                wished[theirs] = self._instants(time(hour))[place[theirs]]
        else:
            wished = self._instants(time.fromisoformat(wish.send_at))[place]
        return np.where((wished >= start) & (wished < verdicts.closes_at), wished, start)

    def _instants(self, hour: time) -> NDArray[np.int64]:
        """A local hour of the date at each place, in UTC epoch seconds."""
        return np.array([_local_instant(at.zones, self.day, hour) for at in self.policy.places], np.int64)


def takes_slot(wish: Wish) -> bool:
    """Whether the message needs the person's slot of the day (03, point 11)."""
    return wish.purpose in SLOT_PURPOSES


def _on(channels: NDArray[np.int64], channel: Channel) -> NDArray[np.int8]:
    """1 where a channel is in a set, else 0."""
    return ((channels >> channel) & 1).astype(np.int8)


def _local_instant(zones: tuple[str, ...], day: int, hour: time) -> int:
    zone = ZoneInfo(zones[0]) if zones else UTC
    return int(datetime.combine(day_of(day), hour, zone).timestamp())
