"""What the guard reads: messages a worker still holds, with person, contact point, debts and history.

All of it is read after the person rows are locked, in the transaction that commits ``sending``: a
payment, opt-out, dispute or hold either was committed before and is seen, or waits for this commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import SLOT_PURPOSES, EventKind, MessageState, Purpose, Relation
from storage.outbox.leases import Leased, keys
from storage.person_lock import lock_persons, lock_rows, share_shards
from storage.personal import Opener
from storage.stops import NOT_STOPPED

_SLOT_PURPOSES = ", ".join(str(int(purpose)) for purpose in sorted(SLOT_PURPOSES))
_COUNTED = (
    MessageState.SENDING, MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ,
    MessageState.UNKNOWN,
)  # fmt: skip


_MOOT = f"""CASE WHEN m.leg = 0 THEN '' ELSE coalesce((
    SELECT CASE WHEN f.read_at IS NOT NULL THEN 'read'
                WHEN f.delivered_at IS NOT NULL AND m.moot_once = {MessageState.DELIVERED} THEN 'delivered'
                WHEN EXISTS (SELECT 1 FROM account_event v JOIN account a ON a.id = v.account_id
                             WHERE a.person_id = m.person_id AND v.kind = {EventKind.REPLY}
                               AND v.at >= f.sending_at) THEN 'replied'
                WHEN EXISTS (SELECT 1 FROM message_item l JOIN message n ON n.id = l.message_id
                                 AND n.local_on = l.local_on
                             WHERE l.cause_kind = i.cause_kind AND l.cause_id = i.cause_id
                               AND (l.node, l.visit) <> (i.node, i.visit) AND n.decided_at > m.decided_at
                               AND n.state NOT IN ({MessageState.WITHDRAWN}, {MessageState.EXPIRED}))
                     THEN 'later_item' END
    FROM message_item i
    JOIN message_item o ON (o.cause_kind, o.cause_id, o.node, o.visit, o.addressee_id, o.leg)
        = (i.cause_kind, i.cause_id, i.node, i.visit, i.addressee_id, 0)
    JOIN message f ON f.id = o.message_id AND f.local_on = o.local_on
    WHERE i.message_id = m.id AND NOT i.covered LIMIT 1), '') END"""
"""Why fallback ``m`` is no longer wanted (03, point 12): its first message got through, or things went on."""

WHO_WROTE = f"CASE WHEN m.purpose = {Purpose.ANSWER} THEN {{point}}.wrote_at END DESC NULLS LAST"
"""Order of contact points of message ``m``: an answer goes to the address that wrote last."""

MOST_INVOICES = 15
"""How many open invoices of a debt a message may list."""


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """One message at the guard: what was decided, and what is true of it and its person now."""

    id: UUID
    local_on: date
    fence: int
    lane: int
    portfolio_id: int
    creditor_id: int
    person_id: int
    channel: int
    purpose: int
    relation: int
    template_id: int
    variant: int
    strategy_id: int
    country: str
    leg: int
    tries: int
    send_at: datetime
    expires_at: datetime
    sender: str
    stopped: bool
    of_this_epoch: bool
    holds_slot: bool
    moot: str
    name: str
    place_id: int
    language: str
    consented: int
    denied: int
    stops: int
    contact_value: str | None
    contact_verified: bool | None
    contact_index: bytes | None = None


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One reason of a message: the key of its item, and the debt as it stands now.

    Of a promise, instalment or payment that asked for the message itself: ``agreed`` and ``agreed_on`` its
    amount and date, ``still_agreed`` whether it stands.
    Amounts are minor units of ``currency``, a code of the terms; ``invoices`` are the open
    ones as (number, due date, balance), the oldest first, at most :data:`MOST_INVOICES`; ``custom`` the
    portfolio's own facts.
    """

    message_id: UUID
    cause_kind: int
    cause_id: int
    node: int
    visit: int
    addressee_id: int
    leg: int
    amount: int
    variant: int
    covered: bool
    account_id: int
    number: str
    product: int
    currency: int
    account_status: int
    due_on: date | None
    amount_to_cure: int
    outstanding_balance: int
    minimum_payment: int | None
    invoices: list[tuple[str, str, int]]
    custom: dict[str, object]
    promise_open: bool
    disputed: bool
    hold_kinds: int
    missing: bool
    agreed: int | None
    agreed_on: date | None
    still_agreed: bool

    @property
    def invoice(self) -> str | None:
        """The number of the oldest open invoice."""
        return self.invoices[0][0] if self.invoices else None


