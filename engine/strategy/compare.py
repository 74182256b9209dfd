"""What changed between two versions of a strategy: nodes, their settings, edges and the exit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.strategy.document import Strategy

Kind = Literal["node.added", "node.removed", "node.changed", "edge.added", "edge.removed", "strategy.changed"]

Connection = tuple[str, str, str]
"""Source, port and target of an edge."""


@dataclass(frozen=True)
class Change:
    """One difference: ``field`` is the path inside the node (or strategy) that reads otherwise now."""

    kind: Kind
    node: str
    field: str = ""
    before: Any = None
    after: Any = None


def compare(old: Strategy, new: Strategy) -> list[Change]:
    """Every difference in meaning, in the order of the new document; layout and notes have none.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> later = SMALLEST.replace('"value": 1', '"value": 5')
    >>> [
    ...     (c.kind, c.node, c.field, c.before, c.after)
    ...     for c in compare(*map(read_strategy, (SMALLEST, later)))
    ... ]
    [('node.changed', 'in', 'when.value', 1, 5)]
    """
    before, after = _nodes(old), _nodes(new)
    changes = [Change("node.removed", node) for node in before if node not in after]
    for node, settings in after.items():
        if node not in before:
            changes.append(Change("node.added", node))
        else:
            changes += [Change("node.changed", node, *each) for each in _differences(before[node], settings)]
    changes += _edge_changes(_edges(old), _edges(new))
    meanings = (_meaning(old), _meaning(new))
    return changes + [Change("strategy.changed", "", *each) for each in _differences(*meanings)]


def _edge_changes(was: list[Connection], now: list[Connection]) -> Iterator[Change]:
    for source, port, target in was:
        if (source, port, target) not in now:
            yield Change("edge.removed", source, port, before=target)
    for source, port, target in now:
        if (source, port, target) not in was:
            yield Change("edge.added", source, port, after=target)


def _nodes(strategy: Strategy) -> dict[str, dict[str, Any]]:
    return {node.id: node.model_dump(mode="json", by_alias=True) for node in strategy.nodes}


def _edges(strategy: Strategy) -> list[Connection]:
    return [(edge.source, edge.port, edge.target) for edge in strategy.edges]


def _meaning(strategy: Strategy) -> dict[str, Any]:
    return strategy.model_dump(mode="json", by_alias=True, exclude={"nodes", "edges", "layout", "notes"})


def _differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, former and present value of every leaf that differs; a list of another length is one leaf."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            below = f"{path}.{name}" if path else name
            yield from _differences(before.get(name), after.get(name), below)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{path}.{place}")
    elif before != after:
        yield path, before, after
