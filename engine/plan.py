"""The compiled strategy: frozen steps in evaluation order and the content hash of its document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from engine.book import Facts, Rows
from engine.conditions import Condition, Kernel, compile_condition, parse
from engine.errors import StrategyError
from engine.facts import CATALOGUE, Catalogue
from engine.strategy.document import Strategy
from engine.strategy.nodes import Node, SegmentNode
from engine.vocabulary import STOPPED_STATUSES

PRESET_EXITS: Mapping[str, object] = {
    "preventiva": {
        "any": [
            {"fact": "minimum_payment", "op": "<=", "value": 0},
            {"fact": "days_to_due", "op": "<", "value": 0},
        ]
    },
    "convenio": {"not": {"fact": "on_plan", "op": "is", "value": True}},
}
"""Exits by name; *mora* (amount to cure at or below the minimum worth working) is compared by column."""


@dataclass(frozen=True)
class Step:
    """One node of a plan: its place in evaluation order, its stable code, its kernels and its targets.

    ``targets`` maps each port to the index of the step it leads to. ``code`` is the node's code in
    the strategy, the same in every version that has the node's id.
    """

    index: int
    code: int
    node: Node
    kernels: tuple[Kernel, ...]
    targets: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """A strategy made ready to run; equal documents give equal plans.

    ``on_hold`` maps a promise or plan that broke to the index of the step its account goes to.
    """

    strategy: Strategy
    content_hash: str
    steps: tuple[Step, ...]
    exit: Kernel | None
    on_hold: Mapping[str, int]
    catalogue: Catalogue = field(repr=False)

    @property
    def key(self) -> str:
        """The key of the strategy."""
        return self.strategy.key

    @property
    def kind(self) -> str:
        """``strategy``, or ``campaign`` for what accounts are in beside their strategy."""
        return self.strategy.kind

    @property
    def entry(self) -> Step:
        """The step every enrolment starts at; its kernel says who enters."""
        return next(step for step in self.steps if isinstance(step.node, SegmentNode))

    @property
    def segment(self) -> SegmentNode:
        """The entry node itself."""
        return self.strategy.entry()

    def step_of_code(self) -> dict[int, Step]:
        """Steps by the stable code of their node."""
        return {step.code: step for step in self.steps}

    def facts(self) -> frozenset[str]:
        """Every fact the plan reads: what the book must be loaded with."""
        kernels = [kernel for step in self.steps for kernel in step.kernels]
        read = frozenset[str]().union(
            *(kernel.facts for kernel in kernels), *(step.node.facts() for step in self.steps)
        )
        return read if self.exit is None else read | self.exit.facts


def leaving(plan: Plan, facts: Facts, accounts: Rows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which accounts are in a stop state, and which meet the plan's exit: two masks over ``accounts``.

    The preset *mora* compares ``amount_to_cure`` with the column ``minimum_worth`` (minor units, the
    portfolio's minimum worth working in the account's currency).
    """
    book = facts.book
    status = book.columns.get("account_status")
    stopped = np.zeros(len(accounts), np.bool_) if status is None else _STOPPED[status[accounts]]
    if plan.exit is not None:
        return stopped, plan.exit.true(facts, accounts)
    floor = book.columns.get("minimum_worth")
    owed = book.column("amount_to_cure")[accounts]
    return stopped, np.asarray(owed <= (0 if floor is None else floor[accounts]))


_STOPPED = np.isin(np.arange(32), [int(status) for status in STOPPED_STATUSES])


def compile_plan(
    strategy: Strategy, codes: Mapping[str, int] | None = None, catalogue: Catalogue = CATALOGUE
) -> Plan:
    """Compile a document; ``codes`` are stable node codes by id (default: position in the document).

    Steps are ordered so that every edge leads forward, once the edges out of waits of at least one
    day are cut (03, point 3). Raises ``StrategyError`` naming the nodes of an illegal cycle, an edge
    to nothing, or a port without an edge.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> [step.node.id for step in compile_plan(read_strategy(SMALLEST)).steps]
    ['in', 'out']
    """
    codes = codes or {node.id: position for position, node in enumerate(strategy.nodes)}
    nodes = {node.id: node for node in strategy.nodes}
    order = _evaluation_order(strategy, nodes)
    index = {node_id: position for position, node_id in enumerate(order)}
    steps = tuple(_step(strategy, nodes[node_id], index, codes, catalogue) for node_id in order)
    strategy.entry()
    on_hold = {str(cause): _on_hold(index, cause, node_id) for cause, node_id in strategy.on_hold.items()}
    return Plan(strategy, strategy.content_hash(), steps, _exit(strategy, catalogue), on_hold, catalogue)


def _on_hold(index: Mapping[str, int], cause: str, node_id: str) -> int:
    if node_id not in index:
        raise StrategyError(f"on_hold names the node {node_id!r}, which is not there", place=cause)
    return index[node_id]


def _step(
    strategy: Strategy, node: Node, index: Mapping[str, int], codes: Mapping[str, int], catalogue: Catalogue
) -> Step:
    targets = strategy.targets(node.id)
    missing = [port for port in node.ports() if port not in targets]
    if missing:
        raise StrategyError(f"port {missing[0]!r} leads nowhere", place=node.id, code="strategy.port")
    kernels = tuple(compile_condition(condition, catalogue, node.id) for condition in node.conditions())
    return Step(
        index[node.id], codes[node.id], node, kernels, {port: index[targets[port]] for port in node.ports()}
    )


def _evaluation_order(strategy: Strategy, nodes: Mapping[str, Node]) -> list[str]:
    before: dict[str, set[str]] = {node_id: set() for node_id in nodes}
    for edge in strategy.edges:
        for end in (edge.source, edge.target):
            if end not in nodes:
                raise StrategyError(
                    f"an edge names the node {end!r}, which is not there", code="strategy.edge"
                )
        if not nodes[edge.source].cuts_cycle():
            before[edge.target].add(edge.source)
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as cycle:
        raise StrategyError(
            "these nodes form a circle without a wait of at least one day: " + " -> ".join(cycle.args[1]),
            place=cycle.args[1][0],
            code="strategy.cycle",
        ) from None


def _exit(strategy: Strategy, catalogue: Catalogue) -> Kernel | None:
    if strategy.exit_when == "mora":
        return None
    condition: Condition
    if isinstance(strategy.exit_when, str):
        condition = parse(PRESET_EXITS[strategy.exit_when])
    else:
        condition = strategy.exit_when
    return compile_condition(condition, catalogue, "exit_when")