@dataclass(frozen=True, slots=True)
class PastContact:
    """One contact that counts, ours or made outside."""

    person_id: int
    creditor_id: int
    local_on: date
    channel: int
    two_way: bool
    outside: bool


def lock_people(connection: psycopg.Connection, messages: Sequence[Leased]) -> None:
    """Lock everyone a group is about: addressees, and the persons whose debts others are written about."""
    others = [message for message in messages if message.relation != Relation.TITULAR]
    if others:
        owners = connection.execute(
            "SELECT DISTINCT a.person_id FROM message_item i JOIN account a ON a.id = i.account_id"
            " WHERE i.message_id = ANY(%s)",
            [[message.id for message in others]],
        ).fetchall()
        lock_persons(connection, [m.person_id for m in messages] + [owner for (owner,) in owners])
        return
    share_shards(connection, (message.shard for message in messages))
    lock_rows(connection, (message.person_id for message in messages))


def read_messages(
    connection: psycopg.Connection, worker: str, messages: Sequence[Leased]
) -> list[HeldMessage]:
    """The messages of a group this worker still holds, in a lane it still owns; the others are gone.

    ``state + 0`` keeps the planner from walking all leased messages by their index.
    """
    with connection.cursor(row_factory=class_row(HeldMessage)) as cursor:
        held = cursor.execute(
            f"""
            SELECT m.id, m.local_on, m.fence, m.lane, m.portfolio_id, m.creditor_id, m.person_id, m.channel,
                m.purpose, m.relation, m.template_id, m.variant, m.strategy_id, m.country, m.leg, m.tries,
                m.send_at, m.expires_at,
                lane.address AS sender,
                NOT ({NOT_STOPPED}) AS stopped,
                m.epoch = (SELECT coalesce(max(restore_epoch), 0) FROM installation) AS of_this_epoch,
                m.purpose NOT IN ({_SLOT_PURPOSES}) OR EXISTS (
                    SELECT 1 FROM slot WHERE slot.person_id = m.person_id AND slot.local_on = m.local_on
                      AND (slot.message_id = m.id OR m.leg > 0)) AS holds_slot,
                {_MOOT} AS moot,
                p.name, p.place_id, p.language, p.consented_channels AS consented,
                p.denied_channels AS denied, p.stops,
                point.value AS contact_value, point.verified AS contact_verified,
                point.value_index AS contact_index
            FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::bigint[]) AS g(id, local_on, fence)
            JOIN message m ON m.id = g.id AND m.local_on = g.local_on AND m.fence = g.fence
            JOIN person p ON p.id = m.person_id
            JOIN template t ON t.id = m.template_id
            JOIN sender lane ON lane.lane = m.lane
              AND lane.owner = %(worker)s AND lane.owned_until > clock_timestamp()
            LEFT JOIN LATERAL (
                SELECT value, verified, value_index FROM contact_point c
                WHERE c.person_id = m.person_id AND c.status = 'active'
                  AND (c.channels >> m.channel) & 1 = 1
                ORDER BY {WHO_WROTE.format(point="c")}, c.verified DESC, c.id LIMIT 1
            ) AS point ON true
            WHERE m.state + 0 = {MessageState.LEASED} AND m.leased_by = %(worker)s
              AND m.leased_until > clock_timestamp()
            ORDER BY m.id FOR UPDATE OF m
            """,
            {"worker": worker, **keys(messages)},
        ).fetchall()
    opener = Opener.of(connection, [message.person_id for message in held])
    return [_in_the_clear(message, opener) for message in held]


def _in_the_clear(message: HeldMessage, opener: Opener) -> HeldMessage:
    to = message.contact_value
    if to is not None and message.contact_index is not None:
        to = opener.address(message.person_id, to, message.contact_index)
    return replace(message, name=opener.name(message.person_id, message.name), contact_value=to)


