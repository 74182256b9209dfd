"""The closed language of conditions: parse, type-check against the catalogue, compile to one NumPy kernel
(codes, lookup tables, known/true mask pairs), say it as a sentence in Spanish or English."""

from engine.conditions.check import check
from engine.conditions.kernel import Kernel, compile_condition
from engine.conditions.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Leaf,
    Not,
    Presence,
    leaves,
    parse,
    plain,
)
from engine.conditions.operators import OPERATORS, Shape
from engine.conditions.reasoning import can_be_true, implies, is_always_true, is_covered, may_both_be_true
from engine.conditions.sentence import sentence

__all__ = [
    "OPERATORS",
    "AllOf",
    "AnyOf",
    "Comparison",
    "Condition",
    "Kernel",
    "Leaf",
    "Not",
    "Presence",
    "Shape",
    "can_be_true",
    "check",
    "compile_condition",
    "implies",
    "is_always_true",
    "is_covered",
    "leaves",
    "may_both_be_true",
    "parse",
    "plain",
    "sentence",
]
