"""When a place may be contacted: lawful windows as UTC instants, met over every candidate zone.

A window is built once per place, channel, purpose and local date (dozens) and gathered by NumPy for
all rows. Its end is exclusive. The local date must hold in every zone, so two zones shorten a window
at both ends and may empty it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.calendars import public_holidays
from engine.contact_policy.binding import CELLS, BoundRule
from engine.contact_policy.columns import Place, SpecialDay
from engine.contact_policy.rules import SpecialDaysRule, WindowRule
from engine.days import day_of

HORIZON = 45
"""How many dates ahead a lawful day is looked for."""

_MOST_TABLES = 1024
"""Tables kept at a time: a run asks for the same few dozen, every event for some of its own."""

NEVER = -1
MIDNIGHT = 24 * 60


@dataclass(frozen=True)
class Window:
    """One lawful window: UTC epoch seconds ``[opens_at, closes_at)`` and the rule that closes it.

    ``rule`` is -1 when no rule binds: then the window is the whole local date and closes nothing.
    """

    opens_at: int
    closes_at: int
    rule: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing may be sent on the date at all."""
        return self.opens_at >= self.closes_at


@dataclass(frozen=True)
class DayWindows:
    """The windows of one local date, by cell (place x channel x purpose).

    ``shut`` says that nothing can be sent on the date any more, ``next_day`` the next date with a
    window (-1: none within the horizon), ``rule`` the rule that closes the window.
    """

    opens_at: NDArray[np.int64]
    closes_at: NDArray[np.int64]
    rule: NDArray[np.int16]
    shut: NDArray[np.bool_]
    next_day: NDArray[np.int32]


class WindowTable:
    """All windows of a policy, computed when first asked for."""

    def __init__(
        self,
        places: Sequence[Place],
        rules: Sequence[BoundRule],
        special_days: Sequence[SpecialDay],
    ) -> None:
        self._places = places
        self._rules = [bound for bound in rules if isinstance(bound.rule, WindowRule | SpecialDaysRule)]
        self._special_days = special_days
        self._alike = _alike(self._rules, len(places))
        self._windows: dict[tuple[int, int], Window] = {}
        self._tables: dict[tuple[int, bytes, int | None], DayWindows] = {}

    def window(self, cell: int, day: int) -> Window:
        """The window of one cell on one local date (days since 1970-01-01)."""
        key = (self._alike[cell], day)
        if key not in self._windows:
            self._windows[key] = self._build(key[0], day_of(day))
        return self._windows[key]

    def next_day(self, cell: int, day: int, earliest: int | None) -> int:
        """The first date after ``day`` with a window not over at ``earliest``, or -1."""
        for later in range(day + 1, day + 1 + HORIZON):
            window = self.window(cell, later)
            if not window.is_empty and (earliest is None or window.closes_at > earliest):
                return later
        return NEVER

    def on(self, day: int, cells: NDArray[np.intp], earliest: int | None) -> DayWindows:
        """The windows of ``cells`` on a date as lookup tables over all cells up to the last of them."""
        asked = (day, cells.tobytes(), earliest)
        if asked not in self._tables:
            if len(self._tables) >= _MOST_TABLES:
                self._tables.clear()
            self._tables[asked] = self._table(day, cells, int(cells[-1]) + 1, earliest)
        return self._tables[asked]

    def _table(self, day: int, cells: NDArray[np.intp], size: int, earliest: int | None) -> DayWindows:
        table = DayWindows(
            opens_at=np.full(size, NEVER, np.int64),
            closes_at=np.full(size, NEVER, np.int64),
            rule=np.full(size, NEVER, np.int16),
            shut=np.zeros(size, np.bool_),
            next_day=np.full(size, NEVER, np.int32),
        )
        for cell in cells.tolist():
            window = self.window(cell, day)
            table.opens_at[cell], table.closes_at[cell] = window.opens_at, window.closes_at
            table.rule[cell] = window.rule
            over = earliest is not None and window.closes_at <= earliest
            if window.rule != NEVER and (window.is_empty or over):
                table.shut[cell] = True
                table.next_day[cell] = self.next_day(cell, day, earliest)
        return table

    def _build(self, cell: int, day: date) -> Window:
        place = self._places[cell // CELLS]
        opens, closes, decisive = 0, MIDNIGHT, NEVER
        for bound in self._rules:
            if not bound.cells[cell] or not bound.rule.in_force_on(day):
                continue
            span = self._local_span(bound.rule, cell // CELLS, day)
            if span is None:
                return Window(0, 0, bound.index)
            if decisive == NEVER or span[1] < closes:
                decisive = bound.index if isinstance(bound.rule, WindowRule) else decisive
            opens, closes = max(opens, span[0]), min(closes, span[1])
        if opens >= closes:
            return Window(0, 0, decisive)
        return _met(place.zones, day, opens, closes, decisive)

    def _local_span(self, rule: object, place: int, day: date) -> tuple[int, int] | None:
        """Minutes after local midnight a rule leaves open on a date, or ``None``."""
        kinds = self._special_kinds(place, day)
        if isinstance(rule, SpecialDaysRule):
            return None if kinds & set(rule.events) else (0, MIDNIGHT)
        assert isinstance(rule, WindowRule)
        if rule.holidays == "forbidden" and ("holiday" in kinds or self._is_holiday(place, day)):
            return None
        return rule.hours.minutes(day.weekday())

    def _is_holiday(self, place: int, day: date) -> bool:
        where = self._places[place]
        return day in public_holidays(where.country, where.subdivision, day.year)

    def _special_kinds(self, place: int, day: date) -> set[str]:
        country, subdivision = self._places[place].country, self._places[place].subdivision
        return {
            special.kind
            for special in self._special_days
            if special.day == day
            and special.country == country
            and (special.subdivision is None or subdivision in (None, special.subdivision))
        }


def _alike(rules: Sequence[BoundRule], places: int) -> list[int]:
    """For each cell the first of its place that the same rules bind: they have the same windows."""
    bound = np.stack([rule.cells for rule in rules]) if rules else np.zeros((1, places * CELLS), np.bool_)
    first: dict[tuple[int, bytes], int] = {}
    return [
        first.setdefault((cell // CELLS, binding.tobytes()), cell) for cell, binding in enumerate(bound.T)
    ]


def _met(zones: tuple[str, ...], day: date, opens: int, closes: int, rule: int) -> Window:
    """Local minutes of a date as one UTC window, met over all zones."""
    opens_at = max(_instant(zone, day, opens, opening=True) for zone in zones)
    closes_at = min(_instant(zone, day, closes, opening=False) for zone in zones)
    return Window(opens_at, closes_at, rule)


def _instant(zone: str, day: date, minute: int, *, opening: bool) -> int:
    """UTC epoch second of a local time of day.

    A local time the clocks repeat or skip has two readings: a window opens at the later and closes
    at the earlier, so that it is lawful under both.
    """
    local = datetime.combine(day, time(tzinfo=ZoneInfo(zone))) + timedelta(minutes=minute)
    readings = [local.replace(fold=fold).timestamp() for fold in (0, 1)]
    return int(max(readings) if opening else min(readings))
