"""Conversations: at most one open per person and creditor, from a reply (or another event) to its close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as its row says it; ``wrote_at`` is theirs, ``answered_at`` a person's of ours."""

    id: int
    person_id: int
    creditor_id: int
    portfolio_id: int | None
    channel: int
    reason: str
    state: str
    opened_at: datetime
    wrote_at: datetime | None
    answered_at: datetime | None
    assigned_to: str | None
    assigned_at: datetime | None


_TALK = """SELECT id, person_id, creditor_id, portfolio_id, channel, reason, state, opened_at, wrote_at,
       answered_at, assigned_to, assigned_at FROM conversation"""


def open_conversation(
    connection: psycopg.Connection, person_id: int, creditor_id: int, channel: int, reason: str, at: datetime
) -> tuple[int, bool]:
    """The open conversation of a person with a creditor, and whether it was opened just now.

    A ``channel`` other than 0 says that the person wrote by it.
    """
    row = connection.execute(
        """INSERT INTO conversation (person_id, creditor_id, channel, reason, opened_at, last_at, wrote_at,
               portfolio_id)
           VALUES (%(person)s, %(creditor)s, %(channel)s, %(reason)s, %(at)s, %(at)s,
               CASE WHEN %(channel)s <> 0 THEN %(at)s::timestamptz END,
               (SELECT portfolio_id FROM account WHERE person_id = %(person)s AND creditor_id = %(creditor)s
                ORDER BY amount_to_cure DESC, id LIMIT 1))
           ON CONFLICT (person_id, creditor_id) WHERE state = 'open' DO UPDATE
               SET last_at = greatest(conversation.last_at, EXCLUDED.last_at),
                   wrote_at = greatest(conversation.wrote_at, EXCLUDED.wrote_at),
                   channel = CASE WHEN EXCLUDED.channel <> 0 THEN EXCLUDED.channel
                                  ELSE conversation.channel END
           RETURNING id, xmax = 0""",
        {"person": person_id, "creditor": creditor_id, "channel": channel, "reason": reason, "at": at},
    ).fetchone()
    assert row is not None
    return int(row[0]), bool(row[1])


def note_word(
    connection: psycopg.Connection, person_id: int, account_ids: Sequence[int], at: datetime
) -> None:
    """A person wrote about some debts: their open conversations wait for an answer."""
    connection.execute(
        "UPDATE conversation SET wrote_at = greatest(wrote_at, %(at)s), last_at = greatest(last_at, %(at)s)"
        " WHERE person_id = %(person)s AND state = 'open' AND creditor_id IN"
        " (SELECT creditor_id FROM account WHERE id = ANY(%(accounts)s))",
        {"at": at, "person": person_id, "accounts": list(account_ids)},
    )


def find_talk(connection: psycopg.Connection, conversation_id: int, *, lock: bool = False) -> Talk | None:
    """A conversation by its number; ``lock`` holds its row (after its person's lock, never before)."""
    with connection.cursor(row_factory=class_row(Talk)) as cursor:
        ending = " FOR UPDATE" if lock else ""
        return cursor.execute(f"{_TALK} WHERE id = %s{ending}".encode(), [conversation_id]).fetchone()


def open_talk_of(connection: psycopg.Connection, person_id: int, creditor_id: int) -> Talk | None:
    """The open conversation of a person with a creditor."""
    with connection.cursor(row_factory=class_row(Talk)) as cursor:
        return cursor.execute(
            f"{_TALK} WHERE person_id = %s AND creditor_id = %s AND state = 'open'".encode(),
            [person_id, creditor_id],
        ).fetchone()


def assign(connection: psycopg.Connection, conversation_id: int, login: str | None, now: datetime) -> None:
    """Put a conversation in somebody's hands, or (``None``) in nobody's; the time in hand adds up."""
    connection.execute(
        """UPDATE conversation SET assigned_to = %(login)s,
               assigned_at = CASE WHEN %(login)s::text IS NOT NULL THEN %(now)s::timestamptz END,
               in_hand_s = in_hand_s
                   + coalesce(greatest(extract(epoch FROM %(now)s - assigned_at), 0), 0)::int
           WHERE id = %(id)s AND assigned_to IS DISTINCT FROM %(login)s""",
        {"id": conversation_id, "login": login, "now": now},
    )


def note_answer(connection: psycopg.Connection, conversation_id: int, now: datetime) -> None:
    """A person of ours answered."""
    connection.execute(
        "UPDATE conversation SET answered_at = greatest(answered_at, %(now)s),"
        " first_answer_at = coalesce(first_answer_at, %(now)s), last_at = greatest(last_at, %(now)s)"
        " WHERE id = %(id)s",
        {"id": conversation_id, "now": now},
    )


def close_conversation(
    connection: psycopg.Connection, conversation_id: int, by: str, outcome: str, at: datetime
) -> bool:
    """Close an open conversation; whether it was open."""
    return bool(
        connection.execute(
            """UPDATE conversation SET state = 'closed', closed_by = %(by)s, closed_at = %(at)s,
                   outcome = %(outcome)s, in_hand_s = in_hand_s
                       + coalesce(greatest(extract(epoch FROM %(at)s - assigned_at), 0), 0)::int
               WHERE id = %(id)s AND state = 'open'""",
            {"by": by, "at": at, "outcome": outcome, "id": conversation_id},
        ).rowcount
    )
