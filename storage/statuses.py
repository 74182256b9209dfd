"""What providers report about messages: states that only move forward, whatever the order they come in.

sent < failed < delivered < read. A status with our id also settles what the sweeper had to call
unknown. A failure after the acceptance lets the outcome be applied again, so that a fallback may start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import EventKind, MessageState
from storage.outbox.outcomes import note_last_status
from storage.personal import addresses_of

RANK = {
    MessageState.SENDING: 1,
    MessageState.UNKNOWN: 2,
    MessageState.ACCEPTED: 3,
    MessageState.FAILED: 4,
    MessageState.DELIVERED: 5,
    MessageState.READ: 6,
}
"""How far along a posted message is; a status moves it only to a higher rank."""

EVENTS = {
    MessageState.DELIVERED: EventKind.DELIVERED,
    MessageState.READ: EventKind.READ,
    MessageState.FAILED: EventKind.FAILED,
}
_RANKS = f"CASE {{}} {' '.join(f'WHEN {state} THEN {rank}' for state, rank in RANK.items())} ELSE 99 END"
_SOURCE = "delivery"


@dataclass(frozen=True, slots=True)
class Status:
    """One report about one message of ours; ``state`` is accepted, delivered, read or failed."""

    message_id: UUID
    provider_id: str
    state: MessageState
    at: datetime
    reason: str = ""
    price_category: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was posted: whose, by which number, in which words, and the person's addresses."""

    id: UUID
    person_id: int
    lane: int
    template_id: int
    state: int
    template: str
    language: str
    points: list[int]
    addresses: tuple[str, ...] = ()


def find_by_provider_ids(connection: psycopg.Connection, provider_ids: Sequence[str]) -> dict[str, UUID]:
    """Our ids of messages a provider names only by its own."""
    if not provider_ids:
        return {}
    rows = connection.execute(
        "SELECT provider_id, id FROM message WHERE provider_id = ANY(%s)", [list(provider_ids)]
    ).fetchall()
    return dict(rows)


def read_posted(connection: psycopg.Connection, message_ids: Sequence[UUID]) -> dict[UUID, Posted]:
    """Posted messages by id, with the addresses their person has on that channel."""
    with connection.cursor(row_factory=class_row(Posted)) as cursor:
        rows = cursor.execute(
            """
            SELECT m.id, m.person_id, m.lane, m.template_id, m.state, t.language,
                CASE WHEN t.channel = 1 THEN t.key || CASE WHEN t.version > 1 THEN '_v' || t.version ELSE ''
                     END ELSE '' END AS template,
                ARRAY(SELECT id FROM contact_point c WHERE c.person_id = m.person_id
                      AND c.status = 'active' AND (c.channels >> m.channel) & 1 = 1) AS points
            FROM message m JOIN template t ON t.id = m.template_id WHERE m.id = ANY(%s)
            """,
            [list(message_ids)],
        ).fetchall()
    known = {one.id: one.value for one in addresses_of(connection, [row.person_id for row in rows])}
    return {row.id: replace(row, addresses=tuple(known[point] for point in row.points)) for row in rows}


def apply_statuses(connection: psycopg.Connection, statuses: Sequence[Status]) -> int:
    """Apply a batch; how many messages moved. Repeated and late statuses change nothing."""
    if not statuses:
        return 0
    ids = sorted({status.message_id for status in statuses})
    connection.execute(
        "SELECT id FROM person WHERE id IN (SELECT person_id FROM message WHERE id = ANY(%s))"
        " ORDER BY id FOR UPDATE",
        [ids],
    )
    moved = _move(connection, _told(statuses))
    _note_events(connection, statuses)
    note_last_status(connection, moved)
    return len(moved)


@dataclass(slots=True)
class _Told:
    """All that a batch says of one message: its furthest status, and when it was delivered and read first."""

    furthest: Status
    delivered_at: datetime | None = None
    read_at: datetime | None = None


