"""What time makes of mails: one nobody returned is taken for delivered, one too often returned for lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from engine.vocabulary import Channel, MessageState
from storage.outbox.consequences import mark_unreachable
from storage.statuses import Status, apply_statuses, find_by_provider_ids

PRESUMED_AFTER = timedelta(hours=24)
"""SMTP reports no delivery: an accepted mail that did not come back for so long counts as delivered."""
MOST_AT_ONCE = 1000
SOFT_IN_A_ROW = 3
"""After so many mails in a row that could not be delivered for now, an address is no longer written to."""


def presume_delivered(connection: psycopg.Connection, now: datetime) -> int:
    """Accepted mails older than ``PRESUMED_AFTER`` (business time) become delivered; how many."""
    rows = connection.execute(
        f"""
        SELECT id, provider_id, settled_at FROM message
        WHERE state = {MessageState.ACCEPTED} AND channel = {Channel.EMAIL} AND settled_at <= %s
        ORDER BY settled_at LIMIT {MOST_AT_ONCE}
        """,
        [now - PRESUMED_AFTER],
    ).fetchall()
    return apply_statuses(
        connection,
        [Status(key, name or "", MessageState.DELIVERED, at + PRESUMED_AFTER) for key, name, at in rows],
    )


def close_full_mailboxes(connection: psycopg.Connection, returned: Sequence[tuple[str, str]]) -> int:
    """Close addresses whose last ``SOFT_IN_A_ROW`` mails all came back for now; how many.

    ``returned`` are pairs of what names the message (our id, or the Message-ID) and the address.
    """
    closed = 0
    found = find_by_provider_ids(connection, [name for name, _ in returned])
    for name, address in returned:
        row = connection.execute(
            f"""
            SELECT m.person_id FROM message m, LATERAL (
                SELECT count(*) FILTER (WHERE state = {MessageState.FAILED} AND reason LIKE 'provider:soft%%')
                FROM (SELECT state, reason FROM message n
                      WHERE n.person_id = m.person_id AND n.channel = {Channel.EMAIL}
                        AND n.sending_at IS NOT NULL
                      ORDER BY n.sending_at DESC LIMIT {SOFT_IN_A_ROW}) AS latest) AS soft(times)
            WHERE m.id = %s AND soft.times = {SOFT_IN_A_ROW}
            """,
            [found.get(name) or _our_id(name)],
        ).fetchone()
        if row is not None and address:
            mark_unreachable(connection, row[0], Channel.EMAIL, address)
            closed += 1
    return closed


def _our_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
