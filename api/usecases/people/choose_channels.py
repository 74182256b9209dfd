"""A person says on which channels they want to be written to: what they leave out is refused at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import psycopg

from api.clock import Clock
from api.usecases.people.record_opt_out import OptOut, refuse_channels
from engine.vocabulary import Channel, Consent
from storage.consents import write_consent
from storage.database import Database
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons

OFFERED = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL, Channel.VOICE)
"""What a person chooses among; assisted messages follow WhatsApp, a letter the law requires still comes."""


@dataclass(frozen=True)
class Chosen:
    """What changed by a choice."""

    granted: tuple[Channel, ...]
    refused: tuple[Channel, ...]


def choose_channels(
    database: Database, clock: Clock, person_id: int, wanted: Collection[Channel], *, source: str
) -> Chosen:
    """Grant the channels wanted and refuse the others of :data:`OFFERED`; said twice, nothing changes."""
    now = clock.now()
    with database.connection() as connection:
        lock_persons(connection, [person_id])
        ((denied, consented),) = connection.execute(
            "SELECT denied_channels, consented_channels FROM person WHERE id = %s", [person_id]
        ).fetchall()
        granted = tuple(one for one in OFFERED if one in wanted and not consented >> one & 1)
        refused = tuple(one for one in OFFERED if one not in wanted and not denied >> one & 1)
        if granted:
            _grant(connection, person_id, granted, source, now)
        if refused:
            refuse_channels(connection, OptOut(person_id, _with_assisted(refused), source), now, now)
    return Chosen(granted, refused)


def _grant(
    connection: psycopg.Connection, person_id: int, channels: tuple[Channel, ...], source: str, now: datetime
) -> None:
    codes = [int(channel) for channel in _with_assisted(channels)]
    write_consent(connection, person_id, codes, Consent.GRANTED, source, now)
    revise_enrolments(connection, accounts_of_person(connection, person_id))
    told = {"channels": [channel.word for channel in channels], "source": source}
    append_line(connection, now, "person.consented", f"person:{person_id}", told)


def _with_assisted(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return (*channels, Channel.ASSISTED) if Channel.WHATSAPP in channels else channels
