"""Which days are business days, where a due date falls for the bank, and when people are paid.

Every question is answered by lookup tables built once per calendar (a handful) and read by NumPy
for all rows: days are ``int32`` counts since 1970-01-01, calendars small integer indices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import holidays
import numpy as np
from numpy.typing import NDArray

from engine.days import EPOCH, day_number, day_of
from engine.errors import BookError

BANK_MARKETS = {"MX": "XMEX"}
"""Countries whose banks keep days that are no public holiday, by the market calendar that has them."""

Calendar = tuple[str, str | None]
"""A country and, if known, its subdivision."""

Days = NDArray[np.int32]


def load_calendars() -> None:
    """Read the calendars of all countries now; otherwise the first question about a holiday does."""
    holidays.list_supported_countries()


def knows_subdivision(country: str, subdivision: str | None) -> bool:
    """Whether there are holidays of the subdivision itself.

    >>> knows_subdivision("CL", "AP"), knows_subdivision("MX", "JAL")
    (True, False)
    """
    if subdivision is None:
        return False
    return subdivision in holidays.list_supported_countries().get(country, ())


@lru_cache(maxsize=1024)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country and subdivision in a year; none for an unknown country.

    >>> date(2026, 11, 16) in public_holidays("MX", None, 2026)
    True
    >>> date(2026, 11, 16) in public_holidays("CL", None, 2026)
    False
    """
    if country not in holidays.list_supported_countries():
        return frozenset()
    known = subdivision if knows_subdivision(country, subdivision) else None
    return frozenset(holidays.country_holidays(country, subdiv=known, years=year))


