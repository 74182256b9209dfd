"""A condition as rows and groups people edit, and back to the closed language of the engine."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from engine.conditions import OPERATORS, Shape
from engine.facts import Catalogue, Fact, FactType

Condition = dict[str, Any]
Path = tuple[int, ...]

MODES: Mapping[str, str] = {
    "all": "se cumplen todas",
    "any": "se cumple alguna",
    "none": "no se cumple ninguna",
}
"""How the rows of a group belong together; a group is ``{"mode": ..., "parts": [...]}``."""

PRESENCE = ("is_known", "is_unknown")


def rows_of(condition: Mapping[str, Any]) -> Condition:
    """The group people see: a single comparison is a group of one row.

    >>> rows_of({"not": {"fact": "on_hold", "op": "is", "value": True}})["mode"]
    'none'
    """
    part = _part(condition)
    return part if "mode" in part else {"mode": "all", "parts": [part]}


def _part(condition: Mapping[str, Any]) -> Condition:
    for mode in ("all", "any"):
        if mode in condition:
            return {"mode": mode, "parts": [_part(part) for part in condition[mode]]}
    if "not" not in condition:
        return dict(condition)
    inner = _part(condition["not"])
    parts = inner["parts"] if inner.get("mode") == "any" else [inner]
    return {"mode": "none", "parts": parts}


def condition_of(group: Mapping[str, Any]) -> Condition:
    """The condition a group stands for; groups of one row become that row.

    >>> said = {"all": [{"fact": "roll", "op": ">", "value": 0}, {"fact": "roll", "op": "is_known"}]}
    >>> condition_of(rows_of(said)) == said
    True
    """
    if "mode" not in group:
        return dict(group)
    parts = [condition_of(part) for part in group["parts"]]
    if group["mode"] == "none":
        return {"not": parts[0] if len(parts) == 1 else {"any": parts}}
    return parts[0] if len(parts) == 1 else {str(group["mode"]): parts}


def at(group: Condition, path: Sequence[int]) -> Condition:
    """The row or group at a path."""
    for index in path:
        group = group["parts"][index]
    return group


def currency_at(group: Condition, path: Path) -> str:
    """The currency that every group around a place asks for, the nearest first; empty where none does.

    >>> pesos = {"fact": "currency", "op": "=", "value": "CLP"}
    >>> owed = {"fact": "amount_to_cure", "op": ">", "value": 150000}
    >>> currency_at(rows_of({"all": [pesos, owed]}), (1,)), currency_at(rows_of({"any": [pesos, owed]}), (1,))
    ('CLP', '')
    """
    for depth in range(len(path) - 1, -1, -1):
        around = at(group, path[:depth])
        if around["mode"] != "all":
            continue
        for part in around["parts"]:
            if part.get("fact") == "currency" and part.get("op") == "=":
                return str(part["value"])
    return ""


def placed(group: Condition, path: Path, part: Condition | None) -> Condition:
    """The group with another part at a path (the part itself when the path is empty), or without it.

    A group that loses its last row goes with it; the outermost keeps its last row.
    """
    if not path:
        return part if part is not None else group
    parts = list(group["parts"])
    inner = placed(parts[path[0]], path[1:], part) if len(path) > 1 else part
    if inner is None or ("mode" in inner and not inner["parts"]):
        del parts[path[0]]
    else:
        parts[path[0]] = inner
    return {**group, "parts": parts}


def without(group: Condition, path: Path) -> Condition:
    """The group without the part at a path; unchanged when that was its last row."""
    left = placed(group, path, None)
    return left if left["parts"] else group


def added(group: Condition, path: Path, part: Condition) -> Condition:
    """The group with one more part in the group at a path."""
    inside = at(group, path)
    return placed(group, path, {**inside, "parts": [*inside["parts"], part]})


def fresh_row(fact: Fact, catalogue: Catalogue) -> Condition:
    """A first comparison of a fact, with an operator and value of its type."""
    numeric = fact.type in (FactType.NUMBER, FactType.MONEY)
    operator = ">=" if numeric else next(iter(OPERATORS[fact.type]))
    return with_operator({"fact": fact.name}, operator, catalogue)


def with_operator(row: Mapping[str, Any], operator: str, catalogue: Catalogue) -> Condition:
    """The row with another operator; its value stays where it is still of the right kind."""
    if operator in PRESENCE:
        return {"fact": row["fact"], "op": operator}
    fact = catalogue[str(row["fact"])]
    shape = OPERATORS[fact.type][operator]
    return {"fact": fact.name, "op": operator, "value": _fitting(row.get("value"), shape, fact)}


def _fitting(value: object, shape: Shape, fact: Fact) -> object:
    match shape:
        case Shape.INTEGER | Shape.DAYS:
            return _first_number(value)
        case Shape.BOUNDS:
            low = _first_number(value)
            return value if _is_pair(value) else [low, low + 30]
        case Shape.DATE:
            return value if isinstance(value, str) and len(value) == 10 else "2026-01-01"
        case Shape.TRUTH:
            return value if isinstance(value, bool) else True
        case Shape.WORD:
            return _words(value, fact)[0]
        case Shape.WORDS:
            return _words(value, fact)


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


def _first_number(value: object) -> int:
    first = value[0] if isinstance(value, list | tuple) and value else value
    return first if type(first) is int else 1


def _words(value: object, fact: Fact) -> list[str]:
    said = value if isinstance(value, list | tuple) else [value]
    known = [word for word in cast(Sequence[object], said) if isinstance(word, str) and word]
    return known or [next(filter(None, fact.values), "valor")]
