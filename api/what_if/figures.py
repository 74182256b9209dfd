"""The figures of a draft: accounts, money, messages, cost and refusals on every node and edge."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Blocked:
    """Messages a rule of the law (or a reason of the house, then without law) puts off or refuses."""

    rule: str
    law: str
    article: str
    pack: str
    es: str
    en: str
    outcome: str
    accounts: int
    amount: int


@dataclass(frozen=True)
class Capacity:
    """What a node is asked for on the day, and what it can take: «excede capacidad: 1.140 de 480»."""

    asked: int
    room: int

    @property
    def exceeded(self) -> bool:
        """Whether more is asked for than fits."""
        return self.asked > self.room


@dataclass
class NodeFigures:
    """One node on the day: who came by, who stands there afterwards, and what was wanted of people.

    Amounts are minor units of the reporting currency; ``cost`` too, where prices are known.
    """

    arrived: int = 0
    arrived_amount: int = 0
    standing: int = 0
    standing_amount: int = 0
    held: int = 0
    messages: int = 0
    covered: int = 0
    cost: int = 0
    tasks: int = 0
    arbitration: int = 0
    blocked: list[Blocked] = field(default_factory=list)
    capacity: Capacity | None = None


@dataclass
class EdgeFigures:
    """One way out of a node on the day."""

    accounts: int = 0
    amount: int = 0


@dataclass(frozen=True)
class Figures:
    """What a draft would do on ``day`` with the book as it was read ``as_of`` (an instant, ISO)."""

    day: date
    as_of: str
    accounts: int
    in_flight: int
    entrants: int
    left: Mapping[str, int]
    stayed: Mapping[str, int]
    messages: int
    cost: int
    nodes: Mapping[str, NodeFigures]
    edges: Mapping[tuple[str, str], EdgeFigures]
    outcomes: Mapping[str, int]
    others: Mapping[str, int]
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """The same as JSON: edges as a list, dates as text."""
        told = asdict(self) | {"day": self.day.isoformat()}
        for node, figures in self.nodes.items():
            if figures.capacity is not None:
                told["nodes"][node]["capacity"]["exceeded"] = figures.capacity.exceeded
        told["edges"] = [
            {"source": source, "port": port, **asdict(edge)} for (source, port), edge in self.edges.items()
        ]
        return told
