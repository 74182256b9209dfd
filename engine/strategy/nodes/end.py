"""Salida: the end of the path, with the name of its outcome."""

from typing import ClassVar, Literal

from engine.book import Rows
from engine.strategy.nodes.base import Key, Moving, Node, StepView


class EndNode(Node):
    """Ends the enrolment; the account may enter again as its segment says."""

    title_es: ClassVar[str] = "Salida"
    title_en: ClassVar[str] = "End"
    meaning: ClassVar[str] = "Termina el camino con un resultado."

    kind: Literal["end"]
    outcome: Key

    def ports(self) -> tuple[str, ...]:
        return ()

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.end(rows, self.outcome)
