"""The closed language of conditions as data: all, any, not, and comparisons of one fact.

::

    {
        "all": [
            {"fact": "days_past_due", "op": "between", "value": [1, 30]},
            {"not": {"fact": "promise_open", "op": "is", "value": true}},
        ]
    }

Logic is three-valued as in SQL: a comparison with an unknown fact is unknown, so is its ``not``, and a
condition holds only when it is true. Unknown keys are refused; whole numbers only (money in minor units).
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    TypeAdapter,
)
from pydantic_core import PydanticCustomError

MOST_LEAVES = 200
MOST_DEPTH = 20
MOST_ITEMS = 1_000
MOST_LETTERS = 200
_LEAST, _MOST = -(2**63), 2**63 - 1

ComparisonOp = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "between",
    "before",
    "after",
    "within_days",
    "days_ago",
    "in",
    "not_in",
    "has",
    "has_any",
    "has_not",
    "is",
]
PresenceOp = Literal["is_unknown", "is_known"]


def _plain_value(value: object) -> object:
    """Refuse in one sentence what the union below would refuse in five."""
    many = isinstance(value, (list, tuple))
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    kinds = {type(item) for item in items}
    if kinds - ({int, str} if many else {int, str, bool}) or len(kinds) > 1:
        raise PydanticCustomError(
            "condition_value",
            "a value is a whole number, a word, true or false, or a list of whole numbers or of words",
        )
    if any(isinstance(item, int) and not _LEAST <= item <= _MOST for item in items):
        raise PydanticCustomError("condition_range", "a number must fit in 64 bits")
    if len(items) > MOST_ITEMS or any(isinstance(item, str) and len(item) > MOST_LETTERS for item in items):
        raise PydanticCustomError("condition_size", "a list or a word is too long")
    return value


Value = Annotated[
    StrictBool | StrictInt | StrictStr | tuple[StrictInt, ...] | tuple[StrictStr, ...],
    BeforeValidator(_plain_value),
]
"""What a fact is compared with: an integer, a word or ISO date, a truth, or a list of integers or words."""


Name = Annotated[StrictStr, Field(max_length=MOST_LETTERS)]


class _Node(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_alias=True, validate_by_name=False, serialize_by_alias=True
    )


class Comparison(_Node):
    """A fact compared with a value: ``{"fact": "days_past_due", "op": "<=", "value": 30}``."""

    fact: Name
    op: ComparisonOp
    value: Value


class Presence(_Node):
    """Whether a fact is known: ``{"fact": "risk_score", "op": "is_unknown"}``; never itself unknown."""

    fact: Name
    op: PresenceOp


def _some(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    if not parts:
        raise PydanticCustomError("condition_empty", "all and any need at least one part")
    return parts


Parts = Annotated[tuple["Part", ...], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})]


class AllOf(_Node):
    """True when every part is true; false when one is false."""

    parts: Parts = Field(alias="all")


class AnyOf(_Node):
    """True when one part is true; false when every part is false."""

    parts: Parts = Field(alias="any")


class Not(_Node):
    """True when its part is false; unknown when its part is unknown."""

    part: "Part" = Field(alias="not")


TAGS = ("«all»", "«any»", "«not»", "«presence»", "«comparison»")
"""Names of the union's members in Pydantic's error places; :mod:`engine.conditions.check` leaves them out."""

_MEMBERS: dict[type[_Node], str] = dict(zip((AllOf, AnyOf, Not, Presence, Comparison), TAGS, strict=True))


def _member(value: object) -> str | None:
    """The tag of the union's member a value is meant to be."""
    if isinstance(value, _Node):
        return _MEMBERS.get(type(value))
    if not isinstance(value, dict):
        return None
    for key, tag in (("all", TAGS[0]), ("any", TAGS[1]), ("not", TAGS[2])):
        if key in value:
            return tag
    if "fact" not in value and "op" not in value:
        return None
    return TAGS[3] if value.get("op") in ("is_unknown", "is_known") else TAGS[4]


Part = Annotated[
    Annotated[AllOf, Tag(TAGS[0])]
    | Annotated[AnyOf, Tag(TAGS[1])]
    | Annotated[Not, Tag(TAGS[2])]
    | Annotated[Presence, Tag(TAGS[3])]
    | Annotated[Comparison, Tag(TAGS[4])],
    Discriminator(
        _member,
        custom_error_type="condition_shape",
        custom_error_message="a condition has the key all, any, not, or the keys fact and op",
    ),
]

for _node in (AllOf, AnyOf, Not):
    _node.model_rebuild()


def _inner(value: object) -> list[object]:
    """The parts directly inside a node, raw or parsed."""
    if isinstance(value, (AllOf, AnyOf)):
        return list(value.parts)
    if isinstance(value, Not):
        return [value.part]
    if not isinstance(value, dict):
        return []
    lists = (value[key] for key in ("all", "any") if isinstance(value.get(key), (list, tuple)))
    inner = [part for parts in lists for part in parts]
    return [*inner, value["not"]] if "not" in value else inner


def _within_limits(value: object) -> object:
    """Refuse a tree too deep or too large before it is walked recursively."""
    level, depth, leaves = [value], 0, 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            raise PydanticCustomError(
                "condition_depth", "a condition may be nested {most} deep", {"most": MOST_DEPTH}
            )
        inner = [(part, _inner(part)) for part in level]
        leaves += sum(1 for _, parts in inner if not parts)
        below = [part for _, parts in inner for part in parts]
        if leaves > MOST_LEAVES or len(below) > MOST_LEAVES:
            raise PydanticCustomError(
                "condition_leaves", "a condition may have {most} comparisons", {"most": MOST_LEAVES}
            )
        level = below
    return value


Condition = Annotated[Part, BeforeValidator(_within_limits)]
"""A condition as the type of a field; a document that carries one parses and prints it unchanged."""

Leaf = Comparison | Presence

CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
"""Parses and prints a condition that stands alone."""


def parse(data: object) -> Condition:
    """A condition from plain JSON data; raises Pydantic's ``ValidationError``.

    >>> parse({"not": {"fact": "on_hold", "op": "is", "value": True}}).part.fact
    'on_hold'
    """
    condition: Condition = CONDITION.validate_python(data)
    return condition


def plain(condition: Condition) -> dict[str, Any]:
    """The JSON data of a condition, equal to what it was parsed from.

    >>> plain(parse({"fact": "risk_score", "op": "is_unknown"}))
    {'fact': 'risk_score', 'op': 'is_unknown'}
    """
    data: dict[str, Any] = CONDITION.dump_python(condition, mode="json")
    return data


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every comparison of a condition, in reading order.

    >>> [
    ...     leaf.op
    ...     for leaf in leaves(
    ...         parse(
    ...             {"any": [{"fact": "roll", "op": ">", "value": 0}, {"fact": "roll", "op": "is_unknown"}]}
    ...         )
    ...     )
    ... ]
    ['>', 'is_unknown']
    """
    if isinstance(condition, (Comparison, Presence)):
        yield condition
        return
    for part in (condition.part,) if isinstance(condition, Not) else condition.parts:
        yield from leaves(part)
