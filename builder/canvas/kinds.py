"""What a new step of each kind is before anybody has said anything about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

UNCHOSEN = "por-elegir"
"""The template, queue or strategy of a new step: the validator says that it does not exist yet."""

_ARREARS = {"fact": "days_past_due", "op": ">=", "value": 1}

NEW: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "segment": {"id": "entrada", "when": _ARREARS},
        "wait": {"id": "espera", "until": {"type": "days", "days": 3}},
        "channel": {"id": "envio", "channel": "whatsapp", "variants": [{"template": UNCHOSEN}]},
        "notice": {"id": "aviso", "notice": "arrears", "channel": "email", "template": UNCHOSEN},
        "condition": {"id": "decision", "branches": [{"port": "si", "label": "Sí", "when": _ARREARS}]},
        "split": {
            "id": "prueba",
            "experiment": "prueba",
            "arms": [{"port": "a", "weight": 50}, {"port": "b", "weight": 50}],
        },
        "escalate": {
            "id": "derivacion",
            "target": "agent",
            "queue": {"name": "mesa"},
            "results": ["promesa"],
        },
        "offer": {"id": "oferta", "offer": "plan", "instalments": 3, "valid_days": 7},
        "account_action": {"id": "accion", "action": "suspend"},
        "label": {"id": "marca", "label": "contactado"},
        "handover": {"id": "traspaso", "strategy": UNCHOSEN},
        "end": {"id": "salida", "outcome": "ciclo_completo"},
    }
)


def new_node(kind: str) -> dict[str, Any]:
    """The document node of a new step; ``KeyError`` for a kind that does not exist.

    >>> new_node("end")
    {'id': 'salida', 'kind': 'end', 'outcome': 'ciclo_completo'}
    """
    fields = dict(NEW[kind])
    return {"id": fields.pop("id"), "kind": kind, **fields}


def new_strategy(key: str, name: str) -> dict[str, Any]:
    """The smallest document to start drawing from: an entry and a way out.

    >>> [node["kind"] for node in new_strategy("mora", "Mora")["nodes"]]
    ['segment', 'end']
    """
    entry, leave = new_node("segment"), new_node("end")
    return {
        "schema_version": 1,
        "key": key,
        "name": name,
        "nodes": [entry, leave],
        "edges": [{"source": entry["id"], "port": "next", "target": leave["id"]}],
        "exit_when": "mora",
        "layout": {entry["id"]: [80, 40], leave["id"]: [80, 240]},
    }
