"""A strategy as a graph that may be broken: who leads where, who is reached, how soon."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from engine.strategy.document import Strategy
from engine.strategy.nodes import Node, NoticeNode, SegmentNode, WaitNode
from engine.strategy.nodes.account_action import AccountActionNode
from engine.strategy.nodes.escalate import EscalateNode
from engine.strategy.nodes.offer import OfferNode
from engine.strategy.nodes.wait import Days, Event


class Graph:
    """The nodes and usable edges of a document: what leads nowhere is left out, the first of two stays.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> graph = Graph(read_strategy(SMALLEST))
    >>> sorted(graph.reached(["in"])), graph.least_days("in")["out"]
    (['in', 'out'], 0)
    """

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.nodes: Mapping[str, Node] = {node.id: node for node in reversed(strategy.nodes)}
        self.edges: dict[str, dict[str, str]] = {node_id: {} for node_id in self.nodes}
        for edge in strategy.edges:
            if edge.source in self.nodes and edge.target in self.nodes:
                ports = self.nodes[edge.source].ports()
                if edge.port in ports:
                    self.edges[edge.source].setdefault(edge.port, edge.target)

    @cached_property
    def roots(self) -> list[str]:
        """Where accounts come in: the entry segments and the targets of ``on_hold``."""
        entries = [node.id for node in self.nodes.values() if isinstance(node, SegmentNode)]
        return entries + [target for target in self.strategy.on_hold.values() if target in self.nodes]

    def after(self, node_id: str) -> Iterable[str]:
        """The nodes one step on."""
        return self.edges.get(node_id, {}).values()

    def reached(self, starts: Iterable[str]) -> set[str]:
        """Every node on some way from ``starts``, themselves included."""
        found: set[str] = set()
        untried = list(starts)
        while untried:
            node_id = untried.pop()
            if node_id not in found:
                found.add(node_id)
                untried.extend(self.after(node_id))
        return found

    def behind(self, node_id: str, port: str | None = None) -> set[str]:
        """Every node on some way out of a node, by one of its ports or by any."""
        targets = self.edges.get(node_id, {})
        return self.reached(targets.values() if port is None else filter(None, [targets.get(port)]))

    def least_days(self, start: str, port: str | None = None) -> dict[str, int]:
        """The fewest days in which each node can be reached out of ``start`` (by ``port``)."""
        days: dict[str, int] = {}
        queue = list(self._steps(start, 0, port))
        heapq.heapify(queue)
        while queue:
            reached, node_id = heapq.heappop(queue)
            if node_id not in days:
                days[node_id] = reached
                for step in self._steps(node_id, reached):
                    heapq.heappush(queue, step)
        return days

    def _steps(self, node_id: str, so_far: int, only: str | None = None) -> Iterator[tuple[int, str]]:
        for port, target in self.edges.get(node_id, {}).items():
            if only is None or port == only:
                yield so_far + least_stay(self.nodes[node_id], port), target


def least_stay(node: Node, port: str) -> int:
    """The fewest days an account stands at a node before it leaves by a port.

    >>> wait = WaitNode(id="w", kind="wait", until=Days(type="days", days=3))
    >>> least_stay(wait, "next")
    3
    """
    if isinstance(node, WaitNode):
        if isinstance(node.until, Event):
            return node.until.least_days if port == "timeout" else 0
        return node.until.days if isinstance(node.until, Days) else 0
    if isinstance(node, EscalateNode) and port == "timeout":
        return node.sla_days
    if isinstance(node, AccountActionNode) and port == "timeout":
        return node.answer_days
    if isinstance(node, OfferNode) and port == "expired":
        return node.valid_days
    return node.term_days if isinstance(node, NoticeNode) and port == "term_passed" else 0
