"""What a provider's rules ask of messages at the guard: their template, window, pair, number and creditor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from storage.outbox.guarded import WHO_WROTE, HeldMessage
from storage.outbox.written import CARRIES
from storage.provider_templates import USABLE

ENROLMENT = 1
"""Cause kind of an item a strategy asked for."""

PAIR_REACH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One message: whether its template may go, and what is known of its address, pair and number.

    ``wrote_at`` and ``rest_until`` are the addressee's contact point's, ``last_at`` when the same number
    last wrote to the same person, ``reason`` why the message was put off before.
    """

    message_id: UUID
    template_usable: bool
    reason: str
    wrote_at: datetime | None
    rest_until: datetime | None
    last_at: datetime | None
    whatsapp_policy: str
    tier: int
    pool: str


def read_provider_facts(
    connection: psycopg.Connection, messages: Sequence[HeldMessage]
) -> dict[UUID, ProviderFacts]:
    """The facts of messages by id."""
    with connection.cursor(row_factory=class_row(ProviderFacts)) as cursor:
        rows = cursor.execute(
            f"""
            SELECT m.id AS message_id, ({USABLE} OR t.state = '{CARRIES}') AS template_usable, m.reason,
                point.wrote_at, point.rest_until, coalesce(c.whatsapp_policy, 'own_debts') AS whatsapp_policy,
                lane.tier, coalesce(nullif(lane.pool, ''), 'lane:' || lane.lane) AS pool,
                (SELECT max(b.sending_at) FROM message b
                 WHERE b.person_id = m.person_id AND b.lane = m.lane AND b.id <> m.id
                   AND b.local_on BETWEEN m.local_on - 1 AND m.local_on + 1) AS last_at
            FROM unnest(%(ids)s::uuid[], %(days)s::date[]) AS g(id, local_on)
            JOIN message m ON m.id = g.id AND m.local_on = g.local_on
            JOIN template t ON t.id = m.template_id
            JOIN sender lane ON lane.lane = m.lane
            LEFT JOIN creditor c ON c.id = m.creditor_id
            LEFT JOIN LATERAL (SELECT wrote_at, rest_until FROM contact_point p
                WHERE p.person_id = m.person_id AND p.status = 'active' AND (p.channels >> m.channel) & 1 = 1
                ORDER BY {WHO_WROTE.format(point="p")}, p.verified DESC, p.id LIMIT 1) AS point ON true
            """,
            {
                "ids": [message.id for message in messages],
                "days": [message.local_on for message in messages],
            },
        ).fetchall()
    return {row.message_id: row for row in rows}


def with_fallback(connection: psycopg.Connection, message_ids: Collection[UUID]) -> set[UUID]:
    """Those of some messages whose node names another channel to fall back to."""
    rows = connection.execute(
        """
        SELECT i.message_id, n.node_id, v.body FROM message_item i
        JOIN enrolment e ON e.id = i.cause_id JOIN strategy_version v ON v.id = e.version_id
        JOIN strategy_node n ON n.strategy_id = e.strategy_id AND n.code = i.node
        WHERE i.message_id = ANY(%s) AND i.cause_kind = %s AND NOT i.covered AND i.alive AND i.leg = 0
        """,
        [list(message_ids), ENROLMENT],
    ).fetchall()
    return {message_id for message_id, node_id, body in rows if _names_fallback(body, node_id)}


def _names_fallback(document: dict[str, list[dict[str, object]]], node_id: str) -> bool:
    return any(node.get("id") == node_id and node.get("fallback") for node in document.get("nodes", []))
