"""Dates as day numbers: ``int32`` counts since 1970-01-01, as every column of the book holds them."""

from datetime import date, timedelta

import numpy as np

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01.

    >>> day_number(date(2026, 11, 13))
    20770
    """
    return (day - EPOCH).days


def day_of(number: int | np.integer) -> date:
    """The date of a day number.

    >>> day_of(20770).isoformat()
    '2026-11-13'
    """
    return EPOCH + timedelta(days=int(number))
