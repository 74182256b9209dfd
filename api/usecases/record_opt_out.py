"""Records that a person wants no more messages on some channels, or on any: effective at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from api.clock import Clock
from engine.vocabulary import Channel, Consent
from storage.consents import write_consent
from storage.database import Database
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_person
from storage.person_lock import lock_persons

EVERY_CHANNEL = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL, Channel.VOICE, Channel.ASSISTED)
"""What a person can refuse; a letter the law requires still comes."""


@dataclass(frozen=True)
class OptOut:
    """One refusal: of whom, for which channels, said where and in which words."""

    person_id: int
    channels: tuple[Channel, ...] = EVERY_CHANNEL
    source: str = "manual"
    words: str = ""


def record_opt_out(database: Database, clock: Clock, opt_out: OptOut) -> tuple[UUID, ...]:
    """Write an opt-out; the unsent messages it took back."""
    with database.connection() as connection:
        lock_persons(connection, [opt_out.person_id])
        return refuse_channels(connection, opt_out, clock.now(), clock.now())


def refuse_channels(
    connection: psycopg.Connection, opt_out: OptOut, at: datetime, now: datetime
) -> tuple[UUID, ...]:
    """The same within a transaction that holds the person's locks; ``at`` is when the person said it."""
    channels: Sequence[int] = [int(channel) for channel in opt_out.channels]
    write_consent(connection, opt_out.person_id, channels, Consent.DENIED, opt_out.source, at)
    revise_enrolments(connection, accounts_of_person(connection, opt_out.person_id))
    withdrawn = withdraw_person(connection, opt_out.person_id, channels, reasons.OPTED_OUT, now)
    body = {
        "channels": [channel.word for channel in opt_out.channels],
        "source": opt_out.source,
        "words": opt_out.words,
        "withdrawn": [str(message_id) for message_id in withdrawn],
    }
    append_line(connection, now, "person.opted_out", f"person:{opt_out.person_id}", body)
    return tuple(withdrawn)
