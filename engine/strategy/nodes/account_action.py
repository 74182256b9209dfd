"""Acción en core: asks the system of record to do something and waits for its answer."""

from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.strategy.nodes.base import Moving, Node, StepView
from engine.vocabulary import EnrolmentState


class AccountActionNode(Node):
    """One request to the core per visit; its answer is the port."""

    title_es: ClassVar[str] = "Acción en core"
    title_en: ClassVar[str] = "Core action"
    meaning: ClassVar[str] = "Pide al core bloquear, suspender o marcar."

    kind: Literal["account_action"]
    action: Literal["block_line", "suspend", "reconnect", "stop_orders", "bureau_mark"]
    answer_days: int = Field(default=2, ge=1, le=30)

    def ports(self) -> tuple[str, ...]:
        return ("done", "refused", "timeout")

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.act(step, rows, "core_action", {"action": self.action})
        moving.park(step, rows, EnrolmentState.WAITING, moving.day + self.answer_days)

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.leave(step, rows, "timeout")
