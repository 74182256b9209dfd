"""Writes down what became of posts: set-based, by fence, and never back from what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg

from engine.vocabulary import MessageState
from storage.outbox import reasons
from storage.outbox.leases import Leased, keys


@dataclass(frozen=True, slots=True)
class PostOutcome:
    """What one post came to. ``state`` is accepted, failed, unknown, or queued again from ``send_at``."""

    id: UUID
    local_on: date
    fence: int
    person_id: int
    state: MessageState
    provider_id: str | None = None
    reason: str = ""
    send_at: datetime | None = None


def record(connection: psycopg.Connection, outcomes: Sequence[PostOutcome], now: datetime) -> int:
    """Record outcomes of posts made under these fences; how many rows they changed.

    A row that a webhook has already carried further keeps its place. A late outcome also settles
    what the sweeper had to call unknown meanwhile, since the fence proves whose post it was; only
    "queued again" does not, because unknown is never sent again. ``unknown_at`` stays whatever is learnt
    later: what was ever unknown is followed by no fallback.
    """
    connection.execute(
        "SELECT id FROM person WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [sorted({outcome.person_id for outcome in outcomes})],
    )
    settled = connection.execute(
        f"""
        UPDATE message m SET state = g.state, provider_id = coalesce(g.provider_id, m.provider_id),
            reason = g.reason, send_at = coalesce(g.send_at, m.send_at),
            sending_at = CASE WHEN g.state <> {MessageState.QUEUED} THEN m.sending_at END,
            unknown_at = coalesce(m.unknown_at, CASE WHEN g.state = {MessageState.UNKNOWN} THEN %(now)s END),
            settled_at = CASE WHEN g.state <> {MessageState.QUEUED} THEN %(now)s::timestamptz END,
            tries = m.tries + 1, leased_by = NULL, leased_until = NULL
        FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::bigint[], %(states)s::smallint[],
                    %(providers)s::text[], %(reasons)s::text[], %(send_ats)s::timestamptz[])
            AS g(id, local_on, fence, state, provider_id, reason, send_at)
        WHERE m.id = g.id AND m.local_on = g.local_on AND m.fence = g.fence
          AND (m.state = {MessageState.SENDING}
               OR m.state = {MessageState.UNKNOWN} AND g.state <> {MessageState.QUEUED})
        RETURNING m.person_id, m.state
        """,
        {
            **keys(outcomes),
            "states": [int(outcome.state) for outcome in outcomes],
            "providers": [outcome.provider_id for outcome in outcomes],
            "reasons": [outcome.reason for outcome in outcomes],
            "send_ats": [outcome.send_at for outcome in outcomes],
            "now": now,
        },
    ).fetchall()
    note_last_status(connection, [row for row in settled if row[1] != MessageState.QUEUED])
    return len(settled)


def quarantine(connection: psycopg.Connection, poisoned: Sequence[tuple[Leased, str]], now: datetime) -> int:
    """Fail leased messages that raise whenever they are read; each with what it raised."""
    return connection.execute(
        f"""
        UPDATE message m SET state = {MessageState.FAILED}, reason = g.reason, settled_at = %(now)s,
            leased_by = NULL, leased_until = NULL
        FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::bigint[], %(reasons)s::text[])
            AS g(id, local_on, fence, reason)
        WHERE m.id = g.id AND m.local_on = g.local_on AND m.fence = g.fence
          AND m.state = {MessageState.LEASED}
        """,
        {
            **keys([message for message, _ in poisoned]),
            "reasons": [f"{reasons.POISON}:{why}" for _, why in poisoned],
            "now": now,
        },
    ).rowcount


def note_last_status(connection: psycopg.Connection, states: Sequence[tuple[int, int]]) -> None:
    """What became of each person's latest message: pairs of person and message state."""
    connection.execute(
        "UPDATE person p SET last_message_status = g.state"
        " FROM unnest(%s::bigint[], %s::smallint[]) AS g(id, state)"
        " WHERE p.id = g.id AND p.last_message_status IS DISTINCT FROM g.state",
        [[person_id for person_id, _ in states], [state for _, state in states]],
    )
