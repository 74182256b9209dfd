"""The strategies of the benchmarks: every account of a generated book stands in one of four of them."""

from collections.abc import Iterable
from typing import Any

Document = dict[str, Any]

EVENTS = {"type": "event", "events": ["reply", "payment"], "days": 3}


def four_strategies() -> list[Document]:
    """Preventive, and arrears of 1 to 30, 31 to 60 and more days; together they hold the whole book."""
    late = {"fact": "days_past_due"}
    return [
        _strategy("preventiva", 100, {**late, "op": "=", "value": 0}, "reminder"),
        _strategy("mora-1-30", 200, {**late, "op": "between", "value": [1, 30]}, "collection"),
        _strategy("mora-31-60", 300, {**late, "op": "between", "value": [31, 60]}, "collection"),
        _strategy("mora-60", 400, {**late, "op": ">", "value": 60}, "collection"),
    ]


def sixty_nodes() -> Document:
    """The strategy of early arrears five times over: each round ends where the next begins."""
    whole = four_strategies()[1]
    nodes, edges = [], []
    for round_number in range(5):
        mark = f"-{round_number}" if round_number else ""
        for node in whole["nodes"]:
            if node["kind"] != "segment" or not round_number:
                nodes.append({**node, "id": node["id"] + mark})
        for edge in whole["edges"]:
            if edge["source"] != "entrada" or not round_number:
                edges.append({**edge, "source": edge["source"] + mark, "target": edge["target"] + mark})
    for round_number in range(4):
        here = f"-{round_number}" if round_number else ""
        nodes = [node for node in nodes if node["id"] != f"fin{here}"]
        nodes.append({"id": f"ronda{here}", "kind": "label", "label": "otra-ronda"})
        edges = [
            edge if edge["target"] != f"fin{here}" else {**edge, "target": f"ronda{here}"} for edge in edges
        ]
        edges.append({"source": f"ronda{here}", "target": f"inicio-{round_number + 1}"})
    return {**whole, "key": "mora-larga", "nodes": nodes, "edges": edges}


def _strategy(key: str, priority: int, segment: Document, purpose: str) -> Document:
    """Twelve nodes: wait, a split of cadences, two messages with their refusals, a decision, a call."""
    stem = key.replace("-", "_")
    whatsapp = "mora_1_30_whatsapp_a" if key == "mora-1-30" else f"{stem}_whatsapp"
    late = {"any": [
        {"fact": "risk_score", "op": "<", "value": 560},
        {"all": [{"fact": "times_delinquent_12m", "op": ">=", "value": 2},
                 {"fact": "amount_to_cure", "op": ">=", "value": 100_000}]}]}  # fmt: skip
    unprotected = {"fact": "protected", "op": "is", "value": False}
    nodes = [
        {"id": "entrada", "kind": "segment", "priority": priority, "when": {"all": [segment, unprotected]}},
        {"id": "inicio", "kind": "wait", "until": {"type": "days", "days": 1}},
        {"id": "cadencia", "kind": "split", "experiment": f"{key}.cadencia",
         "arms": [{"port": "a", "weight": 50}, {"port": "b", "weight": 50}]},
        {"id": "riesgo", "kind": "condition", "branches": [
            {"port": "escribe", "when": late},
            {"port": "promesa", "when": {"fact": "promise_open", "op": "is", "value": True}}]},
        {"id": "whatsapp", "kind": "channel", "channel": "whatsapp", "purpose": purpose, "send_at": "09:30",
         "priority": priority, "variants": [{"template": whatsapp}], "if_not_today": {"defer_days": 7}},
        {"id": "sms", "kind": "channel", "channel": "sms", "purpose": purpose, "priority": priority,
         "variants": [{"template": f"{stem}_sms"}], "if_not_today": {"defer_days": 7}},
        {"id": "espera", "kind": "wait", "until": EVENTS},
        {"id": "decide", "kind": "condition", "branches": [
            {"port": "alto", "when": {"all": [
                {"fact": "amount_to_cure", "op": ">=", "value": 5_000_000},
                {"fact": "days_past_due", "op": ">=", "value": 15}]}},
            {"port": "pago", "when": {"fact": "days_since_payment", "op": "<=", "value": 5}}]},
        {"id": "llamada", "kind": "escalate", "target": "agent", "queue": {"name": "gestion", "per_day": 400},
         "sla_days": 3, "results": ["promesa"]},
        {"id": "correo", "kind": "channel", "channel": "email", "purpose": purpose, "priority": priority,
         "variants": [{"template": f"{stem}_email"}], "if_not_today": {"defer_days": 7}},
        {"id": "pausa", "kind": "wait", "until": {"type": "days", "days": 7}},
        {"id": "fin", "kind": "end", "outcome": "ciclo_completo"},
    ]  # fmt: skip
    edges = _edges(
        "entrada inicio", "inicio cadencia", "cadencia:a riesgo", "cadencia:b whatsapp",
        "riesgo:escribe whatsapp", "riesgo:promesa pausa", "riesgo:else espera",
        "whatsapp espera", "whatsapp:blocked sms", "sms espera", "sms:blocked decide",
        "espera:reply decide", "espera:payment decide", "espera:timeout decide",
        "decide:alto llamada", "decide:pago pausa", "decide:else correo",
        "llamada pausa", "llamada:timeout correo", "llamada:promesa pausa",
        "correo pausa", "correo:blocked pausa", "pausa fin",
    )  # fmt: skip
    ends: Any = "mora"
    if key == "preventiva":
        ends = {"fact": "days_past_due", "op": ">", "value": 0}
    return {"schema_version": 1, "key": key, "name": key, "nodes": nodes, "edges": edges, "exit_when": ends}


def _edges(*lines: str) -> list[Document]:
    return list(_read_edges(lines))


def _read_edges(lines: Iterable[str]) -> Iterable[Document]:
    for line in lines:
        source, target = line.split()
        node, _, port = source.partition(":")
        yield {"source": node, "target": target} | ({"port": port} if port else {})
