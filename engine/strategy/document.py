"""The strategy as JSON: nodes, edges, exit, examples; layout and notes live beside the meaning."""

import hashlib
import json
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from engine.conditions import Condition
from engine.errors import StrategyError
from engine.strategy.campaign import Campaign
from engine.strategy.nodes import AnyNode, Node, SegmentNode
from engine.strategy.nodes.base import Key, NodeId, Strict
from engine.strategy.upgrade import upgrade

MAX_NODES = 300
MAX_EDGES = 2000
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Edge(Strict):
    """A connection from a port of one node to another node."""

    source: NodeId
    port: Key = "next"
    target: NodeId


Position = tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]]


class Note(Strict):
    """A remark on the canvas."""

    text: str = Field(max_length=2000)
    at: Position = Field(strict=False)


Whole = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
FactValue = (
    bool
    | Whole
    | Annotated[str, Field(max_length=200)]
    | Annotated[tuple[str, ...], Field(strict=False, fail_fast=True)]
    | None
)
"""A fact of an example: money in minor units, dates as ``2026-11-13``, sets as lists; ``null`` is unknown."""


class ExampleStep(Strict):
    """What becomes known on one day of an example, and what must have happened when the day was over.

    ``facts`` change what was known before; ``events`` (a reply, a payment, a result code of an
    escalation) come before the day is evaluated. ``expect_nothing``: no message that day.
    """

    day: int = Field(ge=0, le=366)
    facts: dict[str, FactValue] = Field(default={}, max_length=100)
    events: tuple[Key, ...] = Field(default=(), max_length=20, strict=False, fail_fast=True)
    expect_node: NodeId | None = None
    expect_message: Key | None = None
    expect_nothing: bool = False
    expect_outcome: Key | None = None


class Example(Strict):
    """An account the author imagines: its facts over days and the steps expected (03, point 19).

    ``country`` is where the debtor lives (default: the strategy's, else the house default). The
    person can be reached on every channel and has consented to all, unless the facts say otherwise.
    """

    name: str = Field(min_length=1, max_length=200)
    person_id: int = Field(default=1, ge=1, le=2**53)
    country: Country | None = None
    start: str = Field(default="2026-11-10", pattern=r"^\d{4}-\d{2}-\d{2}$")
    steps: tuple[ExampleStep, ...] = Field(min_length=1, max_length=60, strict=False, fail_fast=True)

    @field_validator("start")
    @classmethod
    def _is_a_date(cls, start: str) -> str:
        if not 1990 <= date.fromisoformat(start).year <= 2100:
            raise ValueError("an example starts between 1990 and 2100")
        return start

    @model_validator(mode="after")
    def _days_go_forward(self) -> Self:
        days = [step.day for step in self.steps]
        if sorted(set(days)) != days:
            raise ValueError("the days of an example go forward, each once")
        return self


ExitPreset = Literal["preventiva", "mora", "convenio"]


