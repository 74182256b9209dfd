"""Records that an address belongs to somebody else: nobody is written to there again, for any account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from api.clock import Clock
from engine.vocabulary import MessageState
from storage.contact_points import mark_wrong, persons_at, variants
from storage.database import Database
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.person_lock import lock_persons
from storage.personal import seal_words


@dataclass(frozen=True)
class WrongNumber:
    """An address that is not the debtor's: said where, by whom or in which words."""

    address: str
    source: str
    words: str = ""


@dataclass(frozen=True)
class WrongNumberRecorded:
    """The persons it stood for in the book, and the unsent messages that had nowhere else to go."""

    persons: tuple[int, ...]
    withdrawn: tuple[UUID, ...]


def record_wrong_number(
    database: Database,
    clock: Clock,
    wrong: WrongNumber,
    index_of: Callable[[str], bytes] | None = None,
) -> WrongNumberRecorded:
    """Block an address under every person that has it; said twice, the second time changes nothing."""
    indexes = [index_of(spelling) for spelling in variants(wrong.address)] if index_of else []
    with database.connection() as connection:
        lock_persons(connection, persons_at(connection, wrong.address, indexes))
        return block_address(connection, wrong, clock.now(), indexes)


def block_address(
    connection: psycopg.Connection, wrong: WrongNumber, now: datetime, indexes: list[bytes] | None = None
) -> WrongNumberRecorded:
    """The same within a transaction that holds the locks of every person who has the address."""
    persons = mark_wrong(connection, wrong.address, indexes or ())
    withdrawn: list[UUID] = []
    for person_id in persons:
        revise_enrolments(connection, accounts_of_person(connection, person_id))
        taken_back = _withdraw_unreachable(connection, person_id, now)
        withdrawn += taken_back
        (words,) = seal_words(connection, person_id, [wrong.words])
        body = {
            "source": wrong.source,
            "words": words,
            "withdrawn": [str(message_id) for message_id in taken_back],
        }
        append_line(connection, now, "contact_point.wrong", f"person:{person_id}", body)
    return WrongNumberRecorded(tuple(persons), tuple(withdrawn))


def _withdraw_unreachable(connection: psycopg.Connection, person_id: int, now: datetime) -> list[UUID]:
    """Take back what is queued on a channel on which the person has no address left."""
    rows = connection.execute(
        f"""
        UPDATE message m SET state = {MessageState.WITHDRAWN}, reason = %(reason)s, settled_at = %(now)s,
            fence = fence + 1, leased_by = NULL, leased_until = NULL
        FROM person p
        WHERE m.person_id = %(person)s AND p.id = m.person_id
          AND (p.reachable_channels >> m.channel) & 1 = 0
          AND m.state IN ({MessageState.QUEUED}, {MessageState.LEASED})
        RETURNING m.id
        """,
        {"person": person_id, "reason": reasons.NO_CONTACT_POINT, "now": now},
    ).fetchall()
    return [message_id for (message_id,) in rows]
