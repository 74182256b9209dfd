"""Places for the steps of a document that has none: top-down in layers, crossings kept few."""

from collections.abc import Mapping, Sequence
from typing import Any

COLUMN, ROW = 270, 185
_SWEEPS = 6

Position = list[float]


def arranged(document: Mapping[str, Any]) -> dict[str, Position]:
    """A position for every node: the document's own where it has one, else one of a layered drawing.

    >>> nodes = [{"id": "a", "kind": "segment"}, {"id": "b", "kind": "end"}]
    >>> arranged({"nodes": nodes, "edges": [{"source": "a", "target": "b"}]})
    {'a': [0, 0], 'b': [0, 185]}
    """
    ids = [str(node["id"]) for node in document["nodes"]]
    own = {name: list(at) for name, at in document.get("layout", {}).items()}
    if all(name in own for name in ids):
        return {name: own[name] for name in ids}
    pairs = [(edge["source"], edge["target"]) for edge in document.get("edges", ())]
    layers = _layers(ids, pairs)
    places: dict[str, Position] = {}
    for row, layer in enumerate(_untangled(layers, pairs)):
        for column, name in enumerate(layer):
            places[name] = own.get(name, [round((column - (len(layer) - 1) / 2) * COLUMN), row * ROW])
    return {name: places[name] for name in ids}


def _layers(ids: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Each node one layer below the lowest that leads to it; edges that close a circle are left out."""
    after: dict[str, list[str]] = {name: [] for name in ids}
    for source, target in pairs:
        if source in after and target in after and source != target:
            after[source].append(target)
    depth = dict.fromkeys(ids, 0)
    for name in reversed(_finished(after)):
        for target in after[name]:
            depth[target] = max(depth[target], depth[name] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in ids:
        layers[depth[name]].append(name)
    return layers


def _finished(after: dict[str, list[str]]) -> list[str]:
    """Nodes in the order a depth-first walk leaves them; drops the edges that lead back."""
    order: list[str] = []
    state = dict.fromkeys(after, 0)
    for root in after:
        path = [root] if not state[root] else []
        while path:
            name = path[-1]
            if not state[name]:
                state[name] = 1
                after[name] = [target for target in after[name] if state[target] != 1]
            ahead = next((target for target in after[name] if not state[target]), None)
            if ahead is not None:
                path.append(ahead)
            else:
                after[name] = [target for target in after[name] if state[target] == 2]
                state[name] = 2
                order.append(path.pop())
    return order


def _untangled(layers: list[list[str]], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The layers, each ordered by the mean place of what its nodes are tied to."""
    tied: dict[str, list[str]] = {}
    for source, target in pairs:
        tied.setdefault(source, []).append(target)
        tied.setdefault(target, []).append(source)
    for _ in range(_SWEEPS):
        place = {name: at - (len(layer) - 1) / 2 for layer in layers for at, name in enumerate(layer)}
        for layer in layers:
            layer.sort(
                key=lambda name: _mean([place[other] for other in tied.get(name, ()) if other in place])
            )
    return layers


def _mean(places: Sequence[float]) -> float:
    return sum(places) / len(places) if places else 0.0
