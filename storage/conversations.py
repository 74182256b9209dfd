"""Conversations: at most one open per person and creditor, from a reply (or another event) to its close."""

from datetime import datetime

import psycopg


def open_conversation(
    connection: psycopg.Connection, person_id: int, creditor_id: int, channel: int, reason: str, at: datetime
) -> tuple[int, bool]:
    """The open conversation of a person with a creditor, and whether it was opened just now."""
    row = connection.execute(
        """INSERT INTO conversation (person_id, creditor_id, channel, reason, opened_at, last_at)
           VALUES (%(person)s, %(creditor)s, %(channel)s, %(reason)s, %(at)s, %(at)s)
           ON CONFLICT (person_id, creditor_id) WHERE state = 'open' DO UPDATE
               SET last_at = greatest(conversation.last_at, EXCLUDED.last_at),
                   channel = CASE WHEN EXCLUDED.channel <> 0 THEN EXCLUDED.channel
                                  ELSE conversation.channel END
           RETURNING id, xmax = 0""",
        {"person": person_id, "creditor": creditor_id, "channel": channel, "reason": reason, "at": at},
    ).fetchone()
    assert row is not None
    return int(row[0]), bool(row[1])


def close_conversation(connection: psycopg.Connection, conversation_id: int, by: str, at: datetime) -> bool:
    """Close an open conversation; whether it was open."""
    return bool(
        connection.execute(
            "UPDATE conversation SET state = 'closed', closed_by = %s, closed_at = %s"
            " WHERE id = %s AND state = 'open'",
            [by, at, conversation_id],
        ).rowcount
    )
