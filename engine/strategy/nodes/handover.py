"""Traspaso: gives the account to another strategy the same day."""

from typing import ClassVar, Literal

from engine.book import Rows
from engine.strategy.nodes.base import Key, Moving, Node, StepView


class HandoverNode(Node):
    """The other strategy's segment is not asked: the path decided."""

    title_es: ClassVar[str] = "Traspaso"
    title_en: ClassVar[str] = "Handover"
    meaning: ClassVar[str] = "Entrega la cuenta a otra estrategia hoy mismo."

    kind: Literal["handover"]
    strategy: Key

    def ports(self) -> tuple[str, ...]:
        return ()

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.hand_over(step, rows, self.strategy)

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        self.arrive(step, moving, rows)
