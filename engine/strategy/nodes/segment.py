"""Segmento de entrada: who enters a strategy, with which priority, and whether it may enter again."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.conditions import Condition
from engine.findings import Finding
from engine.strategy.nodes.base import Moving, Node, StepView, Strict


class ReEntry(Strict):
    """When an account that left may enter again."""

    rule: Literal["never", "after_days", "new_episode"] = "new_episode"
    days: int = Field(default=0, ge=0, le=3650)


class SegmentNode(Node):
    """The entry: every account that meets ``when`` is enrolled, the highest priority first."""

    title_es: ClassVar[str] = "Segmento de entrada"
    title_en: ClassVar[str] = "Entry segment"
    meaning: ClassVar[str] = "Quién entra a la estrategia cada día."

    kind: Literal["segment"]
    when: Condition
    priority: int = Field(default=100, ge=0, le=1000)
    takes_over: Literal["none", "lower_priority"] = "lower_priority"
    re_entry: ReEntry = ReEntry()

    def conditions(self) -> tuple[Condition, ...]:
        return (self.when,)

    def check(self) -> Iterable[Finding]:
        if self.re_entry.rule == "after_days" and self.re_entry.days == 0:
            yield Finding(
                "segment.re_entry",
                self.id,
                "El reingreso «después de n días» necesita al menos un día.",
                "Re-entry after n days needs at least one day.",
                "re_entry.days >= 1",
            )

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.leave(step, rows, "next")
