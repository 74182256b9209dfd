"""What was said both ways between a person and a creditor, opened for those who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from engine.vocabulary import Channel, EventKind, MessageState, Purpose
from storage.outbox.written import read_words
from storage.personal import Opener


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: when, of what kind, about which account (empty: about the person)."""

    at: datetime
    kind: str
    account: str
    what: dict[str, Any]


def words_in(connection: psycopg.Connection, account_ids: Sequence[int], most: int) -> list[Entry]:
    """What a person wrote about some debts, each reply once, the newest ``most``."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """SELECT DISTINCT ON (v.at, v.source, v.reference) v.id, v.at, v.source, v.person_id, v.body,
                   coalesce(d.intent, '') AS intent, (d.body->>'likely')::float AS likely
               FROM account_event v
               LEFT JOIN domain_event d ON d.source = v.source AND d.reference = v.reference
                 AND d.name = 'reply'
               WHERE v.account_id = ANY(%s) AND v.kind = %s
               ORDER BY v.at DESC, v.source, v.reference, v.id LIMIT %s""",
            [list(account_ids), int(EventKind.REPLY), most],
        ).fetchall()
    opener = Opener.of(connection, {row["person_id"] for row in rows})
    return [Entry(row["at"], "message_in", "", _heard(row, opener)) for row in rows]


def _heard(row: dict[str, Any], opener: Opener) -> dict[str, Any]:
    body = row["body"]
    said = opener.words(row["person_id"], str(body.get("text") or body.get("payload") or ""))
    return {
        "id": row["id"],
        "channel": row["source"],
        "text": said or str(body.get("result", "")),
        "intent": row["intent"],
        "likely": row["likely"],
        "media_id": str(body.get("media_id", "")),
    }


def words_out(connection: psycopg.Connection, person_id: int, creditor_id: int, most: int) -> list[Entry]:
    """The messages to a person for a creditor, the newest ``most``; written ones with their words."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """SELECT m.id, m.channel, m.purpose, m.state, m.reason, m.decided_at, m.sending_at,
                   m.delivered_at, m.read_at, t.key AS template, w.words, w.by
               FROM message m JOIN template t ON t.id = m.template_id
               LEFT JOIN written_message w ON w.message_id = m.id
               WHERE m.person_id = %s AND m.creditor_id = %s ORDER BY m.decided_at DESC LIMIT %s""",
            [person_id, creditor_id, most],
        ).fetchall()
    opener = Opener.of(connection, [person_id])
    return [
        Entry(row["sending_at"] or row["decided_at"], "message_out", "", _said(row, person_id, opener))
        for row in rows
    ]


def _said(row: dict[str, Any], person_id: int, opener: Opener) -> dict[str, Any]:
    written = read_words(opener.words(person_id, row["words"])) if row["words"] else None
    return {
        "message": str(row["id"]),
        "channel": Channel(row["channel"]).word,
        "purpose": Purpose(row["purpose"]).word,
        "template": "" if written else row["template"],
        "text": written.text if written else "",
        "buttons": [button.title for button in written.buttons] if written else [],
        "by": row["by"] or "",
        "state": MessageState(row["state"]).word,
        "reason": row["reason"],
        "sending_at": row["sending_at"],
        "delivered_at": row["delivered_at"],
        "read_at": row["read_at"],
    }


def moves_of(connection: psycopg.Connection, conversation_id: int) -> list[Entry]:
    """Who took, assigned, released or closed a conversation, from the ledger."""
    rows = connection.execute(
        "SELECT at, kind, body FROM ledger WHERE subject = %s ORDER BY id",
        [f"conversation:{conversation_id}"],
    ).fetchall()
    return [Entry(at, kind, "", body) for at, kind, body in rows]


def reply_of(connection: psycopg.Connection, portfolio_id: int, event_id: int) -> str | None:
    """The words of one reply about a debt of a portfolio; ``None`` when there is no such reply."""
    row = connection.execute(
        "SELECT v.person_id, coalesce(nullif(v.body->>'text', ''), v.body->>'payload', '')"
        " FROM account_event v JOIN account a ON a.id = v.account_id"
        " WHERE v.id = %s AND v.kind = %s AND a.portfolio_id = %s",
        [event_id, int(EventKind.REPLY), portfolio_id],
    ).fetchone()
    if row is None:
        return None
    return Opener.of(connection, [row[0]]).words(row[0], row[1])
