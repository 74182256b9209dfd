"""Splitting a debt: whatever is split adds up again, and no instalment falls on a closed day."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.calendars import bank_holidays
from engine.errors import BookError
from engine.instalments import WHOLE, due_dates, parts_of, share_of, shares, split

SUMS = st.integers(1, 10**13)


@given(total=SUMS, down=st.integers(0, 10**13), count=st.integers(1, 60), step=st.sampled_from([1, 100]))
def test_down_payment_and_instalments_add_up_to_the_total(
    total: int, down: int, count: int, step: int
) -> None:
    assume(total - down >= count * step and down < total)
    amounts = split(total, down, count, step)
    assert down + sum(amounts) == total and len(amounts) == count
    assert all(amount > 0 for amount in amounts)
    assert all(amount % step == 0 for amount in amounts[:-1])
    assert max(amounts) - min(amounts) < 2 * step


@given(total=st.integers(0, 10**6), down=st.integers(-5, 10**6), count=st.integers(-1, 60))
def test_what_cannot_be_split_is_refused_and_never_split_wrongly(total: int, down: int, count: int) -> None:
    try:
        amounts = split(total, down, count)
    except BookError as refused:
        assert refused.code == "plan.split"
        assert not 0 <= down < total or count < 1 or total - down < count
    else:
        assert down + sum(amounts) == total


@given(weights=st.lists(SUMS, min_size=1, max_size=50), share=st.integers(0, WHOLE))
def test_a_total_laid_over_debts_adds_up_and_no_debt_pays_more_than_it_owes(
    weights: list[int], share: int
) -> None:
    total = share_of(sum(weights), share)
    found = shares(total, weights)
    assert sum(found) == total
    assert all(0 <= part <= weight for part, weight in zip(found, weights, strict=True))


@given(total=SUMS, interest=SUMS, fees=SUMS, tax=SUMS)
def test_components_add_up_to_the_sum_whatever_the_core_says(
    total: int, interest: int, fees: int, tax: int
) -> None:
    parts = parts_of(total, interest=interest, fees=fees, tax=tax)
    assert parts.total == total and min(vars(parts).values()) >= 0


@pytest.mark.parametrize("country", ["MX", "CO", "CL", "PE", "EC", "AR"])
@pytest.mark.parametrize("every", ["week", "fortnight", "month"])
def test_instalments_fall_on_business_days_in_their_order(country: str, every) -> None:
    days = due_dates(date(2026, 12, 24), 36, every, country)
    assert list(days) == sorted(set(days)) and len(days) == 36
    for day in days:
        assert day.weekday() < 5 and day not in bank_holidays(country, None, day.year)
