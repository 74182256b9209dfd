"""Who enters: the strategy each account belongs to today, by priority, take-over and re-entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.book import Facts, Rows
from engine.plan import Plan, leaving

NEVER_LEFT = np.int32(-1)


KINDS = ("strategy", "campaign")
"""An account is in at most one plan of each kind (03, point 1)."""


@dataclass(frozen=True)
class Standing:
    """What each account (row of the book) has behind it in the plans, by index of the plan.

    ``current`` is the strategy an account stands in, -1 for none; ``entered_on`` the day it entered that
    one. ``campaign`` and ``campaign_since`` say the same of campaigns (``None``: nobody is in any).
    ``left_on`` maps a plan to the day each account last left it (``NEVER_LEFT``), ``left_episode``
    to the delinquency episode of that passage; ``episode`` is the present one.
    """

    current: NDArray[np.int16]
    entered_on: NDArray[np.int32]
    episode: NDArray[np.int32]
    left_on: Mapping[int, NDArray[np.int32]]
    left_episode: Mapping[int, NDArray[np.int32]]
    campaign: NDArray[np.int16] | None = None
    campaign_since: NDArray[np.int32] | None = None

    def place(self, kind: str) -> "Place":
        """Where every account stands among the plans of a kind."""
        if kind == "strategy":
            return Place(self.current, self.entered_on)
        if self.campaign is None or self.campaign_since is None:
            return Place(np.full(len(self.episode), -1, np.int16), np.zeros(len(self.episode), np.int32))
        return Place(self.campaign, self.campaign_since)


@dataclass(frozen=True)
class Place:
    """The plan of one kind each account stands in, -1 for none, and the day it entered it."""

    current: NDArray[np.int16]
    entered_on: NDArray[np.int32]


@dataclass(frozen=True)
class Entry:
    """Accounts that enter a plan today; ``superseded`` marks those taken from another plan of its kind."""

    plan: int
    accounts: Rows
    superseded: NDArray[np.bool_]


def entries(
    plans: Sequence[Plan], facts: Facts, standing: Standing, entering: Sequence[int] | None = None
) -> list[Entry]:
    """Who enters which plan today, each account at most one strategy and one campaign (03, points 1 and 9).

    Higher priority first; equal priorities in the order of ``plans``. An account that meets the exit of
    a plan, or is in a stop state, does not enter it; one that entered a plan today is not taken over,
    nor is one from an older version of the same strategy; one that left a plan today enters one of its
    kind tomorrow. A campaign takes accounts on its own dates only.
    """
    open_plans = list(range(len(plans)) if entering is None else entering)
    found = []
    for kind in KINDS:
        of_kind = [
            index for index in open_plans if plans[index].kind == kind and _takes(plans[index], facts.day)
        ]
        if of_kind:
            found += _entries_of_kind(plans, of_kind, facts, standing, standing.place(kind))
    return found


def _takes(plan: Plan, day: int) -> bool:
    campaign = plan.strategy.campaign
    return campaign is None or campaign.runs_on(day)


def _entries_of_kind(
    plans: Sequence[Plan], open_plans: Sequence[int], facts: Facts, standing: Standing, place: Place
) -> list[Entry]:
    kind = plans[open_plans[0]].kind
    free = np.ones(facts.book.size, np.bool_)
    for index, left_on in standing.left_on.items():
        if plans[index].kind == kind:
            free &= left_on < facts.day
    found = []
    for index in sorted(open_plans, key=lambda i: -plans[i].segment.priority):
        accounts = np.flatnonzero(free & _may_enter(plans, index, facts.day, standing, place))
        accounts = accounts[plans[index].entry.kernels[0].true(facts, accounts)]
        if len(accounts):
            stopped, exited = leaving(plans[index], facts, accounts)
            accounts = accounts[~(stopped | exited)]
        free[accounts] = False
        free[place.current == index] = False
        found.append(Entry(index, accounts, place.current[accounts] >= 0))
    return found


def _may_enter(
    plans: Sequence[Plan], index: int, day: int, standing: Standing, place: Place
) -> NDArray[np.bool_]:
    outside = place.current < 0
    segment = plans[index].segment
    if segment.takes_over == "lower_priority":
        own = plans[index].key
        lower = np.array([p.segment.priority < segment.priority and p.key != own for p in plans], np.bool_)
        taken = ~outside & (place.entered_on < day)
        outside = outside | (taken & lower[place.current])
    left_on = standing.left_on.get(index)
    if left_on is None:
        return outside
    again = left_on == NEVER_LEFT
    if segment.re_entry.rule == "after_days":
        again |= left_on + segment.re_entry.days <= day
    elif segment.re_entry.rule == "new_episode":
        again |= standing.episode > standing.left_episode[index]
    return np.asarray(outside & again)
