"""Aviso obligatorio: a message the law requires, never tested, with proof and, where set, a legal term."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from engine.book import Rows
from engine.strategy.nodes.base import Key, MessageNode, Moving, StepView, Variant, Wish
from engine.strategy.nodes.channel import ChannelName
from engine.vocabulary import Channel, EnrolmentState, Purpose, Relation

_DAY_US = 86_400_000_000


class NoticeNode(MessageNode):
    """Sent to the holdout too; waits for proof of delivery, then for its legal term (03, point 16)."""

    title_es: ClassVar[str] = "Aviso obligatorio"
    title_en: ClassVar[str] = "Required notice"
    meaning: ClassVar[str] = "Un aviso que la ley exige, con prueba de entrega."
    refused_port: ClassVar[str] = "not_delivered"

    kind: Literal["notice"]
    notice: Literal["arrears", "credit_bureau", "service_cut", "assignment", "formal_demand"]
    channel: ChannelName
    template: Key
    to: Literal["titular", "codeudor", "aval"] = "titular"
    proof_days: int = Field(default=5, ge=1, le=60)
    term_days: int = Field(default=0, ge=0, le=366)
    defer_days: int = Field(default=10, ge=0, le=30)
    priority: int = Field(default=900, ge=0, le=1000)

    def ports(self) -> tuple[str, ...]:
        return ("delivered", "term_passed", "not_delivered")

    def templates(self) -> tuple[str, ...]:
        return (self.template,)

    def wish(self) -> Wish:
        return Wish(
            channel=Channel[self.channel.upper()],
            purpose=Purpose.NOTICE,
            to=Relation[self.to.upper()],
            variants=(Variant(template=self.template),),
            experiment="",
            priority=self.priority,
            send_at="window_start",
            defer_days=self.defer_days,
        )

    def accepted(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.park(step, rows, EnrolmentState.WAITING, moving.day + self.proof_days)

    def wake(self, step: StepView, moving: Moving, rows: Rows) -> Rows:
        proven = self._proven(moving, rows)
        if self.term_days == 0:
            moving.leave(step, rows[proven], "delivered")
            return rows[~proven]
        told = rows[proven]
        until = self._term(moving, told)
        new = moving.due_on(told) != until
        moving.park(step, told[new], EnrolmentState.WAITING, until[new])
        return rows

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        deferred = moving.is_deferred(rows)
        moving.want(step, rows[deferred], self.wish())
        rows = rows[~deferred]
        proven = self._proven(moving, rows)
        moving.leave(step, rows[~proven], "not_delivered")
        moving.leave(step, rows[proven], "term_passed" if self.term_days else "delivered")

    def _proven(self, moving: Moving, rows: Rows) -> NDArray[np.bool_]:
        return moving.occurred(rows, "delivered") | moving.occurred(rows, "read")

    def _term(self, moving: Moving, rows: Rows) -> NDArray[np.int32]:
        """The end of the legal term, from the UTC date of the proof: in the Americas never too early."""
        delivered, read = (moving.happened_at(rows, event) for event in ("delivered", "read"))
        proof = np.where(delivered > 0, delivered, read)
        return (proof // _DAY_US + self.term_days).astype(np.int32)
