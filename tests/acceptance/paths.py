"""Strategies of a few lines: nodes in the order they are walked, each way out to the next unless told.

mora = path("mora", enter(), send("aviso"), wait(3), send("segundo"), end())
"""

import json
from collections.abc import Mapping
from typing import Any

from engine.strategy.nodes import NODE_KINDS

Node = dict[str, Any]
LATE: Mapping[str, Any] = {"fact": "days_past_due", "op": ">=", "value": 1}


def path(key: str, *nodes: Node, exit_when: object = "mora", **document: Any) -> str:
    """A strategy document; a port without a target of its own leads to the node that follows."""
    edges = []
    for place, node in enumerate(nodes):
        own = node.pop("to_node", {})
        for port in _ports(node):
            target = own.get(port) or nodes[min(place + 1, len(nodes) - 1)]["id"]
            edges.append({"source": node["id"], "port": port, "target": target})
    return json.dumps(
        {"schema_version": 1, "key": key, "name": key, "exit_when": exit_when, "nodes": nodes, "edges": edges}
        | document
    )


def enter(when: object = LATE, *, priority: int = 100, **options: Any) -> Node:
    """The entry segment; by default everyone past due."""
    return {"id": "entrada", "kind": "segment", "when": when, "priority": priority} | options


def send(
    *templates: str, id: str | None = None, channel: str = "whatsapp", defer: int = 3, **options: Any
) -> Node:
    """A message; the node is called like its first template. Two templates are an even A/B test."""
    share = 100 // len(templates)
    node = {
        "id": id or templates[0],
        "kind": "channel",
        "channel": channel,
        "variants": [{"template": key, "weight": share} for key in templates],
        "if_not_today": {"defer_days": defer},
    }
    if len(templates) > 1:
        node["experiment"] = f"{node['id']}.ab"
    return node | _to(options)


def wait(days: int, *, id: str | None = None, business: bool = False, **to: str) -> Node:
    """So many days."""
    until = {"type": "days", "days": days, "business": business}
    return {"id": id or f"espera-{days}", "kind": "wait", "until": until} | _to(to)


def wait_for(*events: str, days: int, id: str = "espera", **to: str) -> Node:
    """One of some events, or ``timeout`` after so many days."""
    return {"id": id, "kind": "wait", "until": {"type": "event", "events": events, "days": days}} | _to(to)


def wait_until(type: str, id: str = "espera", **until: Any) -> Node:
    """A date of the calendar or of the account."""
    return {"id": id, "kind": "wait", "until": {"type": type} | until}


def choose(id: str, **branches: tuple[object, str]) -> Node:
    """A decision: port = (condition, target); ``else`` leads on."""
    told = [{"port": port, "when": when} for port, (when, _) in branches.items()]
    targets = {port: target for port, (_, target) in branches.items()}
    return {"id": id, "kind": "condition", "branches": told, "to_node": targets}


def notice(template: str, **options: Any) -> Node:
    """A notice the law requires, by WhatsApp."""
    told = {
        "id": template,
        "kind": "notice",
        "notice": "arrears",
        "channel": "whatsapp",
        "template": template,
    }
    return told | _to(options)


def task(id: str = "llamada", **options: Any) -> Node:
    """A call for an agent, waited for."""
    return {"id": id, "kind": "escalate", "target": "agent", "queue": {"name": "mesa"}} | _to(options)


def split(id: str, **arms: tuple[int, str]) -> Node:
    """An experiment between paths: port = (weight, target); the first is the champion."""
    told = [{"port": port, "weight": weight} for port, (weight, _) in arms.items()]
    targets = {port: target for port, (_, target) in arms.items()}
    return {"id": id, "kind": "split", "experiment": f"{id}.v1", "arms": told, "to_node": targets}


def hand_over(strategy: str, id: str = "traspaso") -> Node:
    """The account goes to another strategy today."""
    return {"id": id, "kind": "handover", "strategy": strategy}


def label(word: str, id: str = "marca") -> Node:
    """Puts a label on the person."""
    return {"id": id, "kind": "label", "label": word}


def end(outcome: str = "fin") -> Node:
    """The end of the path; the node is called like its outcome."""
    return {"id": outcome, "kind": "end", "outcome": outcome}


_PORTS = frozenset(
    "next blocked reply promise payment delivered read failed clicked timeout term_passed overflow"
    " not_delivered accepted expired refused done".split()
)


def _to(options: Mapping[str, Any]) -> Node:
    """Options of a node, those that are ports as the nodes they lead to."""
    targets = {word: target for word, target in options.items() if word in _PORTS}
    rest = {word: value for word, value in options.items() if word not in targets}
    return rest | ({"to_node": targets} if targets else {})


def _ports(node: Mapping[str, Any]) -> tuple[str, ...]:
    told = {name: value for name, value in node.items() if name != "to_node"}
    return NODE_KINDS[node["kind"]].model_validate_json(json.dumps(told)).ports()
