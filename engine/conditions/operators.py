"""Which operators each type of fact has, and what kind of value each operator takes.

The canvas builds its menus from :data:`OPERATORS`; the check, the kernel and the sentences obey it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from engine.facts import FactType


class Shape(StrEnum):
    """The kind of value an operator compares with."""

    INTEGER = "integer"
    BOUNDS = "bounds"
    DATE = "date"
    DAYS = "days"
    WORD = "word"
    WORDS = "words"
    TRUTH = "truth"


MOST_DAYS = 36_500
"""The most days a ``within_days`` or ``days_ago`` may look ahead or back: a century."""

_NUMBERS = MappingProxyType(
    {
        "=": Shape.INTEGER,
        "!=": Shape.INTEGER,
        "<": Shape.INTEGER,
        "<=": Shape.INTEGER,
        ">": Shape.INTEGER,
        ">=": Shape.INTEGER,
        "between": Shape.BOUNDS,
    }
)

OPERATORS: Mapping[FactType, Mapping[str, Shape]] = MappingProxyType(
    {
        FactType.NUMBER: _NUMBERS,
        FactType.MONEY: _NUMBERS,
        FactType.DATE: MappingProxyType(
            {
                "=": Shape.DATE,
                "before": Shape.DATE,
                "after": Shape.DATE,
                "within_days": Shape.DAYS,
                "days_ago": Shape.DAYS,
            }
        ),
        FactType.ENUM: MappingProxyType(
            {"=": Shape.WORD, "!=": Shape.WORD, "in": Shape.WORDS, "not_in": Shape.WORDS}
        ),
        FactType.SET: MappingProxyType({"has": Shape.WORD, "has_any": Shape.WORDS, "has_not": Shape.WORD}),
        FactType.BOOLEAN: MappingProxyType({"is": Shape.TRUTH}),
    }
)
"""Operators of each type of fact. Every fact has ``is_unknown`` and ``is_known`` besides."""