class Strategy(Strict):
    """One strategy document (docs/strategy-format.md)."""

    schema_version: Literal[1]
    key: Key
    name: str = Field(min_length=1, max_length=120)
    kind: Literal["strategy", "campaign"] = "strategy"
    campaign: Campaign | None = None
    country: Country | None = None
    nodes: tuple[AnyNode, ...] = Field(min_length=1, max_length=MAX_NODES, strict=False, fail_fast=True)
    edges: tuple[Edge, ...] = Field(default=(), max_length=MAX_EDGES, strict=False, fail_fast=True)
    exit_when: Condition | ExitPreset
    on_hold: dict[Literal["promise_broken", "plan_broken"], NodeId] = Field(default={})
    examples: tuple[Example, ...] = Field(default=(), max_length=50, strict=False, fail_fast=True)
    layout: dict[NodeId, Annotated[Position, Field(strict=False)]] = Field(default={})
    notes: tuple[Note, ...] = Field(default=(), max_length=500, strict=False, fail_fast=True)

    def entry(self) -> SegmentNode:
        """The entry segment; raises ``StrategyError`` when there is not exactly one."""
        found = [node for node in self.nodes if isinstance(node, SegmentNode)]
        if len(found) != 1:
            raise StrategyError(
                f"a strategy has exactly one entry segment, this one has {len(found)}",
                place=self.key,
                code="strategy.entry",
            )
        return found[0]

    def node(self, node_id: str) -> Node:
        """The node with this id; ``KeyError`` when there is none."""
        return {node.id: node for node in self.nodes}[node_id]

    def targets(self, node_id: str) -> dict[str, str]:
        """Target node id by port of one node."""
        return {edge.port: edge.target for edge in self.edges if edge.source == node_id}

    def content_hash(self) -> str:
        """SHA-256 of the meaning: canonical JSON without layout and notes.

        >>> strategy = read_strategy(SMALLEST)
        >>> moved = strategy.model_copy(update={"layout": {"in": (1.0, 2.0)}})
        >>> strategy.content_hash() == moved.content_hash()
        True
        """
        beside = {"layout", "notes"} | ({"campaign"} if self.campaign is None else set())
        meaning = self.model_dump(mode="json", by_alias=True, exclude=beside)
        canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


SMALLEST = """{"schema_version": 1, "key": "smallest", "name": "Smallest", "exit_when": "mora",
  "nodes": [{"id": "in", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}},
            {"id": "out", "kind": "end", "outcome": "done"}],
  "edges": [{"source": "in", "target": "out"}]}"""
"""The smallest document with a meaning, for examples and tests."""

_MAX_BYTES = 1_000_000


def read_strategy(text: str | bytes) -> Strategy:
    """Read a document; raises ``StrategyError`` whose ``place`` is the path of the first problem.

    >>> read_strategy(SMALLEST).entry().id
    'in'
    >>> read_strategy('{"schema_version": 1}')
    Traceback (most recent call last):
    engine.errors.StrategyError: strategy.unreadable [key]: Field required (4 problems in the document)
    """
    if len(text) > _MAX_BYTES:
        raise StrategyError(
            "the document is larger than 1 MB",
            place="document",
            hint="split the strategy",
            code="strategy.size",
        )
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        return Strategy.model_validate(upgrade(_storable(document)))
    except ValidationError as refused:
        raise _as_strategy_error(refused) from None
    except RecursionError:
        raise _unreadable("the document is nested too deeply") from None
    except json.JSONDecodeError as refused:
        place = f"line {refused.lineno}, column {refused.colno}"
        raise _unreadable(f"not JSON: {refused.msg}", place) from None
    except ValueError as refused:
        raise _unreadable(f"not JSON: {refused}") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document, as published by the API and kept in docs/."""
    return Strategy.model_json_schema(by_alias=True)


def _as_strategy_error(refused: ValidationError) -> StrategyError:
    problems = refused.errors(include_url=False, include_input=False)
    place = ".".join(str(part) for part in problems[0]["loc"]) or "document"
    count = f"{len(problems)} problems in the document" if len(problems) > 1 else ""
    return StrategyError(problems[0]["msg"], place=place, hint=count, code="strategy.unreadable")


def _unreadable(message: str, place: str = "document") -> StrategyError:
    return StrategyError(message, place=place, code="strategy.unreadable")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        if name in read:
            raise _unreadable("the key stands twice in one object", name[:100])
        read[name] = value
    return read


def _no_constant(name: str) -> float:
    raise _unreadable("is not a value of JSON", name)


def _storable(document: Any) -> Any:
    """The document itself, unless a list is far too long or a text holds NUL, which no database stores."""
    untried = [document]
    while untried:
        part = untried.pop()
        if isinstance(part, str) and "\x00" in part:
            raise _unreadable("holds a NUL character", repr(part[:50]))
        if isinstance(part, dict | list) and len(part) > MAX_EDGES:
            raise _unreadable(f"a list or object has more than {MAX_EDGES} parts")
        if isinstance(part, dict):
            untried.extend((*part, *part.values()))
        elif isinstance(part, list):
            untried.extend(part)
    return document
