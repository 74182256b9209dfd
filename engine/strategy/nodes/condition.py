"""Decisión: ordered, labelled branches over facts; the first that is true is taken, else ``else``."""

from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.conditions import Condition
from engine.strategy.nodes.base import Key, Moving, Node, StepView, Strict


class Branch(Strict):
    """One way out and when it is taken; an unknown fact does not satisfy it."""

    port: Key
    label: str = ""
    when: Condition


class ConditionNode(Node):
    """Branches are tried in order; what is unknown is not true ("sin dato no cumple")."""

    title_es: ClassVar[str] = "Decisión"
    title_en: ClassVar[str] = "Condition"
    meaning: ClassVar[str] = "Separa el camino según los datos y lo ocurrido."

    kind: Literal["condition"]
    branches: tuple[Branch, ...] = Field(min_length=1, max_length=20, strict=False, fail_fast=True)

    def ports(self) -> tuple[str, ...]:
        return (*(branch.port for branch in self.branches), "else")

    def conditions(self) -> tuple[Condition, ...]:
        return tuple(branch.when for branch in self.branches)

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        for branch, kernel in zip(self.branches, step.kernels, strict=True):
            if not len(rows):
                return
            taken = kernel.true(moving.facts, moving.accounts(rows))
            moving.leave(step, rows[taken], branch.port)
            rows = rows[~taken]
        moving.leave(step, rows, "else")
