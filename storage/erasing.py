"""Erases a person: the key that opens their data is destroyed, their addresses and blind indexes go."""

import os
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from storage.person_keys import destroy_key


@dataclass(frozen=True)
class Standing:
    """Why a person may have to be kept: what they owe, what is open, and when they were last dealt with.

    ``erased`` when that has been done already.
    """

    owing: tuple[str, ...]
    open_cases: int
    last_dealt_on: date | None
    country: str
    erased: bool


def standing_of(connection: psycopg.Connection, person_id: int) -> Standing | None:
    """How a person stands; ``None`` when there is none of this id. The caller holds their lock."""
    row = connection.execute(
        """
        SELECT ARRAY(SELECT number FROM account WHERE person_id = p.id
                     AND (outstanding_balance > 0 OR amount_to_cure > 0) ORDER BY number),
            (SELECT count(*) FROM dispute WHERE person_id = p.id AND state = 'open')
            + (SELECT count(*) FROM complaint WHERE person_id = p.id AND state = 'open'),
            greatest(
                (SELECT max(sending_at)::date FROM message WHERE person_id = p.id),
                (SELECT max(local_on) FROM outside_contact WHERE person_id = p.id),
                (SELECT max(paid_at)::date FROM payment JOIN account a ON a.id = account_id
                 WHERE a.person_id = p.id),
                p.last_contact_on, p.last_reply_on),
            coalesce(place.country, ''), k.identity_index IS NULL AND p.name = ''
        FROM person p LEFT JOIN place ON place.id = p.place_id LEFT JOIN person_key k USING (identity_index)
        WHERE p.id = %s
        """,
        [person_id],
    ).fetchone()
    return None if row is None else Standing(tuple(row[0]), int(row[1]), row[2], row[3], row[4])


def erase(connection: psycopg.Connection, person_id: int) -> int:
    """Destroy the key, the addresses and the indexes of a person; how many addresses there were.

    The person's row stays without name, under an index that nobody can compute again, so that their accounts
    and the figures of past dates still add up. What was encrypted stands there unreadable, in backups too.
    """
    ((identity,),) = connection.execute(
        "SELECT identity_index FROM person WHERE id = %s FOR UPDATE", [person_id]
    ).fetchall()
    destroy_key(connection, identity)
    gone = connection.execute("DELETE FROM contact_point WHERE person_id = %s", [person_id]).rowcount
    connection.execute("UPDATE account SET custom = '{}' WHERE person_id = %s", [person_id])
    connection.execute(
        "UPDATE person SET name = '', identity_index = %s, reachable_channels = 0, verified_channels = 0,"
        " best_hour = NULL, labels = 0, revision = revision + 1 WHERE id = %s",
        [identity[:1] + os.urandom(31), person_id],
    )
    for table in ("person_hours", "attachment", "portal_access"):
        connection.execute(f"DELETE FROM {table} WHERE person_id = %s".encode(), [person_id])
    return gone


def last_deletion_by_law(now: datetime, months: int) -> date:
    """The latest date a contact may have been made on for its record not to be owed any more.

    >>> last_deletion_by_law(datetime(2026, 11, 23), 24)
    datetime.date(2024, 11, 1)
    """
    first = now.date().replace(day=1)
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)
