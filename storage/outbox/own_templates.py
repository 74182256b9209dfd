"""The template an item would have used had its account not been covered by another's message."""

from collections.abc import Sequence
from typing import Any

import psycopg

from storage.outbox.guarded import HeldItem
from storage.provider_templates import USABLE


def own_templates(connection: psycopg.Connection, items: Sequence[HeldItem]) -> dict[tuple[int, ...], int]:
    """Approved templates of the nodes that asked for covered items, by item key.

    Only those on the channel the message already has: another channel needs a new decision. A fallback is
    the winner's alone (03, point 12).
    """
    rows = connection.execute(
        """
        SELECT i.cause_kind, i.cause_id, i.node, i.visit, i.addressee_id, i.leg, i.variant, m.channel,
            (SELECT body FROM strategy_version v WHERE v.id = e.version_id) AS document, n.node_id
        FROM message_item i
        JOIN message m ON m.id = i.message_id
        JOIN enrolment e ON e.id = i.cause_id
        JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = i.node
        WHERE i.message_id = ANY(%s) AND i.covered AND i.alive AND i.leg = 0
        """,
        [sorted({item.message_id for item in items})],
    ).fetchall()
    wanted = {tuple(row[:6]): (_template_key(row[8], row[9], row[6]), row[7]) for row in rows}
    keys = sorted({key for key, _ in wanted.values()})
    approved = connection.execute(
        f"SELECT key, channel, max(id) FROM template t WHERE key = ANY(%s) AND {USABLE}"
        " GROUP BY key, channel",
        [keys],
    ).fetchall()
    by_key = {(key, channel): template_id for key, channel, template_id in approved}
    return {item: by_key[wish] for item, wish in wanted.items() if wish in by_key}


def _template_key(document: dict[str, Any], node_id: str, variant: int) -> str:
    """The key a channel node's variant, or a notice, names; empty when it names none."""
    for node in document.get("nodes", []):
        if node.get("id") == node_id:
            variants = node.get("variants") or [{"template": node.get("template", "")}]
            return str(variants[min(variant, len(variants) - 1)]["template"])
    return ""
