"""Strategies in a few lines: nodes by kind, edges as arrows.

strategy = draw("in -> hola -> fin", hola=whatsapp(), fin=end())
"""

from itertools import pairwise
from typing import Any

from engine.strategy.document import Strategy

ARREARS = {"fact": "days_past_due", "op": "between", "value": [1, 30]}
UNPROTECTED = {"fact": "protected", "op": "is", "value": False}

Piece = dict[str, Any]


def draw(arrows: str = "", /, *, when: Any = None, key: str = "prueba", **pieces: Any) -> Strategy:
    """A strategy with the segment ``in`` and the given nodes; arrows are ``a -> b`` or ``a:port -> b``.

    Keyword arguments that are no nodes (``exit_when``, ``on_hold``, ``country``) are parts of the document;
    a node id written with an underscore stands for one with a hyphen.
    """
    return Strategy.model_validate(document(arrows, when=when, key=key, **pieces))


def document(arrows: str = "", /, *, when: Any = None, key: str = "prueba", **pieces: Any) -> Piece:
    """The JSON of :func:`draw`."""
    nodes = [] if when is False else [segment(when)]
    body: Piece = {"schema_version": 1, "key": key, "name": key, "exit_when": "mora"}
    for name, piece in pieces.items():
        if isinstance(piece, dict) and "kind" in piece:
            nodes.append({"id": name.replace("_", "-"), **piece})
        else:
            body[name] = piece
    return body | {"nodes": nodes, "edges": edges(arrows)}


def edges(arrows: str) -> list[Piece]:
    """Edges from lines of arrows: ``in -> a -> b`` and ``a:blocked -> c``."""
    found = []
    for line in arrows.replace(";", "\n").split("\n"):
        stops = [stop.strip() for stop in line.split("->") if stop.strip()]
        for source, target in pairwise(stops):
            name, _, port = source.partition(":")
            found.append({"source": name, "port": port or "next", "target": target.partition(":")[0]})
    return found


def segment(when: Any = None, **fields: Any) -> Piece:
    return {"id": "in", "kind": "segment", "when": when or ARREARS, **fields}


def message(channel: str = "whatsapp", template: str = "", **fields: Any) -> Piece:
    variants = [{"template": template or f"hola_{channel}"}]
    return {"kind": "channel", "channel": channel, "variants": variants, **fields}


def wait(days: int) -> Piece:
    return {"kind": "wait", "until": {"type": "days", "days": days}}


def wait_for(*events: str, days: int = 3) -> Piece:
    return {"kind": "wait", "until": {"type": "event", "events": list(events), "days": days}}


def decide(**branches: Any) -> Piece:
    return {
        "kind": "condition",
        "branches": [{"port": port, "when": when} for port, when in branches.items()],
    }


def split(*ports: str) -> Piece:
    weights = [100 - 10 * (len(ports) - 1)] + [10] * (len(ports) - 1)
    arms = [{"port": port, "weight": weight} for port, weight in zip(ports, weights, strict=True)]
    return {"kind": "split", "experiment": "prueba.camino", "arms": arms}


def agent(**fields: Any) -> Piece:
    return {"kind": "escalate", "target": "agent", "queue": {"name": "mesa"}, **fields}


def notice(channel: str = "email", **fields: Any) -> Piece:
    return {"kind": "notice", "notice": "arrears", "channel": channel, "template": "aviso", **fields}


def hand_over(strategy: str) -> Piece:
    return {"kind": "handover", "strategy": strategy}


def end(outcome: str = "listo") -> Piece:
    return {"kind": "end", "outcome": outcome}
