"""Findings about what must follow a message: the consequence it names, a person after the last one."""

from collections.abc import Iterator

from engine.findings import Finding
from engine.strategy.nodes import ChannelNode, EndNode, Node, NoticeNode
from engine.strategy.nodes.account_action import AccountActionNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.strategy.nodes.handover import HandoverNode
from engine.strategy.nodes.offer import OfferNode
from engine.validation.context import Context
from engine.validation.findings import error, warning
from engine.validation.graph import Graph
from engine.validation.messages import used_templates

_CARRY_OUT = (AccountActionNode, NoticeNode)
_DEEDS = ("agency", "legal")


def check_consequences(graph: Graph, context: Context) -> Iterator[Finding]:
    """Consequences nobody carries out, and collection that ends without a person having looked."""
    for node in graph.strategy.nodes:
        behind = graph.behind(node.id)
        named = [key for key, _ in used_templates(node) if _names_consequence(key, context)]
        if named and not any(_carries_out(graph.nodes[other]) for other in behind):
            yield error(
                "consequence.empty",
                node.id,
                f"La plantilla «{named[0]}» anuncia una consecuencia que ningún paso posterior cumple.",
                f"The template {named[0]!r} names a consequence that no later step carries out.",
            )
        if isinstance(node, ChannelNode) and node.purpose == "collection" and _ends_alone(graph, node.id):
            yield warning(
                "escalation.missing",
                node.id,
                "Tras este último mensaje el camino puede terminar sin que nadie revise el caso.",
                "After this last message the path may end without anyone looking at the case.",
            )


def _names_consequence(key: str, context: Context) -> bool:
    facts = (context.templates or {}).get(key)
    return facts is not None and facts.names_consequence


def _carries_out(node: Node) -> bool:
    return isinstance(node, _CARRY_OUT) or (isinstance(node, EscalateNode) and node.target in _DEEDS)


def _ends_alone(graph: Graph, start: str) -> bool:
    """Whether an end is reached from an accepted message without another message, a person or a strategy."""
    untried = [graph.edges[start].get("next", "")]
    seen: set[str] = set()
    while untried:
        node_id = untried.pop()
        node = graph.nodes.get(node_id)
        if node is None or node_id in seen or isinstance(node, (ChannelNode, EscalateNode, HandoverNode)):
            continue
        if isinstance(node, EndNode):
            return True
        seen.add(node_id)
        untried.extend(target for port, target in graph.edges[node_id].items() if not _is_settled(node, port))
    return False


def _is_settled(node: Node, port: str) -> bool:
    """An accepted offer is an agreement: nobody has to look at the case."""
    return isinstance(node, OfferNode) and port == "accepted"
