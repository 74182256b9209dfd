"""How long each kind of hold lasts in a portfolio when nobody says so: its settings, else the house's."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from engine.calendars import business_days
from engine.days import day_number, day_of
from engine.errors import BookError
from engine.vocabulary import HoldKind

SETTING = "holds"
"""The key of a portfolio's settings: days by kind of hold, as ``{"conversation": 5}``."""

BUSINESS_DAYS = frozenset({HoldKind.PAID_CLAIM})
"""Holds whose term counts business days of the country."""

DAYS = {
    HoldKind.CONVERSATION: 3,
    HoldKind.COMPLAINT: 30,
    HoldKind.PROTECTION: 90,
    HoldKind.PROMISE: 7,
    HoldKind.PLAN: 30,
    HoldKind.DISPUTE: 30,
    HoldKind.PAID_CLAIM: 3,
    HoldKind.MANUAL: 7,
    HoldKind.MISSING: 365,
}
_LONGEST = 366


def hold_until(kind: HoldKind, since: date, country: str, settings: Mapping[str, Any]) -> date:
    """The date on which a hold that begins on ``since`` ends of itself (it binds until the day before).

    >>> hold_until(HoldKind.PAID_CLAIM, date(2026, 11, 20), "MX", {}).isoformat()  # a Friday
    '2026-11-26'
    """
    days = days_of(kind, settings)
    if kind not in BUSINESS_DAYS:
        return since + timedelta(days=days)
    return after_business_days(since, days, country) + timedelta(days=1)


def days_of(kind: HoldKind, settings: Mapping[str, Any]) -> int:
    """The term of a kind of hold in days; ``BookError`` when the setting is no sensible count."""
    days = settings.get(SETTING, {}).get(kind.word, DAYS[kind])
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= _LONGEST:
        raise BookError(
            f"{days!r} is no count of days", place=f"{SETTING}.{kind.word}", hint="1 to 366", code="hold.term"
        )
    return days


def after_business_days(since: date, days: int, country: str) -> date:
    """The date ``days`` business days after a date, by the country's calendar.

    >>> after_business_days(date(2026, 11, 20), 3, "MX").isoformat()
    '2026-11-25'
    """
    table = business_days([(country, None)], since, 3 * days + 30)
    return day_of(int(table.add(np.zeros(1, np.int16), np.array([day_number(since)], np.int32), days)[0]))
