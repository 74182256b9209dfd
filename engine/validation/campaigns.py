"""Findings about campaigns: their dates and budget, what they can still do in time, and full queues."""

from collections.abc import Iterator
from datetime import date

from engine.findings import Finding
from engine.strategy.campaign import Campaign
from engine.strategy.nodes import ChannelNode, SegmentNode
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.escalate import OVERFLOW, EscalateNode
from engine.validation.context import Context
from engine.validation.findings import error, warning
from engine.validation.graph import Graph


def check_campaign(graph: Graph, context: Context) -> Iterator[Finding]:
    """A campaign says from when to when; a strategy does not; a budget needs prices to bind."""
    strategy = graph.strategy
    if (strategy.kind == "campaign") != (strategy.campaign is not None):
        yield error(
            "campaign.dates",
            "",
            "Una campaña, y solo una campaña, dice desde y hasta cuándo («campaign»).",
            "A campaign, and only a campaign, says from when to when (`campaign`).",
            "campaign",
        )
    if strategy.campaign is not None:
        yield from _too_late(graph, strategy.campaign)
        yield from _unpriced(graph, strategy.campaign, context)


def check_overflow(graph: Graph, context: Context) -> Iterator[Finding]:
    """What a full queue sends to a cheaper channel must come to a message."""
    del context
    for node in graph.nodes.values():
        if not isinstance(node, EscalateNode) or OVERFLOW not in node.ports():
            continue
        target = graph.nodes.get(graph.edges[node.id].get(OVERFLOW, ""))
        if target is not None and not isinstance(target, ChannelNode):
            yield error(
                "escalate.overflow",
                node.id,
                "Lo que no cabe en la cola debe ir a un envío por un canal más barato.",
                "What the queue has no room for must go to a message over a cheaper channel.",
                OVERFLOW,
            )


def _too_late(graph: Graph, campaign: Campaign) -> Iterator[Finding]:
    """Messages no account can reach before the campaign is over, even one of its first day."""
    length = (date.fromisoformat(campaign.ends_on) - date.fromisoformat(campaign.starts_on)).days
    for entry in (node for node in graph.nodes.values() if isinstance(node, SegmentNode)):
        for node_id, days in graph.least_days(entry.id).items():
            if days > length and isinstance(graph.nodes[node_id], MessageNode):
                yield warning(
                    "campaign.too_late",
                    node_id,
                    f"Nadie llega a este mensaje: haría falta más de los {length + 1} días de la campaña.",
                    f"Nobody gets to this message: it takes more than the {length + 1} days of the campaign.",
                    "campaign.ends_on",
                )


def _unpriced(graph: Graph, campaign: Campaign, context: Context) -> Iterator[Finding]:
    if campaign.budget is None or context.prices is None:
        return
    wishes = [node.wish() for node in graph.nodes.values() if isinstance(node, MessageNode)]
    for word in sorted({wish.channel.word for wish in wishes} - context.prices.keys()):
        yield warning(
            "campaign.unpriced",
            "",
            f"El presupuesto no limita los envíos por {word}: el portafolio no tiene su precio.",
            f"The budget does not bind messages by {word}: the portfolio has no price for it.",
            "message_prices",
        )
