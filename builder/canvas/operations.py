"""What one edit of the canvas does to a strategy document: a new document, or a refusal with its reason.

A document is plain JSON data and every one returned here can be read by
:func:`engine.strategy.document.read_strategy`. The browser shows the same meaning at once
(``frontend/src/model.ts``); this one counts.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from builder.canvas.meaning import main_port
from engine.errors import StrategyError
from engine.strategy.document import Strategy, read_strategy

Document = Mapping[str, Any]
Operation = Mapping[str, Any]
Way = tuple[str, str]


def readable(document: Document) -> Strategy:
    """The document as the engine reads it; raises ``StrategyError``."""
    return read_strategy(json.dumps(document))


def applied(document: Document, operation: Operation) -> Document:
    """The document after one operation; raises ``StrategyError`` when the edit may not be made.

    >>> from builder.canvas.kinds import new_strategy
    >>> start = new_strategy("mora", "Mora")
    >>> applied(start, {"op": "disconnect", "edges": [{"source": "entrada", "port": "next"}]})["edges"]
    []
    """
    edit = _EDITS.get(str(operation.get("op")))
    if edit is None:
        raise _refused("unknown", str(operation.get("op")))
    try:
        changed = edit(document, operation)
    except (KeyError, TypeError, ValueError) as odd:
        raise StrategyError(f"not an edit: {odd}", code="canvas.unreadable") from odd
    readable(changed)
    return changed


def _refused(why: str, place: str = "") -> StrategyError:
    """A refusal whose code the screen turns into words."""
    return StrategyError(f"the edit is refused: {why}", place=place, code=f"canvas.{why}")


def _insert(document: Document, operation: Operation) -> Document:
    """Steps with their own edges, set on the way ``via`` when one is given."""
    known = {node["id"] for node in document["nodes"]}
    steps = [step for step in operation["steps"] if step["id"] not in known]
    nodes = [{**step["config"], "id": step["id"]} for step in steps]
    ids = known | {step["id"] for step in steps}
    edges = [*_edges(document), *(_edge(e) for e in operation["edges"] if {e["source"], e["target"]} <= ids)]
    places = {**operation["positions"], **{step["id"]: step["at"] for step in steps}}
    changed = {**document, "nodes": [*document["nodes"], *nodes], "edges": edges}
    via = operation.get("via")
    if via and nodes:
        changed["edges"] = _on_the_way(
            edges, via, nodes[0]["id"], main_port(readable(changed).node(nodes[0]["id"]))
        )
    return _placed(changed, places)


def _on_the_way(
    edges: list[dict[str, Any]], via: Mapping[str, Any], node_id: str, main: str
) -> list[dict[str, Any]]:
    way = (via["source"], via["port"])
    beyond = next((edge["target"] for edge in edges if _way(edge) == way), None)
    kept = [edge for edge in edges if _way(edge) != way]
    kept.append({"source": way[0], "port": way[1], "target": node_id})
    if beyond and main:
        kept.append({"source": node_id, "port": main, "target": beyond})
    return kept


def _move(document: Document, operation: Operation) -> Document:
    return _placed({**document}, operation["positions"])


def _place(document: Document, operation: Operation) -> Document:
    """Places for the steps that have none yet, as the browser has drawn them."""
    known = document.get("layout", {})
    return _placed(
        dict(document), {name: at for name, at in operation["positions"].items() if name not in known}
    )


def _connect(document: Document, operation: Operation) -> Document:
    edge = _edge(operation)
    why = why_not(document, edge)
    if why:
        raise _refused(why, edge["source"])
    return {**document, "edges": [*(e for e in _edges(document) if _way(e) != _way(edge)), edge]}


def _disconnect(document: Document, operation: Operation) -> Document:
    gone = {(edge["source"], edge["port"]) for edge in operation["edges"]}
    return {**document, "edges": [edge for edge in _edges(document) if _way(edge) not in gone]}


def _remove(document: Document, operation: Operation) -> Document:
    """Without the steps; what led to them now leads to where their main way led."""
    gone = set(operation["nodes"])
    nodes = [node for node in document["nodes"] if node["id"] not in gone]
    if not nodes:
        raise _refused("last")
    edges = _edges(document)
    changed: dict[str, Any] = {
        **document,
        "nodes": nodes,
        "edges": [edge for edge in edges if not {edge["source"], edge["target"]} & gone],
        "layout": {name: at for name, at in document.get("layout", {}).items() if name not in gone},
    }
    if "on_hold" in document:
        changed["on_hold"] = {cause: node for cause, node in document["on_hold"].items() if node not in gone}
    main = {node.id: main_port(node) for node in readable(document).nodes}
    for edge in edges:
        if edge["source"] not in gone and edge["target"] in gone:
            target = _beyond(edge["target"], gone, edges, main)
            bridge = {**edge, "target": target}
            if target and not why_not(changed, bridge):
                changed["edges"] = [*changed["edges"], bridge]
    return changed


def _beyond(
    start: str, gone: set[str], edges: Sequence[Mapping[str, Any]], main: Mapping[str, str]
) -> str | None:
    """The first step that stays, following the main way out of those that go."""
    at: str | None = start
    seen: set[str] = set()
    while at in gone and at not in seen:
        seen.add(at)
        ways = [edge for edge in edges if edge["source"] == at]
        chosen = [edge for edge in ways if edge["port"] == main.get(at)] or ways
        at = chosen[0]["target"] if chosen else None
    return None if at in gone else at


def _notes(document: Document, operation: Operation) -> Document:
    return {
        **document,
        "notes": [{"text": note["text"], "at": list(note["at"])} for note in operation["notes"]],
    }


_EDITS: Mapping[str, Callable[[Document, Operation], Document]] = {
    "insert": _insert,
    "place": _place,
    "move": _move,
    "connect": _connect,
    "disconnect": _disconnect,
    "remove": _remove,
    "notes": _notes,
}


def why_not(document: Document, edge: Mapping[str, Any]) -> str:
    """Why a connection may not be drawn, as a word; empty when it may.

    ``self``, ``entry`` (nothing leads into the entry), ``duplicate``, ``cycle`` (a circle without a
    wait of at least one day), ``nowhere``.
    """
    nodes = {node.id: node for node in readable(document).nodes}
    source, target = edge["source"], edge["target"]
    if source not in nodes or target not in nodes or edge["port"] not in nodes[source].ports():
        return "nowhere"
    if source == target:
        return "self"
    if nodes[target].kind == "segment":
        return "entry"
    others = [other for other in _edges(document) if _way(other) != _way(edge)]
    if len(others) < len(_edges(document)) and _edge(edge) in _edges(document):
        return "duplicate"
    cuts = {node.id for node in nodes.values() if node.cuts_cycle()}
    return "cycle" if _closes_circle(others, source, target, cuts) else ""


def _closes_circle(edges: Iterable[Mapping[str, Any]], source: str, target: str, cuts: set[str]) -> bool:
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge["source"], []).append(edge["target"])
    untried = [] if source in cuts else [target]
    seen: set[str] = set()
    while untried:
        at = untried.pop()
        if at == source:
            return True
        if at not in seen and at not in cuts:
            seen.add(at)
            untried.extend(after.get(at, ()))
    return False


def with_node(document: Document, node: Mapping[str, Any]) -> Document:
    """The document with one node said anew; ways out that it no longer has lead nowhere any more."""
    nodes = [dict(node) if old["id"] == node["id"] else old for old in document["nodes"]]
    changed = {**document, "nodes": nodes}
    ports = set(readable(changed).node(node["id"]).ports())
    kept = [edge for edge in _edges(document) if edge["source"] != node["id"] or edge["port"] in ports]
    return {**changed, "edges": kept}


def _edges(document: Document) -> list[dict[str, Any]]:
    return [_edge(edge) for edge in document.get("edges", ())]


def _edge(edge: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": edge["source"], "port": edge.get("port", "next"), "target": edge["target"]}


def _way(edge: Mapping[str, Any]) -> Way:
    return edge["source"], edge["port"]


def _placed(document: dict[str, Any], places: Mapping[str, Sequence[float]]) -> Document:
    ids = {node["id"] for node in document["nodes"]}
    fresh = {name: [float(at[0]), float(at[1])] for name, at in places.items() if name in ids}
    return {**document, "layout": {**document.get("layout", {}), **fresh}}
