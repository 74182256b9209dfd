"""Campaña puntual: a strategy beside the others, from one date to another, with a budget of its own."""

from datetime import date
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from engine.days import day_number
from engine.strategy.nodes.base import Strict


def _is_a_date(text: str) -> str:
    if not 1990 <= date.fromisoformat(text).year <= 2100:
        raise ValueError("a campaign runs between 1990 and 2100")
    return text


DateText = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_is_a_date)]
LONGEST = 366
"""Days; what goes on for longer is no campaign."""


class Campaign(Strict):
    """When a campaign takes accounts and works them, both dates included, and what it may spend in all.

    ``budget`` is in minor units of the creditor's reporting currency, over the whole campaign.

    >>> advent = Campaign(starts_on="2026-12-01", ends_on="2026-12-24", budget=500000)
    >>> advent.runs_on(day_number(date(2026, 12, 24))), advent.is_over(day_number(date(2026, 12, 25)))
    (True, True)
    """

    starts_on: DateText
    ends_on: DateText
    budget: int | None = Field(default=None, ge=0, le=10**15)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        days = date.fromisoformat(self.ends_on) - date.fromisoformat(self.starts_on)
        if not 0 <= days.days <= LONGEST:
            raise ValueError(f"a campaign ends on or after its first day, within {LONGEST} days")
        return self

    @cached_property
    def _days(self) -> tuple[int, int]:
        return day_number(date.fromisoformat(self.starts_on)), day_number(date.fromisoformat(self.ends_on))

    def runs_on(self, day: int) -> bool:
        """Whether it takes accounts on a business date (day number)."""
        first, last = self._days
        return first <= day <= last

    def is_over(self, day: int) -> bool:
        """Whether its last date has passed."""
        return day > self._days[1]
