"""What is wrong with the form of a condition, and where each comparison stands in it.

A place is the path of keys and indexes, as in ``exit_when/all/0/value``.
"""

from collections.abc import Iterator
from contextlib import suppress

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.conditions.model import (
    MOST_DEPTH,
    MOST_ITEMS,
    MOST_LEAVES,
    MOST_LETTERS,
    TAGS,
    AllOf,
    Comparison,
    Condition,
    Leaf,
    Not,
    Presence,
    parse,
)
from engine.findings import Finding

_STRUCTURE: dict[str, tuple[str, str, str]] = {
    "condition_shape": (
        "shape",
        "una condición lleva la clave all, any o not, o las claves fact y op",
        "a condition has the key all, any or not, or the keys fact and op",
    ),
    "condition_empty": (
        "empty",
        "all y any necesitan al menos una parte",
        "all and any need at least one part",
    ),
    "condition_value": (
        "value_type",
        "un valor es un número entero, una palabra, true o false, o una lista de enteros o de palabras",
        "a value is a whole number, a word, true or false, or a list of whole numbers or of words",
    ),
    "condition_range": ("value_type", "un número debe caber en 64 bits", "a number must fit in 64 bits"),
    "condition_size": (
        "value_type",
        f"una lista admite {MOST_ITEMS} valores y una palabra {MOST_LETTERS} letras",
        f"a list may have {MOST_ITEMS} values and a word {MOST_LETTERS} letters",
    ),
    "condition_depth": (
        "depth",
        f"una condición admite {MOST_DEPTH} niveles",
        f"a condition may be nested {MOST_DEPTH} deep",
    ),
    "condition_leaves": (
        "leaves",
        f"una condición admite {MOST_LEAVES} comparaciones",
        f"a condition may have {MOST_LEAVES} comparisons",
    ),
    "missing": ("missing", "falta la clave", "the key is missing"),
    "extra_forbidden": ("unknown_key", "la clave no existe aquí", "the key does not exist here"),
    "literal_error": ("operator", "el operador no existe", "the operator does not exist"),
}
"""Finding code and sentences for each of Pydantic's error types a condition can raise."""

_TOO_LARGE = frozenset({"condition_depth", "condition_leaves"})


def structural_findings(problems: ValidationError, place: str) -> list[Finding]:
    """Pydantic's errors as findings.

    >>> try:
    ...     parse({"all": [{"fact": "roll", "op": "=", "value": 1.5}]})
    ... except ValidationError as problems:
    ...     [(finding.code, finding.place) for finding in structural_findings(problems, "n1")]
    [('condition.value_type', 'n1/all/0/value')]
    """
    return [_structural(problem, place) for problem in problems.errors(include_url=False)]


def _structural(problem: ErrorDetails, place: str) -> Finding:
    """A Pydantic error as a finding; its place without the names of the union's members."""
    steps = [str(step) for step in problem["loc"] if step not in TAGS]
    fallback = ("shape", "no tiene la forma esperada", "does not have the expected form")
    code, message_es, message_en = _STRUCTURE.get(problem["type"], fallback)
    return Finding(f"condition.{code}", at(place, *steps), message_es, message_en)


def at(place: str, *steps: object) -> str:
    """A place inside a place.

    >>> at("n1/condition", "all", 0)
    'n1/condition/all/0'
    """
    return "/".join([place, *map(str, steps)] if place else map(str, steps))


def placed(condition: Condition, place: str) -> Iterator[tuple[Leaf, str]]:
    """Every comparison with its place, in reading order."""
    if isinstance(condition, (Comparison, Presence)):
        yield condition, place
        return
    for part, inner in placed_parts(condition, place):
        yield from placed(part, inner)


def placed_parts(condition: Condition, place: str) -> list[tuple[Condition, str]]:
    """The parts directly inside a condition, each with its place."""
    if isinstance(condition, (Comparison, Presence)):
        return []
    if isinstance(condition, Not):
        return [(condition.part, at(place, "not"))]
    key = "all" if isinstance(condition, AllOf) else "any"
    return [(part, at(place, key, index)) for index, part in enumerate(condition.parts)]


def readable_leaves(data: object, place: str, problems: ValidationError) -> Iterator[tuple[Leaf, str]]:
    """The comparisons that parse inside a condition that does not, so that their mistakes are told too.

    None of a condition that was refused for its size.
    """
    if all(problem["type"] not in _TOO_LARGE for problem in problems.errors(include_url=False)):
        yield from _readable(data, place)


def _readable(data: object, place: str) -> Iterator[tuple[Leaf, str]]:
    if not isinstance(data, dict):
        return
    for key in ("all", "any"):
        parts = data.get(key)
        for index, part in enumerate(parts if isinstance(parts, (list, tuple)) else ()):
            yield from _readable(part, at(place, key, index))
    yield from _readable(data.get("not"), at(place, "not"))
    if "fact" in data:
        with suppress(ValidationError):
            yield from placed(parse(data), place)
