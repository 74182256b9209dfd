"""Where accounts stand in one strategy: enrolments as columns beside the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.book import Rows
from engine.vocabulary import EnrolmentState


@dataclass(frozen=True)
class Enrolments:
    """``n`` enrolments of one plan.

    ``account`` is the row of the book; ``step`` the index of the plan's step they stand at; ``state``
    an ``EnrolmentState`` code; ``due_on`` (of one that ended: the term of the wait it ended in),
    ``arrived_on``, ``entered_on`` day numbers; ``anchor_at``
    UTC epoch microseconds from which events count (03, point 6); ``deferrals`` lawful days already
    deferred; ``reason`` is 0 or an index the caller gave. ``signals`` names rows whose parking place
    was answered from outside (result code, proof): port -> rows. ``events`` holds the latest instant of
    each kind of event (epoch microseconds, 0 for none); ``accepted`` is that of the message just settled.
    """

    account: Rows
    step: NDArray[np.int16]
    state: NDArray[np.int8]
    visit: NDArray[np.int32]
    due_on: NDArray[np.int32]
    arrived_on: NDArray[np.int32]
    entered_on: NDArray[np.int32]
    anchor_at: NDArray[np.int64]
    holdout: NDArray[np.bool_]
    deferrals: NDArray[np.int16]
    signals: Mapping[str, Rows] = field(default_factory=dict)
    events: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.account)

    def copy(self) -> "Enrolments":
        """The same enrolments in columns of their own, to be moved in place."""
        return replace(
            self,
            **{
                name: getattr(self, name).copy()
                for name in (
                    "step",
                    "state",
                    "visit",
                    "due_on",
                    "arrived_on",
                    "anchor_at",
                    "deferrals",
                )
            },
        )


def enter(accounts: Rows, step: int, day: int, at: int, holdout: NDArray[np.bool_]) -> Enrolments:
    """New enrolments that stand, moving, at the entry step; ``at`` is UTC epoch microseconds.

    >>> new = enter(np.array([4, 7]), 0, 20770, 0, np.zeros(2, np.bool_))
    >>> new.state.tolist(), new.visit.tolist()
    ([0, 0], [1, 1])
    """
    size = len(accounts)
    today = np.full(size, day, np.int32)
    return Enrolments(
        account=accounts,
        step=np.full(size, step, np.int16),
        state=np.full(size, EnrolmentState.MOVING, np.int8),
        visit=np.ones(size, np.int32),
        due_on=today.copy(),
        arrived_on=today.copy(),
        entered_on=today,
        anchor_at=np.full(size, at, np.int64),
        holdout=holdout,
        deferrals=np.zeros(size, np.int16),
    )


def join(parts: Sequence[Enrolments]) -> Enrolments:
    """Enrolments one after another; signals and events are shifted with their rows."""
    starts = np.cumsum([0, *(len(part) for part in parts)])
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Enrolments.__dataclass_fields__
        if name not in ("signals", "events")
    }
    signals: dict[str, Rows] = {}
    for start, part in zip(starts, parts, strict=False):
        for port, rows in part.signals.items():
            signals[port] = np.concatenate([signals.get(port, rows[:0]), rows + start])
    kinds = {kind for part in parts for kind in part.events}
    events = {
        kind: np.concatenate([part.events.get(kind, np.zeros(len(part), np.int64)) for part in parts])
        for kind in kinds
    }
    return Enrolments(**columns, signals=signals, events=events)
