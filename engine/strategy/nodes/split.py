"""Campeón/retador: an experiment between paths; a person always takes the same arm."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.findings import Finding
from engine.strategy.nodes.base import Key, Moving, Node, StepView, Strict


class Arm(Strict):
    """One path of the experiment and its weight in percent; the first arm is the champion."""

    port: Key
    weight: int = Field(ge=0, le=100)


class SplitNode(Node):
    """Sends each person to an arm by the experiment key; the holdout walks the champion path."""

    title_es: ClassVar[str] = "Campeón/retador"
    title_en: ClassVar[str] = "Champion/challenger"
    meaning: ClassVar[str] = "Compara dos o más caminos con dinero."

    kind: Literal["split"]
    experiment: Key
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=8, strict=False, fail_fast=True)

    def ports(self) -> tuple[str, ...]:
        return tuple(arm.port for arm in self.arms)

    def check(self) -> Iterable[Finding]:
        if sum(arm.weight for arm in self.arms) != 100:
            yield Finding(
                "split.weights",
                self.id,
                "Los pesos de los brazos deben sumar 100.",
                "The weights of the arms must add up to 100.",
                "arms.weight",
            )

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        arm = moving.arms(rows, self.experiment, tuple(arm.weight for arm in self.arms))
        arm[moving.holdout(rows)] = 0
        for index, choice in enumerate(self.arms):
            moving.leave(step, rows[arm == index], choice.port)
