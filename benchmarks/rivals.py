"""The same strategy for two other rule engines, account by account: GoRules zen and durable_rules.

Both get every predicate of the strategy as it stands in the document. What is no predicate they are
given ready-made, which favours them: the arm of the split, derived facts, and the law's answer for each
channel. What they answer is where the account stands afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import zen
from durable.engine import Host

Condition = dict[str, Any]
Fact = int | str | None
Account = dict[str, Fact]

ALWAYS: Condition = {"all": []}
_SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_DURABLE = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte", "!=": "$neq"}


@dataclass(frozen=True)
class Way:
    """Out of a node: when it is taken, and the node it leads to; ``parks`` when the account stays there."""

    when: Condition
    target: str
    parks: bool = False


Ways = dict[str, list[Way]]


def ways_of(document: dict[str, Any]) -> Ways:
    """The strategy of the benchmarks as ordered ways out of each node; ``start`` is the first."""
    nodes = {node["id"]: node for node in document["nodes"]}
    edges = {(edge["source"], edge.get("port", "next")): edge["target"] for edge in document["edges"]}
    waits = [name for name, node in nodes.items() if node["kind"] == "wait"]
    messages = [name for name, node in nodes.items() if node["kind"] == "channel"]
    ways = {"start": _leaving() + [_standing(name, "left:" + name) for name in waits]}
    ways["start"] += [_standing(name, name) for name in messages]
    for name in waits:
        port = "timeout" if (name, "timeout") in edges else "next"
        ways["left:" + name] = [Way(ALWAYS, edges[name, port])]
    for name, node in nodes.items():
        ways[name] = _ways(name, node, edges)
    return {name: ways[name] for name in _reached(ways, "start")}


def _reached(ways: Ways, node: str) -> list[str]:
    """The nodes that can be come to, each once: an engine may take what nothing leads to for a beginning."""
    found, todo = [], [node]
    while todo:
        here = todo.pop()
        if here not in found:
            found.append(here)
            todo += [way.target for way in ways[here] if not way.parks]
    return found


def _leaving() -> list[Way]:
    return [
        Way({"fact": "account_status", "op": ">=", "value": 5}, "stopped", parks=True),
        Way({"fact": "worth", "op": "<=", "value": 0}, "exit", parks=True),
        Way({"fact": "hold_kinds", "op": "!=", "value": 0}, "held", parks=True),
    ]


def _standing(name: str, target: str) -> Way:
    return Way({"fact": "node", "op": "=", "value": name}, target)


def _ways(name: str, node: dict[str, Any], edges: dict[tuple[str, str], str]) -> list[Way]:
    kind = node["kind"]
    control = {"fact": "holdout", "op": "=", "value": 1}
    if kind == "split":
        ports = [arm["port"] for arm in node["arms"]]
        arms = [{"fact": "arm", "op": "=", "value": number} for number in range(len(ports))]
        return [Way(arm, edges[name, port]) for arm, port in zip(arms, ports, strict=True)]
    if kind == "condition":
        branches = [Way(branch["when"], edges[name, branch["port"]]) for branch in node["branches"]]
        return [*branches, Way(ALWAYS, edges[name, "else"])]
    if kind == "channel":
        refused = {"fact": f"may_{node['channel']}", "op": "=", "value": "blocked"}
        return [Way(control, edges[name, "next"]), Way(refused, edges[name, "blocked"]),
                Way(ALWAYS, name, parks=True)]  # fmt: skip
    if kind == "escalate":
        return [Way(control, edges[name, "next"]), Way(ALWAYS, name, parks=True)]
    return [Way(ALWAYS, edges[name, "next"])] if kind == "segment" else [Way(ALWAYS, name, parks=True)]


class Zen:
    """A JDM graph with one switch a node, compiled once by a static loader and evaluated by its key."""

    def __init__(self, ways: Ways) -> None:
        self._engine = zen.ZenEngine({"loader": {"type": "static", "content": {"strategy": _jdm(ways)}}})

    def answer(self, account: Account) -> str:
        """Where the account stands afterwards."""
        result: dict[str, str] = self._engine.evaluate("strategy", account)["result"]
        return result["stands"]


class Durable(Host):  # type: ignore[misc]
    """A ruleset in which every path through the strategy is a rule, first match by priority, one sid."""

    def __init__(self, ways: Ways) -> None:
        super().__init__()
        self._paths = list(_paths(ways, "start", []))
        self._hit = -1
        rules = {
            f"path_{number}": {
                "pri": number + 1,
                "all": [{"m": _durable(conditions)}],
                "run": self._note(number),
            }
            for number, (conditions, _) in enumerate(self._paths)
        }
        self.set_rulesets({"strategy": rules})

    def _run(self) -> None:
        """No timer threads: nothing here waits."""

    def _note(self, number: int) -> Any:
        def run(_context: object) -> None:
            self._hit = number

        return run

    def answer(self, account: Account) -> str:
        """Where the account stands afterwards."""
        self.post("strategy", {name: value for name, value in account.items() if value is not None})
        return self._paths[self._hit][1]


def _paths(ways: Ways, node: str, taken: list[Condition]) -> Iterator[tuple[list[Condition], str]]:
    """Every path from a node in the order of its ways: the first that matches is the one that is gone."""
    for way in ways[node]:
        conditions = taken if way.when == ALWAYS else [*taken, way.when]
        if way.parks:
            yield conditions, way.target
        else:
            yield from _paths(ways, way.target, conditions)


def _jdm(ways: Ways) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [_jdm_node("in", "inputNode"), _jdm_node("out", "outputNode")]
    edges = [_jdm_edge("in", "switch:start")]
    for node, out in ways.items():
        statements = [
            {"id": f"{node}/{number}", "condition": _zen(way.when), "isDefault": False}
            for number, way in enumerate(out)
        ]
        content = {"hitPolicy": "first", "statements": statements}
        nodes.append(_jdm_node(f"switch:{node}", "switchNode", content))
        for number, way in enumerate(out):
            target = f"at:{way.target}" if way.parks else f"switch:{way.target}"
            edges.append(_jdm_edge(f"switch:{node}", target, f"{node}/{number}"))
    for place in sorted({way.target for out in ways.values() for way in out if way.parks}):
        expression = {"id": place, "key": "stands", "value": f"'{place}'"}
        nodes.append(_jdm_node(f"at:{place}", "expressionNode", {"expressions": [expression]}))
        edges.append(_jdm_edge(f"at:{place}", "out"))
    return {"nodes": nodes, "edges": edges}


def _jdm_node(name: str, kind: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    node: dict[str, Any] = {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}}
    return node if content is None else {**node, "content": content}


def _jdm_edge(source: str, target: str, handle: str | None = None) -> dict[str, Any]:
    edge = {"id": f"{source}>{target}>{handle}", "type": "edge", "sourceId": source, "targetId": target}
    return edge if handle is None else {**edge, "sourceHandle": handle}


def _zen(condition: Condition) -> str:
    """A condition in zen's expression language; an unknown fact satisfies nothing."""
    for joint, word in (("all", " and "), ("any", " or ")):
        if joint in condition:
            return word.join(f"({_zen(part)})" for part in condition[joint])
    fact, op, value = condition["fact"], condition["op"], condition["value"]
    if op == "is":
        op, value = "=", int(value)
    text = f"'{value}'" if isinstance(value, str) else str(value)
    compared = f"{fact} {_SIGNS[op]} {text}"
    return compared if op == "=" else f"{fact} != null and {compared}"


def _durable(conditions: Sequence[Condition]) -> dict[str, Any]:
    """Conditions that must all hold, as durable_rules takes them."""
    parts = [_durable_part(condition) for condition in conditions]
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _durable_part(condition: Condition) -> dict[str, Any]:
    for joint, word in (("all", "$and"), ("any", "$or")):
        if joint in condition:
            return {word: [_durable_part(part) for part in condition[joint]]}
    fact, op, value = condition["fact"], condition["op"], condition["value"]
    if op in ("=", "is"):
        return {fact: int(value) if isinstance(value, bool) else value}
    return {_DURABLE[op]: {fact: value}}
