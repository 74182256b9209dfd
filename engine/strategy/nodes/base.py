"""What every node kind offers: its words on the palette, its ports, its own checks and its move.

A node is data (a frozen Pydantic model) and behaviour over columns: ``arrive`` receives the index
list of the enrolments that reach it in one evaluation and makes each leave by a port or park.
:class:`Moving` is what :mod:`engine.advance` lends a node for that.
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from engine.book import Facts, Rows
from engine.calendars import Shift
from engine.conditions import Condition, Kernel
from engine.findings import Finding
from engine.vocabulary import Channel, EnrolmentState, Purpose, Relation, Trigger

NodeId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]

Mask = NDArray[np.bool_]


class Strict(BaseModel):
    """Unknown keys are refused, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StepView(Protocol):
    """What a node sees of its own compiled step."""

    @property
    def index(self) -> int: ...
    @property
    def kernels(self) -> tuple[Kernel, ...]: ...


class Moving(Protocol):
    """What :mod:`engine.advance` lends a node while enrolments move; rows index the enrolments."""

    day: int
    at: int
    trigger: Trigger
    facts: Facts

    def accounts(self, rows: Rows) -> Rows:
        """Book rows of the enrolments."""
        ...

    def leave(self, step: StepView, rows: Rows, port: str) -> None:
        """Send rows out by a port, to be moved on in this evaluation."""
        ...

    def park(
        self, step: StepView, rows: Rows, state: EnrolmentState, due_on: NDArray[np.int32] | int
    ) -> None:
        """Let rows stand at this step until ``due_on`` (day numbers)."""
        ...

    def end(self, rows: Rows, outcome: str) -> None:
        """End the enrolments."""
        ...

    def holdout(self, rows: Rows) -> Mask:
        """Which rows belong to the long-running control group."""
        ...

    def arms(self, rows: Rows, experiment: str, weights: tuple[int, ...]) -> NDArray[np.int16]:
        """The arm of each row's person."""
        ...

    def occurred(self, rows: Rows, event: str) -> Mask:
        """Which rows have an event of this kind that counts (03, point 6)."""
        ...

    def happened_at(self, rows: Rows, event: str) -> NDArray[np.int64]:
        """When the latest event of this kind happened (UTC epoch microseconds), 0 for never."""
        ...

    def due_on(self, rows: Rows) -> NDArray[np.int32]:
        """Until when the rows stand where they are."""
        ...

    def set_timer(self, step: StepView, rows: Rows, hours: int) -> None:
        """Wake the rows so many hours from this instant, between two daily runs."""
        ...

    def consume(self, rows: Rows, event: str) -> None:
        """From now on only later events count for the rows: this one has released their wait."""
        ...

    def is_deferred(self, rows: Rows) -> Mask:
        """Which rows wait for a day on which their message may be sent."""
        ...

    def arrived_on(self, rows: Rows) -> NDArray[np.int32]:
        """The business date on which the rows came to where they stand."""
        ...

    def business_days_after(self, rows: Rows, days: int) -> NDArray[np.int32]:
        """The day ``days`` business days of the debtor's place after today."""
        ...

    def next_payday(self, rows: Rows, offset: int, shift: Shift) -> NDArray[np.int32]:
        """The person's next payday, today included; unknown calendars wait for none."""
        ...

    def next_lawful_day(self, rows: Rows, channel: Channel) -> NDArray[np.int32]:
        """The next date on which the person has a window for the channel, today included."""
        ...

    def want(self, step: StepView, rows: Rows, wish: "Wish") -> None:
        """Ask the contact policy for a message; the rows defer, leave by ``blocked`` or stand as sending."""
        ...

    def act(self, step: StepView, rows: Rows, kind: str, details: dict[str, object]) -> None:
        """Record an effect other than a message: a task, offer, label or core action."""
        ...

    def admit(self, step: StepView, rows: Rows, per_day: int | None) -> Mask:
        """Which rows fit in what the step may still do today, the highest amounts first."""
        ...

    def postpone(self, step: StepView, rows: Rows) -> None:
        """Let rows without room wait for tomorrow, with that reason."""
        ...

    def drop(self, step: StepView, rows: Rows, port: str) -> None:
        """Send rows without room on by a port, with that reason."""
        ...

    def hand_over(self, step: StepView, rows: Rows, strategy: str) -> None:
        """Give the accounts to another strategy today."""
        ...


class Variant(Strict):
    """One template of a message and its weight in the A/B test, in percent."""

    template: Key
    weight: int = Field(default=100, ge=0, le=100)


class Wish(Strict):
    """A message a node wants for each of its rows."""

    channel: Channel
    purpose: Purpose
    to: Relation
    variants: tuple[Variant, ...]
    experiment: str
    priority: int
    send_at: str
    defer_days: int
    max_messages: int | None = None
    max_money: int | None = None


class Node(Strict):
    """Base of all node kinds."""

    title_es: ClassVar[str]
    title_en: ClassVar[str]
    meaning: ClassVar[str]

    id: NodeId
    name: str = ""

    def ports(self) -> tuple[str, ...]:
        """Names of the ways out, in order."""
        return ("next",)

    def conditions(self) -> tuple[Condition, ...]:
        """Conditions the compiler turns into kernels, in order."""
        return ()

    def templates(self) -> tuple[str, ...]:
        """Keys of the message templates the node uses."""
        return ()

    def facts(self) -> tuple[str, ...]:
        """Facts the node reads besides those of its conditions."""
        return ()

    def cuts_cycle(self) -> bool:
        """Whether a cycle through this node is legal: only a wait of at least one day by count."""
        return False

    def check(self) -> Iterable[Finding]:
        """Findings that need nothing but the node itself."""
        return ()

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        """Move the rows that reach this node in an evaluation."""
        raise NotImplementedError

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        """Move the parked rows whose ``due_on`` has come."""
        moving.leave(step, rows, self.ports()[0])

    def wake(self, step: StepView, moving: Moving, rows: Rows) -> Rows:
        """Release parked rows whose event has come before the term; returns the rows still parked."""
        return rows


class MessageNode(Node):
    """A node that wants a message and is passed when a provider has accepted it."""

    refused_port: ClassVar[str] = "blocked"

    def wish(self) -> Wish:
        """What the node asks of the contact policy and the arbitration."""
        raise NotImplementedError

    def fallback_hours(self) -> int | None:
        """After how many hours the message's fate is looked at for a fallback; ``None``: never."""
        return None

    def accepted(self, step: StepView, moving: Moving, rows: Rows) -> None:
        """Move the rows whose message was accepted (or is unknown)."""
        moving.leave(step, rows, "next")

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.want(step, rows, self.wish())

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.want(step, rows, self.wish())