def _told(statuses: Sequence[Status]) -> list[_Told]:
    """One for each message; a read one was delivered by then."""
    found: dict[UUID, _Told] = {}
    for status in statuses:
        told = found.setdefault(status.message_id, _Told(status))
        if RANK[status.state] > RANK[told.furthest.state]:
            told.furthest = status
        if status.state in (MessageState.DELIVERED, MessageState.READ):
            told.delivered_at = min(status.at, told.delivered_at or status.at)
        if status.state == MessageState.READ:
            told.read_at = min(status.at, told.read_at or status.at)
    return list(found.values())


def _move(connection: psycopg.Connection, told: Sequence[_Told]) -> list[tuple[int, int]]:
    """One update of each message: forward only, the first instants kept; person and state of the moved."""
    forward = f"{_RANKS.format('g.state')} > {_RANKS.format('m.state')}"
    return connection.execute(
        f"""
        WITH told AS (
            UPDATE message m SET state = CASE WHEN {forward} THEN g.state ELSE m.state END,
                provider_id = coalesce(m.provider_id, g.provider_id),
                settled_at = coalesce(m.settled_at, g.at),
                leased_by = CASE WHEN {forward} THEN NULL ELSE m.leased_by END,
                leased_until = CASE WHEN {forward} THEN NULL ELSE m.leased_until END,
                reason = CASE WHEN NOT ({forward}) THEN m.reason
                              WHEN g.state = {MessageState.FAILED} THEN g.reason ELSE '' END,
                price_category = coalesce(nullif(g.price, ''), m.price_category),
                delivered_at = least(m.delivered_at, g.delivered_at), read_at = least(m.read_at, g.read_at),
                applied = m.applied AND NOT ({forward} AND g.state = {MessageState.FAILED}
                                             AND m.state = {MessageState.ACCEPTED})
            FROM unnest(%(ids)s::uuid[], %(providers)s::text[], %(states)s::smallint[],
                        %(ats)s::timestamptz[], %(reasons)s::text[], %(prices)s::text[],
                        %(delivered)s::timestamptz[], %(read)s::timestamptz[])
                AS g(id, provider_id, state, at, reason, price, delivered_at, read_at)
            WHERE m.id = g.id AND ({forward} OR g.delivered_at < coalesce(m.delivered_at, 'infinity')
                                   OR g.read_at < coalesce(m.read_at, 'infinity'))
            RETURNING new.person_id, new.state, old.state <> new.state AS moved)
        SELECT person_id, state FROM told WHERE moved
        """,
        {
            "ids": [one.furthest.message_id for one in told],
            "providers": [one.furthest.provider_id for one in told],
            "states": [int(one.furthest.state) for one in told],
            "ats": [one.furthest.at for one in told],
            "reasons": [one.furthest.reason for one in told],
            "prices": [one.furthest.price_category for one in told],
            "delivered": [one.delivered_at for one in told],
            "read": [one.read_at for one in told],
        },
    ).fetchall()


def _note_events(connection: psycopg.Connection, statuses: Sequence[Status]) -> None:
    """Delivered, read and failed are events of the accounts the message was about, each once."""
    told = [status for status in statuses if status.state in EVENTS]
    if not told:
        return
    connection.execute(
        f"""
        INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference)
        SELECT i.account_id, a.person_id, a.shard, g.kind, g.at, '{_SOURCE}', g.id || ':' || g.kind
        FROM unnest(%(ids)s::uuid[], %(kinds)s::smallint[], %(ats)s::timestamptz[]) AS g(id, kind, at)
        JOIN message_item i ON i.message_id = g.id AND i.alive
        JOIN account a ON a.id = i.account_id
        ON CONFLICT DO NOTHING
        """,
        {
            "ids": [status.message_id for status in told],
            "kinds": [int(EVENTS[status.state]) for status in told],
            "ats": [status.at for status in told],
        },
    )
