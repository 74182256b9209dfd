"""What one evaluation decides in one plan: messages, refusals, effects, passages, deadlines and ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.book import Rows
from engine.enrolments import Enrolments
from engine.plan import Plan, Step
from engine.strategy.nodes.base import Wish
from engine.vocabulary import Outcome, Word

EXITED, STOPPED, SUPERSEDED = "exit", "stopped", "superseded"
"""Outcomes the engine gives itself; all others are named by ``end`` nodes."""

CAMPAIGN_OVER = "campaign_over"
"""The outcome of an enrolment whose campaign has ended."""

DEFERRAL_SPENT, CAPACITY, BUDGET, ARBITRATION = "deferral_spent", "capacity", "budget", "arbitration"
"""Reasons of a refusal that no rule of the law gives; the last: another message has the slot of the day."""


@dataclass(frozen=True)
class Want:
    """Messages one step wants: ``rows`` index the enrolments; the rest is row by row beside them.

    ``leg`` 0 is the step's own message, 1 a fallback: it answers ``calls``, whose winners are ``leaders``
    (rows of engine.fallbacks.Calls). ``visit`` is that of the message, which the enrolment may have left
    behind by then.
    """

    step: Step
    wish: Wish
    rows: Rows
    person_id: NDArray[np.int64]
    variant: NDArray[np.int16]
    send_at: NDArray[np.int64]
    expires_at: NDArray[np.int64]
    visit: NDArray[np.int32]
    leg: int = 0
    calls: Rows | None = None
    leaders: Rows | None = None


@dataclass(frozen=True)
class Refusal:
    """What was put off or refused; ``rule`` indexes the policy's rules, -1 where ``reason`` says why."""

    step: Step
    rows: Rows
    outcome: Outcome
    rule: NDArray[np.int16]
    until_day: NDArray[np.int32]
    reason: str = DEFERRAL_SPENT


@dataclass(frozen=True)
class Effect:
    """A task, offer, label or core action for ``rows``."""

    step: Step
    rows: Rows
    kind: str
    details: Mapping[str, object]
    visit: NDArray[np.int32]


class DeadlineKind(Word):
    """What an instant is waited for: the end of a wait in hours, or the fate of a message."""

    WAIT = 1
    FALLBACK = 2


@dataclass(frozen=True)
class Deadline:
    """``rows`` are to be looked at again at ``due_at`` (UTC epoch microseconds), between two daily runs."""

    step: Step
    rows: Rows
    kind: DeadlineKind
    due_at: NDArray[np.int64]
    visit: NDArray[np.int32]


@dataclass(frozen=True)
class Passage:
    """``rows`` left ``step`` by ``port`` in this evaluation."""

    step: Step
    port: str
    rows: Rows


@dataclass
class Advance:
    """What one evaluation decided. ``after`` are the enrolments as they stand now.

    ``outcome`` maps the name of an outcome to the rows that ended with it; ``handovers`` the key of a
    strategy to the rows given to it; ``moved`` marks the rows whose state changed, ``held`` and
    ``paused`` those that stood still because of a hold or because their strategy is paused.
    """

    plan: Plan
    after: Enrolments
    moved: NDArray[np.bool_]
    held: NDArray[np.bool_]
    paused: NDArray[np.bool_]
    wants: list[Want] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    outcomes: dict[str, list[Rows]] = field(default_factory=dict)
    handovers: dict[str, list[Rows]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What was decided in one plan: rows ``0..known-1`` of ``advance.after`` were open before."""

    plan: int
    advance: Advance
    known: int
