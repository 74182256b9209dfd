"""From which date on: the rules of time each push a wanted contact on until all of them leave a date open.

Rows wanted on the same local date are judged together, so the work is a few passes over columns per
distinct date: a Sunday's million rows are all looked at again for Monday, once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contact_policy.binding import BoundRule
from engine.contact_policy.counters import Counters, Rows
from engine.contact_policy.windows import HORIZON, NEVER, WindowTable
from engine.days import day_of


@dataclass(frozen=True)
class Found:
    """For each row the date that is open to it (-1: none within the horizon), the rule that pushes it
    farthest from the wanted date (-1: none does), and the window of the wanted date if it is open."""

    day: NDArray[np.int32]
    rule: NDArray[np.int16]
    opens_at: NDArray[np.int64]
    closes_at: NDArray[np.int64]


class CountingRules:
    """The rules that count contacts; which of them bind somewhere on a date is found once."""

    def __init__(self, rules: Sequence[BoundRule]) -> None:
        self._rules = rules
        self._binding: dict[tuple[int, bytes], list[BoundRule]] = {}

    def binding(self, day: int, cells: Rows) -> list[BoundRule]:
        """The rules in force on a date that bind in at least one of some cells."""
        asked = (day, cells.tobytes())
        if asked not in self._binding:
            local = day_of(day)
            self._binding[asked] = [
                bound for bound in self._rules if bound.rule.in_force_on(local) and bound.cells[cells].any()
            ]
        return self._binding[asked]


@dataclass(frozen=True)
class DateSearch:
    """The rules of time over one column of cells; ``earliest`` is the UTC second nothing may precede.

    ``touched`` marks the rows with a contact in the history, the only ones a count can push.
    """

    windows: WindowTable
    counting: "CountingRules"
    counters: Counters
    cell: NDArray[np.intp]
    earliest: int | None
    touched: NDArray[np.bool_]

    def run(self, rows: Rows, wanted: NDArray[np.int32]) -> Found:
        """Search for ``rows`` from their wanted local dates on; other rows keep what they wanted."""
        size = len(wanted)
        found = Found(
            day=wanted.copy(),
            rule=np.full(size, NEVER, np.int16),
            opens_at=np.full(size, NEVER, np.int64),
            closes_at=np.full(size, NEVER, np.int64),
        )
        while len(rows):
            moved = [self._try(day, mine, wanted, found) for day, mine in _by_day(found.day, rows)]
            rows = np.concatenate(moved)
            lost = rows[found.day[rows] > wanted[rows] + HORIZON]
            found.day[lost] = NEVER
            rows = rows[found.day[rows] != NEVER]
        return found

    def _try(self, day: int, rows: Rows, wanted: NDArray[np.int32], found: Found) -> Rows:
        """Settle the rows to which a date is open; move the others on and return them."""
        cell = self.cell[rows]
        present = np.flatnonzero(np.bincount(cell))
        table = self.windows.on(day, present, self.earliest)
        if table.shut.any():
            shut = table.shut[cell]
            later = np.where(shut, table.next_day[cell], np.int32(day))
            rule = np.where(shut, table.rule[cell], np.int16(NEVER))
        else:
            later, rule = np.full(len(rows), day, np.int32), np.full(len(rows), NEVER, np.int16)
        touched = np.flatnonzero(self.touched[rows] & (later != NEVER))
        for bound in self.counting.binding(day, present):
            among = np.arange(len(rows)) if getattr(bound.rule, "max", 1) == 0 else touched
            self._push(bound, day, rows, among, cell, later, rule)
        moved = later != day
        first = wanted[rows] == day
        if first.any():
            found.rule[rows[first]] = rule[first]
            open_now = np.flatnonzero(first & ~moved)
            settled, open_cell = rows[open_now], cell[open_now]
            found.opens_at[settled] = table.opens_at[open_cell]
            found.closes_at[settled] = table.closes_at[open_cell]
        moving = np.flatnonzero(moved)
        found.day[rows[moving]] = later[moving]
        return np.asarray(rows[moving], np.intp)

    def _push(
        self,
        bound: BoundRule,
        day: int,
        rows: Rows,
        among: Rows,
        cell: NDArray[np.intp],
        later: NDArray[np.int32],
        rule: NDArray[np.int16],
    ) -> None:
        """Let one counting rule push on the rows it binds of those ``among``, in ``later`` and ``rule``."""
        binding = among[bound.cells[cell[among]] & (later[among] != NEVER)]
        if not len(binding):
            return
        again = self.counters.earliest(bound, day, rows[binding])
        pushes = again > later[binding]
        later[binding[pushes]] = again[pushes]
        rule[binding[pushes]] = bound.index


def _by_day(day: NDArray[np.int32], rows: Rows) -> Iterator[tuple[int, Rows]]:
    """Rows grouped by their date, few dates expected."""
    dates = day[rows]
    first = int(dates.min())
    if first == int(dates.max()):
        yield first, rows
        return
    for offset in np.flatnonzero(np.bincount(dates - first)).tolist():
        yield first + offset, rows[dates == first + offset]