def read_items(connection: psycopg.Connection, message_ids: Sequence[UUID]) -> list[HeldItem]:
    """The living items of messages with their debts now: the winner's first, then by amount."""
    with connection.cursor(row_factory=class_row(HeldItem)) as cursor:
        return cursor.execute(
            """
            SELECT i.message_id, i.cause_kind, i.cause_id, i.node, i.visit, i.addressee_id, i.leg, i.amount,
                i.variant, i.covered, i.account_id, a.number, a.product, a.currency, a.account_status,
                coalesce(a.effective_due_on, a.due_on) AS due_on, a.amount_to_cure, a.minimum_payment,
                a.outstanding_balance, a.custom, CASE WHEN a.invoice_count > 0 THEN (
                    SELECT coalesce(jsonb_agg(jsonb_build_array(number, due_on, balance)
                                              ORDER BY due_on, number), '[]')
                    FROM (SELECT number, due_on, balance FROM invoice
                          WHERE invoice.account_id = a.id AND balance > 0
                          ORDER BY due_on, number LIMIT %s) AS oldest) ELSE '[]' END AS invoices,
                a.promise_open, a.dispute_open OR a.complaint_open AS disputed, a.hold_kinds, a.missing,
                coalesce(w.amount, l.amount, y.amount) AS agreed,
                coalesce(w.due_on, l.due_on, y.paid_at::date) AS agreed_on,
                coalesce(w.state = 'made', l.stands, y.reversed_at IS NULL, true) AS still_agreed
            FROM message_item i JOIN account a ON a.id = i.account_id
            LEFT JOIN promise w ON i.cause_kind = 2 AND w.id = i.cause_id
            LEFT JOIN payment y ON i.cause_kind = 5 AND y.id = i.cause_id
            LEFT JOIN LATERAL (
                SELECT n.amount - n.paid AS amount, n.due_on,
                    p.state = 'accepted' AND (i.node = 1 OR n.number IS NOT NULL) AS stands
                FROM plan p LEFT JOIN plan_instalment n ON n.plan_id = p.id AND n.paid < n.amount
                    AND (i.node = 1 OR n.number = i.visit - 1)
                WHERE i.cause_kind = 3 AND p.id = i.cause_id ORDER BY n.number LIMIT 1) l ON true
            WHERE i.message_id = ANY(%s) AND i.alive
            ORDER BY i.message_id, i.covered, a.amount_to_cure DESC, i.account_id
            """,
            [MOST_INVOICES, list(message_ids)],
        ).fetchall()


def read_history(
    connection: psycopg.Connection, messages: Sequence[HeldMessage], reach_days: int
) -> list[PastContact]:
    """The contacts of the messages' persons that count (03, point 12), these messages left out.

    Ours count from the ``sending`` commit; failed ones only when the provider had taken them.
    Answers and confirmations do not count; a reply is a two-way contact. ``reach_days`` is how far any
    rule looks back or ahead.
    """
    persons = sorted({message.person_id for message in messages})
    days = [message.local_on for message in messages]
    query = f"""
        SELECT person_id, creditor_id, local_on, channel, false AS two_way, false AS outside FROM message
        WHERE person_id = ANY(%(persons)s) AND id <> ALL(%(ids)s)
          AND local_on BETWEEN %(first)s::date - %(reach)s::int AND %(last)s::date + %(reach)s::int
          AND (state = ANY(%(counted)s) OR state = {MessageState.FAILED} AND provider_id IS NOT NULL)
          AND purpose NOT IN ({Purpose.CONFIRMATION}, {Purpose.ANSWER})
        UNION ALL
        SELECT person_id, creditor_id, local_on, channel, two_way, true FROM outside_contact
        WHERE person_id = ANY(%(persons)s)
          AND local_on BETWEEN %(first)s::date - %(reach)s::int AND %(last)s::date + %(reach)s::int
        UNION ALL
        SELECT DISTINCT p.id, a.creditor_id, (e.body->>'local_on')::date, (e.body->>'channel')::smallint,
            true, false
        FROM person p JOIN account a ON a.person_id = p.id JOIN account_event e ON e.account_id = a.id
        WHERE p.id = ANY(%(persons)s) AND p.last_reply_on >= %(first)s::date - %(reach)s::int
          AND e.kind = {EventKind.REPLY} AND e.body ? 'channel' AND e.body ? 'local_on'
          AND e.at >= %(first)s::date - %(reach)s::int - 1
    """
    values: dict[str, Any] = {
        "persons": persons,
        "ids": [message.id for message in messages],
        "first": min(days),
        "last": max(days),
        "reach": reach_days,
        "counted": [int(state) for state in _COUNTED],
    }
    with connection.cursor(row_factory=class_row(PastContact)) as cursor:
        return cursor.execute(query, values).fetchall()
