"""A debt in instalments: what is forgiven, how the rest is split to the last cent, and on which days.

Money is integer minor units. ``step`` is the smallest sum people pay in a currency: 1 for pesos with
centavos or without decimals, 100 where the cents exist on paper only (COP).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from engine.calendars import business_days
from engine.days import day_number, day_of
from engine.errors import BookError

Every = Literal["week", "fortnight", "month"]
DAYS: dict[Every, int] = {"week": 7, "fortnight": 14}
WHOLE = 10_000
"""A share of one, in basis points."""


@dataclass(frozen=True)
class Parts:
    """A sum by component."""

    capital: int = 0
    interest: int = 0
    fees: int = 0
    tax: int = 0

    @property
    def total(self) -> int:
        """All of it.

        >>> Parts(100, 20, 3).total
        123
        """
        return self.capital + self.interest + self.fees + self.tax


@dataclass(frozen=True)
class Instalment:
    """One instalment; number 0 is the down payment."""

    number: int
    due_on: date
    amount: int


def share_of(amount: int, basis_points: int) -> int:
    """A share of an amount, rounded down: nobody forgives more than was said.

    >>> share_of(10_001, 5_000)
    5000
    """
    return amount * basis_points // WHOLE


def parts_of(total: int, *, interest: int = 0, fees: int = 0, tax: int = 0) -> Parts:
    """A sum by component: what no component explains is capital, and none exceeds what is left of it.

    >>> parts_of(1_000, interest=200, fees=50)
    Parts(capital=750, interest=200, fees=50, tax=0)
    >>> parts_of(100, interest=80, fees=50)
    Parts(capital=0, interest=80, fees=20, tax=0)
    """
    left, found = total, []
    for said in (interest, fees, tax):
        found.append(max(0, min(said, left)))
        left -= found[-1]
    return Parts(left, *found)


def split(total: int, down_payment: int, count: int, step: int = 1) -> tuple[int, ...]:
    """The instalments after a down payment: all but the last in whole steps, the earlier ones the larger.

    Down payment and instalments add up to ``total`` exactly. ``BookError`` when there is less to pay than
    one step each, or the down payment leaves nothing (or something) where it should not.

    >>> split(100_00, 0, 3)
    (3334, 3333, 3333)
    >>> split(1_000_050, 0, 3, step=100)
    (333400, 333300, 333350)
    """
    left = total - down_payment
    if not 0 <= down_payment < total or count < 1 or left < count * step:
        raise BookError(
            f"{left} no se reparte en {count} cuotas", place="instalments", code="plan.split",
            hint="menos cuotas, o un enganche menor",
        )  # fmt: skip
    steps, rest = divmod(left, step)
    base, more = divmod(steps, count)
    amounts = [(base + (number < more)) * step for number in range(count)]
    amounts[-1] += rest
    return tuple(amounts)


def shares(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """A total laid over debts in proportion to what each owes, to the last unit (largest remainders).

    No share is larger than its debt where the total is not larger than all of them.

    >>> shares(100, [200, 100])
    (67, 33)
    """
    everything = sum(weights)
    if everything <= 0:
        raise BookError("no hay deuda que repartir", code="plan.nothing")
    exact = [total * weight for weight in weights]
    found = [each // everything for each in exact]
    order = sorted(range(len(weights)), key=lambda n: (-(exact[n] % everything), n))
    for number in order[: total - sum(found)]:
        found[number] += 1
    return tuple(found)


def due_dates(first: date, count: int, every: Every, country: str) -> tuple[date, ...]:
    """The dates of instalments: each nominal one moved to the next business day of the country's banks.

    A month keeps its day of the month, or the last one of a shorter month.

    >>> [str(day) for day in due_dates(date(2027, 1, 31), 3, "month", "MX")]
    ['2027-02-02', '2027-03-01', '2027-03-31']
    """
    nominal = [_nominal(first, number, every) for number in range(count)]
    table = business_days([(country, None)], first, (nominal[-1] - first).days + 30)
    numbers = np.array([day_number(day) for day in nominal], np.int32)
    moved = table.next_open(np.zeros(count, np.int16), numbers)
    return tuple(day_of(int(day)) for day in moved)


def _nominal(first: date, number: int, every: Every) -> date:
    if every != "month":
        return first + timedelta(days=DAYS[every] * number)
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(following - timedelta(days=1), date(year, month + 1, 1) + timedelta(days=first.day - 1))
