"""What the paper of a strategy says, whatever it is printed as."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.strategy.layers import Drawing
from engine.strategy.telling import ToldStep, ToldStrategy


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one template; ``neutral`` are said to addresses that are not verified."""

    key: str
    name: str
    channel: str
    state: str
    subject: str
    body: str
    neutral: str = ""


@dataclass(frozen=True, slots=True)
class LawNote:
    """A rule of a contact-law pack that binds the strategy."""

    pack: str
    law: str
    article: str
    said: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One version and the two persons behind it; dates are of the portfolio's place."""

    version: int
    on: date
    asked_by: str
    approved_by: str
    content_hash: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StrategySheet:
    """One strategy, version or draft, as it is printed."""

    creditor: str
    portfolio: str
    country: str
    key: str
    name: str
    state: str
    on: date
    content_hash: str
    told: ToldStrategy
    drawing: Drawing
    texts: Sequence[Text] = ()
    law: Sequence[LawNote] = ()
    open_questions: Sequence[str] = ()
    warnings: Sequence[str] = ()
    signatures: Sequence[Signature] = ()
    about: Sequence[tuple[str, str]] = field(default=())

    @property
    def steps(self) -> dict[int, ToldStep]:
        """The steps by their number."""
        return {step.number: step for step in self.told.steps}


COUNSEL = (
    "Los artículos son los del paquete de ley con que se revisó la estrategia, en su lectura más estricta. "
    "No son asesoría legal: el abogado del cliente aprueba el paquete antes de usarlo."
)


def ways_of(step: ToldStep) -> list[tuple[str, list[str], int | None]]:
    """The ways out by where they lead: label, the conditions of decisions, number of the step.

    Ways without a condition that lead to one step are one line.
    """
    lines: list[tuple[str, list[str], int | None]] = []
    for way in step.ways:
        same = next((line for line in lines if not way.when and not line[1] and line[2] == way.target), None)
        if same is None:
            lines.append((way.label, [way.when] if way.when else [], way.target))
        else:
            lines[lines.index(same)] = (f"{same[0]}, {way.label}", [], way.target)
    return lines


def readable_text(source: str) -> str:
    """The words of a template with its variables in brackets, conditions of the template language left out.

    >>> readable_text("Hola {{ nombre | nombre_propio }}: {% if x %}debe {{ saldo }}{% endif %}")
    'Hola [nombre]: debe [saldo]'
    """
    without = re.sub(r"\{%.*?%\}", "", source, flags=re.DOTALL)
    return re.sub(r"\{\{\s*([\w.]+).*?\}\}", r"[\1]", without, flags=re.DOTALL).strip()
