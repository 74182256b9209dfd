"""What a fault run did and found, as figures of its test's report; `make chaos` puts them on paper."""

from dataclasses import dataclass, field

import pytest

from tests.chaos.criteria import CRITERIA


@dataclass
class Figures:
    """The figures of one test; nothing is told that was not counted.

    ``kills``, ``messages``, ``twice``, ``lost`` and ``unknown`` add up over several worlds, ``settled_s``
    keeps the longest.
    """

    node: pytest.Item
    told: dict[str, float] = field(default_factory=dict)

    def add(self, **counts: int) -> None:
        """Count something more."""
        for name, count in counts.items():
            self.told[name] = self.told.get(name, 0) + count

    def settled(self, seconds: float) -> None:
        """It took so long from the last fault until nothing was open any more."""
        self.told["settled_s"] = max(self.told.get("settled_s", 0.0), round(seconds, 2))

    def report(self) -> None:
        """Hand them to the test's report."""
        self.node.user_properties.extend(self.told.items())


def tell_criteria(items: list[pytest.Item]) -> None:
    """The criteria tests are marked with, told in their reports too; an unknown number is a ``KeyError``."""
    for item in items:
        numbers = [number for mark in item.iter_markers("criterion") for number in mark.args]
        item.user_properties.extend((f"criterion {number}", CRITERIA[number]) for number in numbers)
