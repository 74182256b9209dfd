"""Business days and paydays of each debtor's place, as tables the waits of a strategy read."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.book import NO_DAY
from engine.calendars import DayTable, PaydayCalendar, Shift, business_days, payday_table
from engine.contact_policy import Place, SpecialDay
from engine.days import day_number

_BEFORE, _AHEAD = 40, 420
"""Days the tables reach back and ahead: a fortnight of margin for moved paydays, a year for waits."""


class PlaceCalendar:
    """Tables over the places of a book, from one business date on; decreed holidays are no business days.

    >>> calendar = PlaceCalendar([Place("MX", None, ())], date(2026, 11, 13))
    >>> zero = np.zeros(1, np.int16)
    >>> calendar.business_days_after(zero, 1).tolist()  # Monday the 16th is a holiday
    [20774]
    >>> calendar.next_payday(zero, np.ones(1, np.int16), 0, "anterior").tolist()  # the 15th, a Sunday
    [20770]
    >>> decreed = [SpecialDay("MX", None, date(2026, 11, 17), "holiday")]
    >>> PlaceCalendar(calendar.places, date(2026, 11, 13), decreed).business_days_after(zero, 1).tolist()
    [20775]
    """

    def __init__(self, places: Sequence[Place], day: date, special_days: Sequence[SpecialDay] = ()) -> None:
        self.places = places
        self._decreed = [((s.country, s.subdivision), s.day) for s in special_days if s.kind == "holiday"]
        self.day = day_number(day)
        self._first = day - timedelta(days=_BEFORE)
        self._paydays: dict[tuple[int, Shift], DayTable] = {}

    @cached_property
    def _business(self) -> DayTable:
        calendars = [(place.country, place.subdivision) for place in self.places]
        return business_days(calendars, self._first, _BEFORE + _AHEAD, closed=self._decreed)

    def business_days_after(self, place: NDArray[np.int16], days: int) -> NDArray[np.int32]:
        """The ``days``-th business day after today in each place."""
        today = np.full(len(place), self.day, np.int32)
        return self._business.add(place, today, days)

    def next_payday(
        self, place: NDArray[np.int16], kind: NDArray[np.int16], offset: int, shift: Shift
    ) -> NDArray[np.int32]:
        """The next payday of each person, today included, moved by ``offset`` days.

        ``kind`` is a code of the fact ``payday_calendar``; 0 (unknown) gives ``NO_DAY``.
        """
        table = self._payday_table(offset, shift)
        row = (kind.astype(np.int64) - 1) * len(self.places) + place
        paid = np.full(len(place), NO_DAY, np.int32)
        known = kind > 0
        today = np.full(int(known.sum()), self.day, np.int32)
        paid[known] = table.next_open(row[known], today)
        return paid

    def _payday_table(self, offset: int, shift: Shift) -> DayTable:
        key = (offset, shift)
        if key not in self._paydays:
            kinds = (
                PaydayCalendar("quincena", shift=shift, offset=offset),
                PaydayCalendar("month_end", shift=shift, offset=offset),
                PaydayCalendar("weekly", on=4, shift=shift, offset=offset),
                PaydayCalendar("month_day", on=5, shift=shift, offset=offset),
            )
            rows = [(kind, place) for kind in kinds for place in range(len(self.places))]
            self._paydays[key] = payday_table(rows, self._business)
        return self._paydays[key]
