"""Findings about the other strategies of the portfolio: handovers, shared audiences."""

from collections.abc import Iterator, Mapping, Sequence

from engine.conditions import is_covered, may_both_be_true
from engine.findings import Finding
from engine.strategy.document import Strategy
from engine.strategy.nodes import SegmentNode
from engine.strategy.nodes.handover import HandoverNode
from engine.validation.context import Context
from engine.validation.findings import error, warning
from engine.validation.graph import Graph
from engine.validation.logic import is_sound


def check_neighbours(graph: Graph, context: Context) -> Iterator[Finding]:
    """Handovers that go nowhere, and audiences two strategies would share."""
    own = graph.strategy
    others = [other for other in context.others or () if other.key != own.key]
    known = None if context.others is None else {other.key: other.kind for other in others}
    for node in graph.strategy.nodes:
        if isinstance(node, HandoverNode):
            yield from _handover(node, own, known)
    segment = _segment(own)
    if segment is not None and is_sound(segment.when, context):
        beside = [(other.key, _segment(other)) for other in others if other.kind == own.kind]
        sound = [(key, s) for key, s in beside if s is not None and is_sound(s.when, context)]
        yield from _audience(segment, sound, context)


def _handover(node: HandoverNode, own: Strategy, known: Mapping[str, str] | None) -> Iterator[Finding]:
    if node.strategy == own.key:
        yield error(
            "handover.itself",
            node.id,
            "La estrategia se entregaría la cuenta a sí misma.",
            "The strategy would hand the account to itself.",
        )
    elif known is not None and node.strategy not in known:
        yield error(
            "handover.unknown",
            node.id,
            f"No hay ninguna estrategia publicada «{node.strategy}».",
            f"There is no published strategy {node.strategy!r}.",
            " ".join(sorted(known)),
        )
    elif known is not None and known[node.strategy] != own.kind:
        yield error(
            "handover.kind",
            node.id,
            "Una cuenta no pasa de una estrategia a una campaña ni al revés: está en las dos a la vez.",
            "An account does not go from a strategy to a campaign or back: it is in both at once.",
            node.strategy,
        )


def _segment(strategy: Strategy) -> SegmentNode | None:
    return next((node for node in strategy.nodes if isinstance(node, SegmentNode)), None)


def _audience(
    segment: SegmentNode, others: Sequence[tuple[str, SegmentNode]], context: Context
) -> Iterator[Finding]:
    for key, other in others:
        same = other.priority == segment.priority
        if same and may_both_be_true(segment.when, other.when, context.catalogue):
            yield warning(
                "audience.overlap",
                segment.id,
                f"Comparte cuentas con «{key}» y tiene la misma prioridad: dé otra a una de las dos.",
                f"Shares accounts with {key!r} at the same priority: give one of them another.",
                "priority",
            )
    above = [other for _, other in others if other.priority > segment.priority]
    if above and is_covered(segment.when, [other.when for other in above], context.catalogue):
        names = ", ".join(key for key, other in others if other in above)
        yield warning(
            "audience.covered",
            segment.id,
            f"Nadie entraría: estrategias con más prioridad ya toman a todos ({names}).",
            f"Nobody would enter: strategies of higher priority take everyone ({names}).",
            "priority",
        )
