"""Derivación: hands the account to people, an agency, legal or another system, with a term."""

from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.strategy.nodes.base import Key, Moving, Node, StepView, Strict
from engine.vocabulary import EnrolmentState

OVERFLOW = "overflow"
"""The way out of accounts a full queue sends to a cheaper channel."""


class Queue(Strict):
    """Where the task goes and how many a day that place can take.

    The rest waits for tomorrow, passes it by (``drop``), or goes by the port ``overflow`` to a message
    over a cheaper channel.
    """

    name: Key
    skill: str = ""
    per_day: int | None = Field(default=None, ge=0)
    overflow: Literal["tomorrow", "cheaper_channel", "drop"] = "tomorrow"


class EscalateNode(Node):
    """Makes a task; holds until a result code or the SLA, or goes on at once."""

    title_es: ClassVar[str] = "Derivación"
    title_en: ClassVar[str] = "Escalation"
    meaning: ClassVar[str] = "Pasa el caso a una persona, despacho o sistema."

    kind: Literal["escalate"]
    target: Literal["agent", "dialer", "agency", "legal", "webhook"]
    queue: Queue
    priority: int = Field(default=100, ge=0, le=1000)
    sla_days: int = Field(default=2, ge=1, le=60)
    wait_for_result: bool = True
    results: tuple[Key, ...] = Field(default=(), max_length=20, strict=False, fail_fast=True)

    def ports(self) -> tuple[str, ...]:
        after = ("timeout", *self.results) if self.wait_for_result else ()
        return ("next", *after, *((OVERFLOW,) if self.queue.overflow == "cheaper_channel" else ()))

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        control = moving.holdout(rows)
        moving.leave(step, rows[control], "next")
        rows = rows[~control]
        fits = moving.admit(step, rows, self.queue.per_day)
        if self.queue.overflow == "tomorrow":
            moving.postpone(step, rows[~fits])
        else:
            moving.drop(step, rows[~fits], "next" if self.queue.overflow == "drop" else OVERFLOW)
        rows = rows[fits]
        moving.act(
            step,
            rows,
            "task",
            {
                "target": self.target,
                "queue": self.queue.name,
                "skill": self.queue.skill,
                "sla_days": self.sla_days,
            },
        )
        if self.wait_for_result:
            moving.park(step, rows, EnrolmentState.WAITING, moving.day + self.sla_days)
        else:
            moving.leave(step, rows, "next")

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        without_room = moving.is_deferred(rows)
        self.arrive(step, moving, rows[without_room])
        moving.leave(step, rows[~without_room], "timeout")
