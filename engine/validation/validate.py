"""One list of all findings about a strategy, in the order a person reads them."""

from collections.abc import Callable, Iterator

from engine.findings import Finding
from engine.strategy.document import Strategy
from engine.validation.campaigns import check_campaign, check_overflow
from engine.validation.consequences import check_consequences
from engine.validation.context import Context
from engine.validation.experiments import check_experiments
from engine.validation.graph import Graph
from engine.validation.law import check_law
from engine.validation.logic import check_logic
from engine.validation.messages import check_messages
from engine.validation.neighbours import check_neighbours
from engine.validation.structure import check_structure

Check = Callable[[Graph, Context], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    check_structure,
    check_logic,
    check_messages,
    check_law,
    check_consequences,
    check_experiments,
    check_neighbours,
    check_campaign,
    check_overflow,
)


def validate(strategy: Strategy, context: Context | None = None) -> list[Finding]:
    """Every finding about a strategy, never only the first; never raises.

    Parts of the context that are ``None`` skip their own checks. A strategy without error findings
    compiles (:func:`engine.plan.compile_plan`) with the same catalogue.

    >>> from engine.strategy.document import SMALLEST, read_strategy
    >>> validate(read_strategy(SMALLEST))
    []
    >>> lost = SMALLEST.replace('"target": "out"', '"target": "away"')
    >>> [finding.code for finding in validate(read_strategy(lost))]
    ['edge.nowhere', 'node.unreachable']
    """
    known = context or Context()
    graph = Graph(strategy)
    findings = [finding for check in CHECKS for finding in check(graph, known)]
    return list(dict.fromkeys(findings))
