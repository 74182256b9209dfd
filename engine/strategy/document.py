"""The strategy as JSON: nodes, edges, exit, examples; layout and notes live beside the meaning."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from engine.conditions import Condition
from engine.errors import StrategyError
from engine.strategy.nodes import AnyNode, Node, SegmentNode
from engine.strategy.nodes.base import Key, NodeId, Strict

SCHEMA_VERSION = 1
MAX_NODES = 300
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Edge(Strict):
    """A connection from a port of one node to another node."""

    source: NodeId
    port: Key = "next"
    target: NodeId


class Note(Strict):
    """A remark on the canvas."""

    text: str = Field(max_length=2000)
    at: tuple[float, float] = Field(strict=False)


class ExampleStep(Strict):
    """Facts of one day of an example and what must have happened when that day was evaluated."""

    day: int = Field(ge=0, le=366)
    facts: dict[str, Any] = Field(default={})
    events: tuple[str, ...] = Field(default=(), strict=False)
    expect_node: NodeId | None = None
    expect_message: Key | None = None
    expect_nothing: bool = False
    expect_outcome: Key | None = None


class Example(Strict):
    """An account the author imagines: its facts over days and the steps expected (03, point 19)."""

    name: str
    person_id: int = 1
    start: str = Field(default="2026-11-10", pattern=r"^\d{4}-\d{2}-\d{2}$")
    steps: tuple[ExampleStep, ...] = Field(min_length=1, strict=False)


ExitPreset = Literal["preventiva", "mora", "convenio"]


class Strategy(Strict):
    """One strategy document (docs/strategy-format.md)."""

    schema_version: Literal[1]
    key: Key
    name: str = Field(min_length=1, max_length=120)
    kind: Literal["strategy", "campaign"] = "strategy"
    country: Country | None = None
    nodes: tuple[AnyNode, ...] = Field(min_length=1, max_length=MAX_NODES, strict=False)
    edges: tuple[Edge, ...] = Field(default=(), max_length=2000, strict=False)
    exit_when: Condition | ExitPreset
    on_hold: dict[Literal["promise_broken", "plan_broken"], NodeId] = Field(default={})
    examples: tuple[Example, ...] = Field(default=(), strict=False)
    layout: dict[NodeId, tuple[float, float]] = Field(default={}, strict=False)
    notes: tuple[Note, ...] = Field(default=(), strict=False)

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
        meaning = self.model_dump(mode="json", by_alias=True, exclude={"layout", "notes"})
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
            "the document is larger than 1 MB", hint="split the strategy", code="strategy.size"
        )
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        return Strategy.model_validate(document)
    except ValidationError as refused:
        raise _as_strategy_error(refused) from None
    except RecursionError:
        raise StrategyError("the document is nested too deeply", code="strategy.unreadable") from None
    except ValueError as refused:
        raise StrategyError(f"not JSON: {refused}", code="strategy.unreadable") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document, as published by the API and kept in docs/."""
    return Strategy.model_json_schema(by_alias=True)


def _as_strategy_error(refused: ValidationError) -> StrategyError:
    problems = refused.errors(include_url=False, include_input=False)
    place = ".".join(str(part) for part in problems[0]["loc"])
    count = f"{len(problems)} problems in the document" if len(problems) > 1 else ""
    return StrategyError(problems[0]["msg"], place=place, hint=count, code="strategy.unreadable")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return read


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a value")
