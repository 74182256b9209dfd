"""May these contacts be made? Allowed, deferred until a date, or blocked, each with the rule that says so.

One core judges a column of wanted contacts. First what time does not lift blocks; then the rules of
time (window, cap, gap, lock) each name the earliest date they leave open, and the date moves on until
all of them agree. ``decide`` asks for a date, ``guard`` for an instant, with the same rules.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.calendars import DayTable, business_days
from engine.contact_policy.binding import CELLS, BoundRule, bind, settle_places, usable_packs
from engine.contact_policy.blocks import asks, blocking_rules, offends
from engine.contact_policy.columns import (
    ContactHistory,
    ContactRequests,
    Place,
    Rule,
    SpecialDay,
    Verdicts,
)
from engine.contact_policy.counters import Counters
from engine.contact_policy.pack import Pack
from engine.contact_policy.rules import CapRule, ChannelLockRule, GapRule
from engine.contact_policy.search import CountingRules, DateSearch
from engine.contact_policy.windows import NEVER, WindowTable
from engine.days import day_number
from engine.errors import PolicyError
from engine.rows import distinct
from engine.vocabulary import Channel, Outcome, Purpose


class ContactPolicy:
    """The law of some packs, made ready for some places.

    ``packs`` by country (:func:`load_packs`, tightened or not; the house default is added when it is
    missing); ``places`` are what requests point to; ``special_days`` close or decree days;
    ``confirmed_drafts`` names the draft packs a person has confirmed. The policy has no clock: it
    keeps only tables, and serves any number of decisions.

    >>> from engine.contact_policy import load_packs
    >>> mexico = Place("MX", None, ("America/Mexico_City",))
    >>> policy = ContactPolicy(load_packs(["MX"]), [mexico], portfolio_country="MX")
    >>> window = policy.window(0, Channel.WHATSAPP, Purpose.COLLECTION, date(2026, 11, 17))
    >>> [str(datetime.fromtimestamp(at, ZoneInfo("America/Mexico_City")).time()) for at in window]
    ['07:00:00', '22:00:00']
    >>> policy.window(0, Channel.WHATSAPP, Purpose.COLLECTION, date(2026, 11, 16)) is None  # holiday
    True
    """

    def __init__(
        self,
        packs: Mapping[str, Pack],
        places: Sequence[Place],
        *,
        portfolio_country: str,
        special_days: Sequence[SpecialDay] = (),
        confirmed_drafts: Collection[str] = (),
    ) -> None:
        self.packs = usable_packs(packs, confirmed_drafts)
        self.places = settle_places(places, self.packs, portfolio_country)
        self.special_days = tuple(special_days)
        self._bound = bind(places, self.places, self.packs, portfolio_country)
        self._blocking = [(bound, asks(bound.rule)) for bound in blocking_rules(self._bound)]
        counting = [b for b in self._bound if isinstance(b.rule, CapRule | GapRule | ChannelLockRule)]
        self._counting = CountingRules(counting)
        self._windows = WindowTable(self.places, self._bound, self.special_days)
        self.rules: tuple[Rule, ...] = tuple(bound.cited for bound in self._bound)
        self._lawful: dict[tuple[date, int, int, int], DayTable] = {}

    def decide(
        self, requests: ContactRequests, history: ContactHistory, day: date, *, earliest: int | None = None
    ) -> Verdicts:
        """Whether each wanted contact may be made on the debtor's local date ``day``.

        ``earliest`` (UTC epoch second) is the instant before which nothing can be sent: a window that
        is over by then defers to the next lawful date. Cost: columns only, nothing per row in Python.
        """
        wanted = np.full(len(requests), day_number(day), np.int32)
        return self._judge(requests, history, self._cells(requests), wanted, earliest)

    def guard(self, requests: ContactRequests, history: ContactHistory, at: int) -> Verdicts:
        """Whether each contact may be made at the UTC epoch second ``at``.

        Allowed only inside the window on the local date of every candidate zone and within the caps;
        the history must not hold the message itself.
        """
        cell = self._cells(requests)
        today = np.zeros(len(self.places), np.int32)
        for place in distinct(requests.place).tolist():
            today[place] = _local_day(self.places[place], at)
        wanted = today[requests.place]
        verdicts = self._judge(requests, history, cell, wanted, at)
        return self._wait_for_opening(verdicts, cell, wanted, at)

    def window(self, place_index: int, channel: int, purpose: int, day: date) -> tuple[int, int] | None:
        """The lawful window ``[opens, closes)`` of a local date in UTC epoch seconds, or ``None``."""
        cell = place_index * CELLS + int(channel) * 8 + int(purpose)
        window = self._windows.window(cell, day_number(day))
        return None if window.is_empty else (window.opens_at, window.closes_at)

    def lawful_days(
        self, first: date, days: int, *, channel: int, purpose: int = Purpose.COLLECTION
    ) -> DayTable:
        """On which dates each place has a window: bool of shape (places, days), to count defer days."""
        asked = (first, days, int(channel), int(purpose))
        if asked not in self._lawful:
            start = day_number(first)
            table = np.zeros((len(self.places), days), np.bool_)
            for place in range(len(self.places)):
                cell = place * CELLS + int(channel) * 8 + int(purpose)
                table[place] = [not self._windows.window(cell, start + n).is_empty for n in range(days)]
            self._lawful[asked] = DayTable(start, table)
        return self._lawful[asked]

    def business_days(self, first: date, days: int) -> DayTable:
        """The business days of each place, decreed holidays left out: shape (places, days)."""
        calendars = [(place.country, place.subdivision) for place in self.places]
        decreed = [((s.country, s.subdivision), s.day) for s in self.special_days if s.kind == "holiday"]
        return business_days(calendars, first, days, closed=decreed, bank=False)

    def _judge(
        self,
        requests: ContactRequests,
        history: ContactHistory,
        cell: NDArray[np.intp],
        wanted: NDArray[np.int32],
        earliest: int | None,
    ) -> Verdicts:
        blocking = self._block(requests, cell, wanted)
        blocked = blocking != NEVER
        counters = Counters(requests, history)
        search = DateSearch(self._windows, self._counting, counters, cell, earliest, counters.touched())
        found = search.run(np.flatnonzero(~blocked), wanted)
        deferred = ~blocked & (found.day != wanted)
        outcome = np.full(len(requests), Outcome.ALLOWED, np.int8)
        outcome[blocked] = Outcome.BLOCKED
        outcome[deferred] = Outcome.DEFERRED
        return Verdicts(
            outcome=outcome,
            rule=np.where(blocked, blocking, found.rule),
            until_day=np.where(deferred, found.day, np.int32(NEVER)),
            opens_at=found.opens_at,
            closes_at=found.closes_at,
            rules=self.rules,
        )

    def _cells(self, requests: ContactRequests) -> NDArray[np.intp]:
        """The cell of each request; codes no policy knows are refused."""
        limits = (
            ("place", requests.place, 0, len(self.places) - 1),
            ("channel", requests.channel, min(Channel), max(Channel)),
            ("purpose", requests.purpose, min(Purpose), max(Purpose)),
        )
        for name, codes, least, most in limits:
            if len(codes) and (codes.min() < least or codes.max() > most):
                raise PolicyError(
                    f"a {name} code outside {int(least)}..{int(most)}", code="policy.columns", place=name
                )
        cell = requests.place.astype(np.intp) * CELLS
        cell += requests.channel.astype(np.intp) * 8
        cell += requests.purpose
        return cell

    def _block(
        self, requests: ContactRequests, cell: NDArray[np.intp], wanted: NDArray[np.int32]
    ) -> NDArray[np.int16]:
        """The index of the first rule that blocks each request, -1 for none."""
        blocking = np.full(len(requests), NEVER, np.int16)
        present = np.flatnonzero(np.bincount(cell)) if len(cell) else cell
        offending: dict[object, NDArray[np.intp]] = {}
        for bound, same in self._blocking:
            if not bound.cells[present].any():
                continue
            if same not in offending:  # countries ask the same of different people: looked at once
                found = offends(bound.rule, requests)
                offending[same] = np.arange(len(requests)) if found is None else np.flatnonzero(found)
            rows = offending[same]
            rows = rows[(blocking[rows] == NEVER) & bound.cells[cell[rows]]]
            blocking[rows[_in_force(bound, wanted[rows])]] = bound.index
        return blocking

    def _wait_for_opening(
        self, verdicts: Verdicts, cell: NDArray[np.intp], wanted: NDArray[np.int32], at: int
    ) -> Verdicts:
        """Allowed today, but the window is not open yet: deferred to today, by the window's rule."""
        early = np.flatnonzero((verdicts.outcome == Outcome.ALLOWED) & (verdicts.opens_at > at))
        rule = np.full(len(self.places) * CELLS, NEVER, np.int16)
        for one, day in set(zip(cell[early].tolist(), wanted[early].tolist(), strict=True)):
            rule[one] = self._windows.window(one, day).rule
        early = early[rule[cell[early]] != NEVER]
        verdicts.outcome[early], verdicts.rule[early] = Outcome.DEFERRED, rule[cell[early]]
        verdicts.until_day[early] = wanted[early]
        verdicts.opens_at[early] = verdicts.closes_at[early] = NEVER
        return verdicts


def _local_day(place: Place, at: int) -> int:
    """The local date at an instant, the latest over the candidate zones."""
    return max(day_number(datetime.fromtimestamp(at, ZoneInfo(zone)).date()) for zone in place.zones)


def _in_force(bound: BoundRule, day: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a rule is in force on each of some local dates."""
    since, until = bound.rule.valid_from, bound.rule.valid_to
    if since is None and until is None:
        return np.ones(len(day), np.bool_)
    first = day_number(since) if since else np.iinfo(np.int32).min
    last = day_number(until) if until else np.iinfo(np.int32).max
    return (day >= first) & (day <= last)