@lru_cache(maxsize=1024)
def bank_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The days banks keep closed besides Saturdays and Sundays: public holidays and the banks' own.

    Mexico's Maundy Thursday is no public holiday, yet its banks are closed.

    >>> date(2026, 4, 2) in bank_holidays("MX", None, 2026)
    True
    """
    days = set(public_holidays(country, subdivision, year))
    if country in BANK_MARKETS:
        days |= set(holidays.financial_holidays(BANK_MARKETS[country], years=year))
    elif country in holidays.list_supported_countries():
        categories = getattr(holidays, country).supported_categories
        if "bank" in categories:
            days |= set(holidays.country_holidays(country, categories=("bank",), years=year))
    return frozenset(days)


@dataclass(frozen=True)
class DayTable:
    """Which days are open, per calendar: ``open`` is bool of shape (calendars, days) from ``first_day``.

    >>> table = business_days([("MX", None), ("CL", None)], date(2026, 11, 1), 60)
    >>> sunday = np.array([20772, 20772], np.int32)  # 2026-11-15; Monday is a holiday in MX
    >>> [str(day_of(day)) for day in table.next_open(np.array([0, 1]), sunday)]
    ['2026-11-17', '2026-11-16']
    """

    first_day: int
    open: NDArray[np.bool_]

    @property
    def days(self) -> int:
        """How many days the table covers."""
        return int(self.open.shape[1])

    def is_open(self, calendar: NDArray[np.integer], day: Days) -> NDArray[np.bool_]:
        """Whether each day is open in its calendar."""
        return np.asarray(self.open[calendar, self._offset(day)], np.bool_)

    def next_open(self, calendar: NDArray[np.integer], day: Days) -> Days:
        """The first open day on or after each day."""
        return self._found(self._next()[calendar, self._offset(day)])

    def last_open(self, calendar: NDArray[np.integer], day: Days) -> Days:
        """The last open day on or before each day."""
        return self._found(self._last()[calendar, self._offset(day)])

    def count(self, calendar: NDArray[np.integer], start: Days, end: Days) -> NDArray[np.int32]:
        """How many open days lie in ``[start, end)``; negative when end comes first."""
        seen = np.zeros((self.open.shape[0], self.days + 1), np.int32)
        np.cumsum(self.open, axis=1, out=seen[:, 1:])
        until, since = self._offset(end, edge=True), self._offset(start, edge=True)
        return np.asarray(seen[calendar, until] - seen[calendar, since], np.int32)

    def add(self, calendar: NDArray[np.integer], day: Days, n: NDArray[np.integer] | int) -> Days:
        """The ``n``-th open day after each day; ``n`` 0 is the day itself, or the next open one."""
        offset, steps = self._offset(day), np.asarray(n)
        rank = (np.cumsum(self.open, axis=1, dtype=np.int64) + self._rows())[calendar, offset]
        wanted = rank - 1 + steps + ((steps == 0) & ~self.open[calendar, offset])
        last = (self.open.sum(axis=1, dtype=np.int64) + self._rows()[:, 0])[calendar]
        if np.any(wanted >= last):
            raise self._outside()
        return np.asarray(np.nonzero(self.open)[1][wanted] + self.first_day, np.int32)

    def _rows(self) -> NDArray[np.int64]:
        """Open days of the calendars before each, to rank days over the flattened table."""
        totals = self.open.sum(axis=1, dtype=np.int64)
        return np.asarray((np.cumsum(totals) - totals)[:, None])

    def _next(self) -> Days:
        marks = np.where(self.open, np.arange(self.days, dtype=np.int32), np.int32(1 << 30))
        backwards = np.minimum.accumulate(marks[:, ::-1], axis=1)[:, ::-1]
        return np.asarray(np.where(backwards == 1 << 30, -1, backwards), np.int32)

    def _last(self) -> Days:
        marks = np.where(self.open, np.arange(self.days, dtype=np.int32), np.int32(-1))
        return np.maximum.accumulate(marks, axis=1)

    def _found(self, offset: Days) -> Days:
        if np.any(offset < 0):
            raise self._outside()
        return np.asarray(offset + self.first_day, np.int32)

    def _offset(self, day: Days, *, edge: bool = False) -> Days:
        offset = np.asarray(day, np.int32) - np.int32(self.first_day)
        if offset.size and (offset.min() < 0 or offset.max() >= self.days + edge):
            raise self._outside()
        return offset

    def _outside(self) -> BookError:
        first, last = day_of(self.first_day), day_of(self.first_day + self.days - 1)
        return BookError(
            "a date lies outside the calendar table",
            code="calendar.range",
            place=f"{first}..{last}",
            hint="build the table over a longer span",
        )


def business_days(
    calendars: Sequence[Calendar],
    first: date,
    days: int,
    *,
    closed: Sequence[tuple[Calendar, date]] = (),
    bank: bool = True,
) -> DayTable:
    """Monday to Friday without holidays, per calendar; ``closed`` adds decreed days.

    A decreed day of a country without subdivision closes all its subdivisions.

    >>> table = business_days([("CO", None)], date(2026, 11, 16), 1)
    >>> bool(table.open[0, 0])
    False
    """
    start = day_number(first)
    numbers = np.arange(start, start + days)
    weekday = (numbers + 3) % 7
    years = range(first.year, day_of(start + days - 1).year + 1)
    table = np.repeat((weekday < 5)[None, :], len(calendars), axis=0)
    find = bank_holidays if bank else public_holidays
    for row, (country, subdivision) in enumerate(calendars):
        shut = {day for year in years for day in find(country, subdivision, year)}
        shut |= {d for (c, s), d in closed if c == country and s in (None, subdivision)}
        offsets = [day_number(day) - start for day in shut]
        table[row, [offset for offset in offsets if 0 <= offset < days]] = False
    return DayTable(start, table)


def effective_due_days(table: DayTable, calendar: NDArray[np.integer], due: Days) -> Days:
    """Due dates as the bank reads them: one on a closed day moves to the next business day.

    >>> table = business_days([("MX", None)], date(2026, 11, 1), 60)
    >>> due = np.array([20772, 20774], np.int32)  # Sunday 15 and Tuesday 17 November 2026
    >>> [str(day_of(day)) for day in effective_due_days(table, np.zeros(2, np.int16), due)]
    ['2026-11-17', '2026-11-17']
    """
    return table.next_open(calendar, due)


PaydayKind = Literal["quincena", "month_end", "month_day", "weekly", "biweekly"]
Shift = Literal["anterior", "siguiente"]


@dataclass(frozen=True)
class PaydayCalendar:
    """When a person is paid: nominal days, moved to a business day, then by an offset in days.

    ``quincena`` is the 15th and the last of the month; ``month_end`` the last; ``month_day`` the
    day of the month ``on`` (the last, in shorter months); ``weekly`` the weekday ``on`` (Monday is
    0, Friday 4); ``biweekly`` that weekday every second ISO week, counted from the
    week of ``anchor``.
    """

    kind: PaydayKind
    on: int = 4
    shift: Shift = "anterior"
    offset: int = 0
    anchor: date | None = None

    def nominal(self, day: date) -> bool:
        """Whether a date is a payday before it is moved to a business day."""
        last = (day + timedelta(days=1)).day == 1
        if self.kind == "quincena":
            return day.day == 15 or last
        if self.kind == "month_end":
            return last
        if self.kind == "month_day":
            return day.day == self.on or (last and day.day < self.on)
        if self.kind == "weekly":
            return day.weekday() == self.on
        weeks = _iso_weeks(day) - _iso_weeks(self.anchor or EPOCH)
        return day.weekday() == self.on and weeks % 2 == 0


def _iso_weeks(day: date) -> int:
    """ISO weeks since that of 1970-01-01, a Thursday."""
    return (day_number(day) + 3) // 7


def payday_table(paydays: Sequence[tuple[PaydayCalendar, int]], table: DayTable) -> DayTable:
    """The paydays as a table: one row per (payday calendar, row of the business-day table).

    ``next_open`` on it gives the next payday of every row. Days within a fortnight of either end of
    the business-day table may lack a payday that is moved in from outside: build it with a margin.

    >>> business = business_days([("MX", None)], date(2026, 10, 1), 92)
    >>> quincena = payday_table([(PaydayCalendar("quincena"), 0)], business)
    >>> november = np.array([20758], np.int32)  # 2026-11-01
    >>> str(day_of(quincena.next_open(np.array([0]), november)[0]))  # the 15th is a Sunday
    '2026-11-13'
    """
    paid = np.zeros((len(paydays), table.days), np.bool_)
    for row, (payday, calendar) in enumerate(paydays):
        move = (table._last() if payday.shift == "anterior" else table._next())[calendar]
        nominal = [d for d in range(table.days) if payday.nominal(day_of(table.first_day + d))]
        moved = move[nominal]
        landed = moved[moved >= 0] + payday.offset
        paid[row, landed[(landed >= 0) & (landed < table.days)]] = True
    return DayTable(table.first_day, paid)
