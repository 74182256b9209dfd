"""Findings about tests between people: required notices and protected persons stay out of them."""

from collections.abc import Iterator

from engine.conditions import Condition, implies, may_both_be_true, parse
from engine.findings import Finding
from engine.strategy.nodes import ChannelNode, Node, NoticeNode, SegmentNode, SplitNode
from engine.strategy.nodes.condition import ConditionNode
from engine.validation.context import Context
from engine.validation.findings import error
from engine.validation.graph import Graph
from engine.validation.logic import is_sound

PROTECTED: Condition = parse({"fact": "protected", "op": "is", "value": True})


def check_experiments(graph: Graph, context: Context) -> Iterator[Finding]:
    """Every test is held against the two things the law keeps out of tests."""
    tests = [node for node in graph.strategy.nodes if _tests_people(node)]
    for node in tests:
        if isinstance(node, SplitNode):
            yield from _notices(node, graph)
    if tests and "protected" in context.catalogue:
        reached = _reached_by_protected(graph, context)
        for node in tests:
            if node.id in reached:
                yield error(
                    "test.protected",
                    node.id,
                    "Una persona protegida podría caer en esta prueba: exclúyala en la entrada.",
                    "A protected person could fall in this test: keep them out at the entry.",
                    '{"fact": "protected", "op": "is", "value": false}',
                )


def _tests_people(node: Node) -> bool:
    return isinstance(node, SplitNode) or (isinstance(node, ChannelNode) and len(node.variants) > 1)


def _notices(node: SplitNode, graph: Graph) -> Iterator[Finding]:
    arms = [graph.behind(node.id, arm.port) for arm in node.arms]
    inside = set[str]().union(*arms) - arms[0].intersection(*arms[1:])
    for other in graph.nodes.values():
        if isinstance(other, NoticeNode) and other.id in inside:
            yield error(
                "test.notice",
                other.id,
                f"El aviso obligatorio está dentro de la prueba «{node.experiment}»: todos deben recibirlo.",
                f"The required notice stands inside the test {node.experiment!r}: everyone must get it.",
            )


def _reached_by_protected(graph: Graph, context: Context) -> set[str]:
    """The nodes a protected person can come to, given what segments and branches ask."""
    found: set[str] = set()
    untried = list(graph.roots)
    while untried:
        node_id = untried.pop()
        if node_id in found:
            continue
        found.add(node_id)
        untried.extend(
            target
            for port, target in graph.edges[node_id].items()
            if _lets_pass(graph.nodes[node_id], port, context)
        )
    return found


def _lets_pass(node: Node, port: str, context: Context) -> bool:
    if isinstance(node, SegmentNode):
        return _may_hold(node.when, context)
    if not isinstance(node, ConditionNode):
        return True
    for branch in node.branches:
        if branch.port == port:
            return _may_hold(branch.when, context)
        if is_sound(branch.when, context) and implies(PROTECTED, branch.when, context.catalogue):
            return False
    return True


def _may_hold(condition: Condition, context: Context) -> bool:
    return not is_sound(condition, context) or may_both_be_true(condition, PROTECTED, context.catalogue)
