"""What the guard writes: ``sending`` for what may go, the items that left, and what waits or is withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from engine.vocabulary import MessageState
from storage.outbox import LEASE
from storage.outbox.guarded import HeldItem
from storage.outbox.leases import keys


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that does not go now: ``state`` withdrawn, failed or queued again, why, and from when."""

    message: Any
    state: MessageState
    reason: str
    send_at: datetime | None = None


def clear(
    connection: psycopg.Connection, messages: Sequence[Any], template_ids: Sequence[int], now: datetime
) -> int:
    """Commit ``sending`` for messages about to be posted, under the template each will carry.

    From this commit on they count for the caps. ``now`` is business time.
    """
    return connection.execute(
        f"""
        UPDATE message m SET state = {MessageState.SENDING}, sending_at = %(now)s, reason = '',
            template_id = g.template_id, leased_until = clock_timestamp() + {LEASE}
        FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::bigint[], %(templates)s::int[])
            AS g(id, local_on, fence, template_id)
        WHERE m.id = g.id AND m.local_on = g.local_on AND m.fence = g.fence
          AND m.state = {MessageState.LEASED}
        """,
        {**keys(messages), "templates": list(template_ids), "now": now},
    ).rowcount


def refuse(connection: psycopg.Connection, refusals: Sequence[Refusal], now: datetime) -> int:
    """Withdraw messages, or queue them again until ``send_at``; their leases end.

    Items that are still alive share their message's fate; those that left on their own are dropped
    by :func:`drop_items`.
    """
    if not refusals:
        return 0
    return connection.execute(
        f"""
        UPDATE message m SET state = g.state, reason = g.reason, send_at = coalesce(g.send_at, m.send_at),
            settled_at = CASE WHEN g.state <> {MessageState.QUEUED} THEN %(now)s::timestamptz END,
            leased_by = NULL, leased_until = NULL
        FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::bigint[], %(states)s::smallint[],
                    %(reasons)s::text[], %(send_ats)s::timestamptz[])
            AS g(id, local_on, fence, state, reason, send_at)
        WHERE m.id = g.id AND m.local_on = g.local_on AND m.fence = g.fence
          AND m.state = {MessageState.LEASED}
        """,
        {
            **keys([refusal.message for refusal in refusals]),
            "states": [int(refusal.state) for refusal in refusals],
            "reasons": [refusal.reason for refusal in refusals],
            "send_ats": [refusal.send_at for refusal in refusals],
            "now": now,
        },
    ).rowcount


def drop_items(connection: psycopg.Connection, items: Sequence[HeldItem]) -> int:
    """Take items out of their messages for good; the message goes on with the rest."""
    if not items:
        return 0
    return connection.execute(
        """
        UPDATE message_item i SET alive = false
        FROM unnest(%(kinds)s::smallint[], %(causes)s::bigint[], %(nodes)s::smallint[], %(visits)s::int[],
                    %(addressees)s::bigint[], %(legs)s::smallint[])
            AS g(cause_kind, cause_id, node, visit, addressee_id, leg)
        WHERE (i.cause_kind, i.cause_id, i.node, i.visit, i.addressee_id, i.leg)
            = (g.cause_kind, g.cause_id, g.node, g.visit, g.addressee_id, g.leg)
        """,
        _item_keys(items),
    ).rowcount


def settle_items(connection: psycopg.Connection, items: Sequence[HeldItem], amounts: Sequence[int]) -> int:
    """Write what items really say now: the amount shown, and that a new winner is nobody's shadow."""
    if not items:
        return 0
    return connection.execute(
        """
        UPDATE message_item i SET amount = g.amount, covered = g.covered
        FROM unnest(%(kinds)s::smallint[], %(causes)s::bigint[], %(nodes)s::smallint[], %(visits)s::int[],
                    %(addressees)s::bigint[], %(legs)s::smallint[], %(amounts)s::bigint[],
                    %(covered)s::boolean[])
            AS g(cause_kind, cause_id, node, visit, addressee_id, leg, amount, covered)
        WHERE (i.cause_kind, i.cause_id, i.node, i.visit, i.addressee_id, i.leg)
            = (g.cause_kind, g.cause_id, g.node, g.visit, g.addressee_id, g.leg)
        """,
        {
            **_item_keys(items),
            "amounts": list(amounts),
            "covered": [item.covered for item in items],
        },
    ).rowcount


def _item_keys(items: Sequence[HeldItem]) -> dict[str, list[int]]:
    return {
        "kinds": [item.cause_kind for item in items],
        "causes": [item.cause_id for item in items],
        "nodes": [item.node for item in items],
        "visits": [item.visit for item in items],
        "addressees": [item.addressee_id for item in items],
        "legs": [item.leg for item in items],
    }
