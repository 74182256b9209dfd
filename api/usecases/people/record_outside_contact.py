"""Records a contact made outside (dialer, branch, agency, core): it counts in caps and locks at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from engine.errors import BookError
from engine.vocabulary import Channel
from storage.database import Database
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons


@dataclass(frozen=True)
class OutsideContactIn:
    """One contact as its source tells it; (source, reference) is counted once."""

    person_id: int
    creditor_id: int
    channel: Channel
    at: datetime
    by: str
    source: str
    reference: str
    two_way: bool = False
    result: str = ""
    account_id: int | None = None


def record_outside_contact(database: Database, clock: Clock, contact: OutsideContactIn) -> bool:
    """Write a contact on the debtor's local date; whether it was new."""
    with database.connection() as connection:
        return note_outside_contact(connection, contact, clock.now())


def note_outside_contact(connection: psycopg.Connection, contact: OutsideContactIn, now: datetime) -> bool:
    """The same within a transaction."""
    row = connection.execute(
        "SELECT p.shard, place.zones FROM person p LEFT JOIN place ON place.id = p.place_id WHERE p.id = %s",
        [contact.person_id],
    ).fetchone()
    if row is None:
        raise BookError(f"no person {contact.person_id}", code="book.unknown_person")
    lock_persons(connection, [contact.person_id])
    zone = ZoneInfo(row[1][0]) if row[1] else UTC
    local_on = contact.at.astimezone(zone).date()
    inserted = connection.execute(
        "INSERT INTO outside_contact (person_id, creditor_id, account_id, channel, at, local_on, two_way,"
        " by, result, source, reference, shard) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (source, reference) DO NOTHING",
        [
            contact.person_id, contact.creditor_id, contact.account_id, int(contact.channel),
            contact.at, local_on, contact.two_way, contact.by, contact.result, contact.source,
            contact.reference, row[0],
        ],
    ).rowcount  # fmt: skip
    if not inserted:
        return False
    connection.execute(
        "UPDATE person SET last_contact_on = greatest(last_contact_on, %s), revision = revision + 1"
        " WHERE id = %s",
        [local_on, contact.person_id],
    )
    revise_enrolments(connection, accounts_of_person(connection, contact.person_id))
    body = {"channel": contact.channel.word, "by": contact.by, "result": contact.result,
            "source": contact.source, "reference": contact.reference}  # fmt: skip
    append_line(connection, now, "contact.outside", f"person:{contact.person_id}", body)
    return True
