"""Oferta de pago: a discount, extension, plan or restructuring with a deadline, within authority."""

from typing import ClassVar, Literal

from pydantic import Field

from engine.book import Rows
from engine.strategy.nodes.base import Moving, Node, StepView
from engine.vocabulary import EnrolmentState


class OfferNode(Node):
    """Opens an offer and waits for the answer or its deadline."""

    title_es: ClassVar[str] = "Oferta de pago"
    title_en: ClassVar[str] = "Payment offer"
    meaning: ClassVar[str] = "Propone descuento, prórroga o convenio con fecha límite."

    kind: Literal["offer"]
    offer: Literal["discount", "extension", "plan", "restructuring"]
    discount_percent: int = Field(default=0, ge=0, le=100)
    instalments: int = Field(default=1, ge=1, le=60)
    valid_days: int = Field(ge=1, le=90)

    def ports(self) -> tuple[str, ...]:
        return ("accepted", "expired", "refused")

    def arrive(self, step: StepView, moving: Moving, rows: Rows) -> None:
        control = moving.holdout(rows)
        moving.leave(step, rows[control], "expired")
        rows = rows[~control]
        details: dict[str, object] = {
            "offer": self.offer,
            "discount_percent": self.discount_percent,
            "instalments": self.instalments,
            "valid_days": self.valid_days,
        }
        moving.act(step, rows, "offer", details)
        moving.park(step, rows, EnrolmentState.WAITING, moving.day + self.valid_days)

    def due(self, step: StepView, moving: Moving, rows: Rows) -> None:
        moving.leave(step, rows, "expired")
