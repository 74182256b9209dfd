"""The 24-hour window of WhatsApp, and the provider's own name of a person: facts of a contact point.

A person's message opens the window for that address; free text is lawful at Meta only inside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from engine.vocabulary import Channel
from storage.personal import addresses_of

WINDOW = timedelta(hours=24)
_WHATSAPP = f"(channels >> {Channel.WHATSAPP}) & 1 = 1"


@dataclass(frozen=True, slots=True)
class Window:
    """Until when free text may be sent to an address."""

    address: str
    until: datetime


def note_wrote(
    connection: psycopg.Connection, person_id: int, addresses: Sequence[str], user_id: str, at: datetime
) -> None:
    """A person wrote to us by WhatsApp from one of these spellings, or as a user without a number."""
    points = [one.id for one in addresses_of(connection, [person_id]) if one.value in addresses]
    connection.execute(
        f"""
        UPDATE contact_point SET wrote_at = greatest(wrote_at, %(at)s),
            user_id = coalesce(nullif(%(user)s, ''), user_id)
        WHERE person_id = %(person)s AND (id = ANY(%(points)s) OR user_id = nullif(%(user)s, '')
            OR NOT %(known)s AND {_WHATSAPP})
        """,
        {
            "person": person_id,
            "points": points,
            "user": user_id,
            "at": at,
            "known": any(address.startswith("+") for address in addresses),
        },
    )


def close_windows(connection: psycopg.Connection, message_ids: Sequence[object]) -> None:
    """The provider says that the window is closed: believe it rather than our own note."""
    connection.execute(
        "UPDATE contact_point c SET wrote_at = NULL FROM message m"
        " WHERE m.id = ANY(%s) AND c.person_id = m.person_id AND c.wrote_at IS NOT NULL",
        [list(message_ids)],
    )


def learn_users(connection: psycopg.Connection, known: Sequence[tuple[object, str]]) -> None:
    """The provider's names of the persons some messages went to: pairs of message and user id."""
    if not known:
        return
    connection.execute(
        f"""
        UPDATE contact_point c SET user_id = g.user_id
        FROM (SELECT DISTINCT ON (m.person_id) m.person_id, u.user_id
              FROM unnest(%(ids)s::uuid[], %(users)s::text[]) AS u(id, user_id)
              JOIN message m ON m.id = u.id) AS g
        WHERE c.person_id = g.person_id AND c.status = 'active' AND {_WHATSAPP}
          AND c.user_id IS DISTINCT FROM g.user_id
          AND (SELECT count(*) FROM contact_point o
               WHERE o.person_id = c.person_id AND o.status = 'active'
                 AND (o.channels >> {Channel.WHATSAPP}) & 1 = 1) = 1
        """,
        {"ids": [message_id for message_id, _ in known], "users": [user for _, user in known]},
    )


def persons_known_as(connection: psycopg.Connection, user_id: str) -> list[int]:
    """The persons the provider calls by this name, by id."""
    if not user_id:
        return []
    rows = connection.execute(
        "SELECT DISTINCT person_id FROM contact_point WHERE user_id = %s ORDER BY person_id", [user_id]
    ).fetchall()
    return [person_id for (person_id,) in rows]


def open_windows(connection: psycopg.Connection, person_id: int, now: datetime) -> list[Window]:
    """Where free text may be sent to a person now, the longest first."""
    rows = connection.execute(
        "SELECT id, wrote_at FROM contact_point WHERE person_id = %s AND wrote_at > %s"
        " AND status = 'active' ORDER BY wrote_at DESC",
        [person_id, now - WINDOW],
    ).fetchall()
    known = {one.id: one.value for one in addresses_of(connection, [person_id])}
    return [Window(known[point], wrote_at + WINDOW) for point, wrote_at in rows]
