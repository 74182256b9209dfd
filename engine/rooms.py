"""The part of the day's capacities that one evaluation may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Key = tuple[str, int, str]
"""A capacity: key of the strategy, code of the node (-1: the strategy as a whole), and the unit it is in."""


@dataclass(frozen=True)
class Rooms:
    """A shard of the daily run has its part of each capacity, an evaluation beside it what the reserve holds.

    ``reserve`` is the part (0..1) of every capacity kept for evaluations beside the daily run. ``start``
    to ``end`` (0..1) is the shard's part of the rest: the parts of all shards together are exactly the
    whole. ``used`` is what such evaluations have used of the reserve so far on this date; ``None`` in the
    daily run itself. ``budgets`` are what campaigns, by key, may still spend from this date on, in minor
    units of the reporting currency.

    >>> halves = [Rooms(start=0.0, end=0.5, reserve=0.05), Rooms(start=0.5, end=1.0, reserve=0.05)]
    >>> [half.of(101, ("mora", 3, "tasks")) for half in halves]
    [48, 48]
    >>> Rooms(reserve=0.05, used={("mora", 3, "tasks"): 2}).of(101, ("mora", 3, "tasks"))
    3
    """

    start: float = 0.0
    end: float = 1.0
    reserve: float = 0.0
    used: Mapping[Key, int] | None = None
    budgets: Mapping[str, int] = field(default_factory=dict)

    def of(self, limit: int, key: Key) -> int:
        """What may still be used here of a day's ``limit``; nothing below zero."""
        kept_back = int(limit * self.reserve)
        if self.used is not None:
            return max(kept_back - self.used.get(key, 0), 0)
        rest = limit - kept_back
        return max(int(rest * self.end) - int(rest * self.start), 0)
