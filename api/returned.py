"""What came back since the last evaluation, as the engine reads it: fates, failed messages, terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import numpy as np

from engine.book import Rows
from engine.enrolments import Enrolments
from engine.vocabulary import EnrolmentState
from storage.standing import OpenEnrolments, Published


@dataclass(frozen=True)
class Settled:
    """What became of the message an enrolment waits for, and when (epoch microseconds).

    ``fate`` is ``accepted``, ``unknown``, ``lifted`` (a reason that can lift) or ``failed``.
    """

    fate: str
    at: int


@dataclass(frozen=True)
class Returned:
    """What an evaluation is about: fates by enrolment, messages whose fallback may run, terms that ended.

    ``expired`` maps an enrolment to the place it waits at: node code and visit.
    """

    deliveries: Mapping[int, Settled] = field(default_factory=dict)
    calls: Sequence[UUID] = ()
    expired: Mapping[int, tuple[int, int]] = field(default_factory=dict)


NOTHING = Returned()


def deliver(
    opened: Sequence[OpenEnrolments], deliveries: Mapping[int, Settled]
) -> tuple[dict[int, dict[str, Rows]], list[Enrolments]]:
    """Rows by fate and plan, and the enrolments with the instant their message was accepted at."""
    by_fate: dict[int, dict[str, Rows]] = {}
    enrolments = []
    nothing = Settled("", 0)
    for index, each in enumerate(opened if deliveries else ()):
        settled = [deliveries.get(int(key), nothing) for key in each.id]
        fates = np.array([one.fate for one in settled])
        by_fate[index] = {fate: np.flatnonzero(fates == fate) for fate in set(fates.tolist()) - {""}}
        accepted = np.array([one.at for one in settled], np.int64)
        enrolments.append(replace(each.enrolments, events={**each.enrolments.events, "accepted": accepted}))
    return by_fate, enrolments or [each.enrolments for each in opened]


def expire(
    published: Sequence[Published],
    opened: Sequence[OpenEnrolments],
    expired: Mapping[int, tuple[int, int]],
) -> dict[int, Rows]:
    """Rows by plan that still wait where their timer was set; the others have gone on by themselves."""
    found: dict[int, Rows] = {}
    if not expired:
        return found
    for index, (version, each) in enumerate(zip(published, opened, strict=True)):
        after, steps = each.enrolments, version.plan.steps
        rows = [
            row
            for row, key in enumerate(each.id.tolist())
            if key in expired
            and after.state[row] == EnrolmentState.WAITING
            and (steps[after.step[row]].code, int(after.visit[row])) == expired[key]
        ]
        if rows:
            found[index] = np.array(rows, np.int64)
    return found
