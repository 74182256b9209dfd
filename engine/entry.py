"""Who enters: the strategy each account belongs to today, by priority, take-over and re-entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.book import Facts, Rows
from engine.plan import Plan, leaving

NEVER_LEFT = np.int32(-1)


@dataclass(frozen=True)
class Standing:
    """What each account (row of the book) has behind it in the plans, by index of the plan.

    ``current`` is the plan an account stands in, -1 for none; ``entered_on`` the day it entered that
    one. ``left_on`` maps a plan to the day each account last left it (``NEVER_LEFT``), ``left_episode``
    to the delinquency episode of that passage; ``episode`` is the present one.
    """

    current: NDArray[np.int16]
    entered_on: NDArray[np.int32]
    episode: NDArray[np.int32]
    left_on: Mapping[int, NDArray[np.int32]]
    left_episode: Mapping[int, NDArray[np.int32]]


@dataclass(frozen=True)
class Entry:
    """Accounts that enter a plan today; ``superseded`` marks those taken from another plan."""

    plan: int
    accounts: Rows
    superseded: NDArray[np.bool_]


def entries(
    plans: Sequence[Plan], facts: Facts, standing: Standing, entering: Sequence[int] | None = None
) -> list[Entry]:
    """Who enters which plan today, each account at most one (03, points 1 and 9).

    Higher priority first; equal priorities in the order of ``plans``. An account that meets the exit of
    a plan, or is in a stop state, does not enter it; one that entered a plan today is not taken over,
    nor is one from an older version of the same strategy; one that left a plan today enters tomorrow.
    """
    free = np.ones(facts.book.size, np.bool_)
    for left_on in standing.left_on.values():
        free &= left_on < facts.day
    found = []
    open_plans = range(len(plans)) if entering is None else entering
    for index in sorted(open_plans, key=lambda i: -plans[i].segment.priority):
        accounts = np.flatnonzero(free & _may_enter(plans, index, facts.day, standing))
        accounts = accounts[plans[index].entry.kernels[0].true(facts, accounts)]
        if len(accounts):
            stopped, exited = leaving(plans[index], facts, accounts)
            accounts = accounts[~(stopped | exited)]
        free[accounts] = False
        free[standing.current == index] = False
        found.append(Entry(index, accounts, standing.current[accounts] >= 0))
    return found


def _may_enter(plans: Sequence[Plan], index: int, day: int, standing: Standing) -> NDArray[np.bool_]:
    outside = standing.current < 0
    segment = plans[index].segment
    if segment.takes_over == "lower_priority":
        own = plans[index].key
        lower = np.array([p.segment.priority < segment.priority and p.key != own for p in plans], np.bool_)
        taken = ~outside & (standing.entered_on < day)
        outside = outside | (taken & lower[standing.current])
    left_on = standing.left_on.get(index)
    if left_on is None:
        return outside
    again = left_on == NEVER_LEFT
    if segment.re_entry.rule == "after_days":
        again |= left_on + segment.re_entry.days <= day
    elif segment.re_entry.rule == "new_episode":
        again |= standing.episode > standing.left_episode[index]
    return np.asarray(outside & again)
