"""Two people changed the same draft: what each changed is put together, step by step and way by way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from builder.canvas.operations import Document, readable
from engine.errors import StrategyError

Parts = Mapping[Any, Any]
_ABSENT = object()


@dataclass(frozen=True)
class Merged:
    """The document of both, and the places where both had said something different (mine stands)."""

    document: Document
    conflicts: tuple[str, ...]


def merged(base: Document, mine: Document, theirs: Document) -> Merged:
    """What ``mine`` and ``theirs`` made of ``base``, together.

    Where both changed the same step, way or key to different things, mine is kept and its place is
    named. Ways to steps that one of the two took away are left out. If the sum cannot be read, mine
    is returned whole and the place is ``document``.
    """
    conflicts: list[str] = []

    def both(of: Callable[[Document], Parts], name: Callable[[Any], str]) -> dict[Any, Any]:
        return _three_way(of(base), of(mine), of(theirs), name, conflicts)

    nodes = both(_nodes, str)
    edges = both(_edges, lambda way: f"{way[0]} → {way[1]}")
    layout = both(lambda document: document.get("layout", {}), lambda node: "")
    document: dict[str, Any] = both(_rest, str)
    document["nodes"] = list(nodes.values())
    document["edges"] = [
        {"source": source, "port": port, "target": target}
        for (source, port), target in edges.items()
        if source in nodes and target in nodes
    ]
    document["layout"] = {name: at for name, at in layout.items() if name in nodes}
    try:
        readable(document)
    except StrategyError:
        return Merged(mine, ("document",))
    return Merged(document, tuple(dict.fromkeys(filter(None, conflicts))))


def _three_way(
    base: Parts, mine: Parts, theirs: Parts, name: Callable[[Any], str], conflicts: list[str]
) -> dict[Any, Any]:
    """Each part as whoever changed it left it; in the order of mine, then what only theirs has."""
    result: dict[Any, Any] = {}
    for key in dict.fromkeys([*mine, *theirs]):
        old, here, there = (parts.get(key, _ABSENT) for parts in (base, mine, theirs))
        chosen = there if here == old else here
        if here not in (old, there) and there != old:
            conflicts.append(name(key))
            chosen = here if here is not _ABSENT else there
        if chosen is not _ABSENT:
            result[key] = chosen
    return result


def _nodes(document: Document) -> Parts:
    return {node["id"]: node for node in document["nodes"]}


def _edges(document: Document) -> Parts:
    return {(edge["source"], edge.get("port", "next")): edge["target"] for edge in document.get("edges", ())}


def _rest(document: Document) -> Parts:
    return {key: value for key, value in document.items() if key not in ("nodes", "edges", "layout")}
