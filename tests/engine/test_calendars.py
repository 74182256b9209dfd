"""Business days, the bank's due dates and paydays, against a plain day-by-day reading."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import DayTable, PaydayCalendar, business_days, effective_due_days, payday_table
from engine.days import day_number, day_of
from engine.errors import BookError

COUNTRIES = [("MX", None), ("CO", None), ("CL", "RM"), ("AR", None)]
BUSINESS = business_days(COUNTRIES, date(2026, 9, 1), 200)
MEXICO, COLOMBIA, CHILE = 0, 1, 2


def one(day: date) -> np.ndarray:
    return np.array([day_number(day)], np.int32)


def due(day: date, calendar: int) -> date:
    return day_of(effective_due_days(BUSINESS, np.array([calendar]), one(day))[0])


def paydays(payday: PaydayCalendar, month: int, calendar: int = MEXICO) -> list[str]:
    table = payday_table([(payday, calendar)], BUSINESS)
    days = (day_of(n + table.first_day) for n in np.flatnonzero(table.open[0]))
    return [f"{day:%m-%d}" for day in days if day.month == month]


def test_a_due_date_on_sunday_15_november_2026_moves_past_the_holiday_in_mexico_but_not_in_chile():
    assert due(date(2026, 11, 15), MEXICO) == date(2026, 11, 17)
    assert due(date(2026, 11, 15), COLOMBIA) == date(2026, 11, 17)
    assert due(date(2026, 11, 15), CHILE) == date(2026, 11, 16)


def test_a_due_date_on_a_business_day_stays():
    assert due(date(2026, 11, 18), MEXICO) == date(2026, 11, 18)


def test_a_day_only_the_banks_keep_moves_a_due_date_too():
    assert due(date(2026, 12, 31), CHILE) == date(2027, 1, 4)  # banks close; 1 January; weekend
    assert due(date(2026, 12, 31), MEXICO) == date(2026, 12, 31)


def test_a_decreed_day_closes_every_subdivision_of_its_country():
    decreed = [(("CL", None), date(2026, 11, 18))]
    table = business_days(COUNTRIES, date(2026, 11, 18), 1, closed=decreed)
    assert table.open[:, 0].tolist() == [True, True, False, True]


def test_the_quincena_of_november_2026_is_paid_on_friday_the_13th():
    assert paydays(PaydayCalendar("quincena"), 11) == ["11-13", "11-30"]


def test_the_quincena_shifted_to_the_following_business_day_skips_the_holiday():
    assert paydays(PaydayCalendar("quincena", shift="siguiente"), 11) == ["11-03", "11-17", "11-30"]


def test_paydays_of_each_kind():
    assert paydays(PaydayCalendar("month_end"), 10) == ["10-30"]
    assert paydays(PaydayCalendar("month_day", on=31), 11) == ["11-30"]
    assert paydays(PaydayCalendar("month_day", on=20), 11) == ["11-20"]
    assert paydays(PaydayCalendar("weekly", on=4), 11) == ["11-06", "11-13", "11-20", "11-27"]
    biweekly = PaydayCalendar("biweekly", on=4, anchor=date(2026, 11, 6))
    assert paydays(biweekly, 11) == ["11-06", "11-20"]


def test_a_payday_may_be_offset_by_days():
    assert paydays(PaydayCalendar("quincena", offset=1), 11) == ["11-14"]
    assert paydays(PaydayCalendar("quincena", offset=-1), 11) == ["11-12", "11-29"]


def test_an_anchor_on_any_weekday_of_its_week_gives_the_same_fortnights():
    fridays = paydays(PaydayCalendar("biweekly", on=4, anchor=date(2026, 11, 6)), 11)
    for other in (date(2026, 11, 2), date(2026, 11, 8)):
        assert paydays(PaydayCalendar("biweekly", on=4, anchor=other), 11) == fridays


def test_a_date_outside_the_table_is_refused():
    with pytest.raises(BookError, match="outside the calendar table"):
        BUSINESS.next_open(np.array([0]), one(date(2031, 1, 1)))
    with pytest.raises(BookError, match="outside the calendar table"):
        BUSINESS.add(np.array([0]), one(date(2026, 11, 18)), 500)


def test_the_days_of_a_table_may_be_all_closed():
    shut = DayTable(0, np.zeros((1, 5), np.bool_))
    with pytest.raises(BookError):
        shut.next_open(np.array([0]), np.array([2], np.int32))


days = st.dates(date(2026, 9, 10), date(2027, 1, 10))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), days, st.integers(0, 12)), min_size=1, max_size=20))
def test_adding_business_days_is_walking_them_one_by_one(rows):
    calendar = np.array([row[0] for row in rows])
    start = np.array([day_number(row[1]) for row in rows], np.int32)
    added = BUSINESS.add(calendar, start, np.array([row[2] for row in rows]))
    for (where, day, n), got in zip(rows, added, strict=True):
        assert day_of(got) == _walk(where, day, n)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3), days, days)
def test_counting_business_days_is_counting_open_dates(calendar, start, end):
    counted = int(BUSINESS.count(np.array([calendar]), one(start), one(end))[0])
    first, last = min(start, end), max(start, end)
    walked = sum(_is_open(calendar, first + timedelta(n)) for n in range((last - first).days))
    assert counted == (walked if end >= start else -walked)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), days)
def test_next_and_last_open_day_enclose_a_closed_one(calendar, day):
    where = np.array([calendar])
    after, before = BUSINESS.next_open(where, one(day))[0], BUSINESS.last_open(where, one(day))[0]
    assert before <= day_number(day) <= after
    assert BUSINESS.is_open(where, np.array([after]))[0] and BUSINESS.is_open(where, np.array([before]))[0]
    assert not any(_is_open(calendar, day_of(n)) for n in range(before + 1, after))


def _is_open(calendar: int, day: date) -> bool:
    return bool(BUSINESS.open[calendar, day_number(day) - BUSINESS.first_day])


def _walk(calendar: int, day: date, n: int) -> date:
    if n == 0:
        while not _is_open(calendar, day):
            day += timedelta(1)
    while n:
        day += timedelta(1)
        n -= _is_open(calendar, day)
    return day
