"""Marca: puts or removes a label of the account."""

from typing import ClassVar, Literal

from engine.book import Rows
from engine.strategy.nodes.base import Key, Moving, Node, StepView


class LabelNode(Node):
    """Labels are frozen during an evaluation; the change is seen from the next one on."""

    title_es: ClassVar[str] = "Marca"
    title_en: ClassVar[str] = "Label"
    meaning: ClassVar[str] = "Pone o quita una marca."

    kind: Literal["label"]
    label: Key
    action: Literal["put", "remove"] = "put"

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        treated = rows[~moving.holdout(rows)]
        moving.act(step, treated, "label", {"label": self.label, "action": self.action})
        moving.leave(step, rows, "next")
