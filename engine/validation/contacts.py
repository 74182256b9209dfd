"""The contacts of a strategy that count, and the fewest days between any two of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.strategy.nodes import ChannelNode, NoticeNode
from engine.validation.graph import Graph
from engine.vocabulary import SLOT_PURPOSES, Purpose

FAR = 10_000
"""Days between contacts that never follow each other."""


@dataclass(frozen=True)
class Contact:
    """A node that contacts the debtor for collection, and how many lawful days it may be put off.

    ``leg`` 1 is the node's fallback, which comes ``after_days`` whole days behind its first message at least.
    """

    node_id: str
    channel: str
    purpose: str
    relation: str
    send_at: str
    defer_days: int
    leg: int = 0
    after_days: int = 0


def contacts_of(graph: Graph) -> list[Contact]:
    """The contacts of a strategy, in the order of the document, each before its own fallback."""
    found = []
    for node in graph.nodes.values():
        if isinstance(node, NoticeNode):
            found.append(Contact(node.id, node.channel, "notice", node.to, "window_start", node.defer_days))
        elif isinstance(node, ChannelNode) and Purpose.of(node.purpose) in SLOT_PURPOSES:
            days = node.if_not_today.defer_days
            found.append(Contact(node.id, node.channel, node.purpose, node.to, node.send_at, days))
            if node.fallback is not None:
                after = (node.fallback_hours() or 0) // 24
                other = node.fallback.channel
                found.append(Contact(node.id, other, node.purpose, node.to, "window_start", days, 1, after))
    return found


def days_between(graph: Graph, contacts: Sequence[Contact]) -> NDArray[np.int64]:
    """The fewest days from the acceptance of one contact to the next wish of another: (n, n), ``FAR``.

    A fallback follows its own first message; one that would come behind a later message is dropped.
    """
    days = np.full((len(contacts), len(contacts)), FAR, np.int64)
    for row, contact in enumerate(contacts):
        notice = contact.purpose == "notice"
        soonest = graph.least_days(contact.node_id, None if notice else "next")
        for column, other in enumerate(contacts):
            between = soonest.get(other.node_id, FAR) - contact.after_days
            if other.node_id == contact.node_id and other.leg > contact.leg:
                between = 0
            if 0 <= between < FAR - contact.after_days:
                days[row, column] = between + other.after_days
    return days


def span_of(days: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The fewest days between a contact and the ``count``-th after it, over any contacts between.

    >>> span_of(np.array([[FAR, 1, FAR], [FAR, FAR, 2], [FAR, FAR, FAR]]), 2)[0].tolist()[2]
    3
    """
    span = days
    for _ in range(count - 1):
        span = np.minimum((span[:, :, None] + days[None, :, :]).min(axis=1), FAR)
    return span
