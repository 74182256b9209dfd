"""Records that a person wants no more messages on some channels, or on any: effective at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from api.clock import Clock
from engine.vocabulary import Channel, Consent, EventName, Purpose
from storage.consents import write_consent
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.single import CAUSE_OPT_OUT, SingleMessage, queue_single
from storage.outbox.withdrawals import withdraw_person
from storage.person_lock import lock_persons
from storage.personal import seal_words

EVERY_CHANNEL = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL, Channel.VOICE, Channel.ASSISTED)
"""What a person can refuse; a letter the law requires still comes."""


@dataclass(frozen=True)
class OptOut:
    """One refusal: of whom, for which channels, said where and in which words."""

    person_id: int
    channels: tuple[Channel, ...] = EVERY_CHANNEL
    source: str = "manual"
    words: str = ""


CONFIRMED_IN = frozenset({"US"})
"""Countries whose law provides one message that confirms an opt-out; a portfolio may ask for it elsewhere
(``confirm_opt_out`` of its settings)."""

CONFIRMATIONS = {Channel.SMS: "baja_confirmada_sms", Channel.WHATSAPP: "baja_confirmada_whatsapp"}
"""The templates that confirm; a mailbox sees the page that took its opt-out."""


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
    (words,) = seal_words(connection, opt_out.person_id, [opt_out.words])
    body = {
        "channels": [channel.word for channel in opt_out.channels],
        "source": opt_out.source,
        "words": words,
        "withdrawn": [str(message_id) for message_id in withdrawn],
    }
    event = DomainEvent(
        EventName.OPT_OUT, at, opt_out.source, f"{opt_out.person_id}-{at.isoformat()}", opt_out.person_id,
        tuple(accounts_of_person(connection, opt_out.person_id)), body={"channels": body["channels"]},
    )  # fmt: skip
    post(connection, event)
    append_line(connection, now, "person.opted_out", f"person:{opt_out.person_id}", body)
    return tuple(withdrawn)


def confirm_opt_out(
    connection: psycopg.Connection,
    person_id: int,
    account_ids: Sequence[int],
    channel: Channel,
    now: datetime,
) -> UUID | None:
    """Say once, on the channel the refusal came by, that it was heard; only where law or portfolio ask.

    The caller holds the person's lock. ``None`` when nobody asks for it or it was said before.
    """
    template = CONFIRMATIONS.get(channel)
    asked = connection.execute(
        """
        SELECT EXISTS (SELECT 1 FROM account a JOIN portfolio f ON f.id = a.portfolio_id
            JOIN person p ON p.id = a.person_id LEFT JOIN place ON place.id = p.place_id
            WHERE a.id = ANY(%s) AND (coalesce(place.country, f.country) = ANY(%s)
                OR (f.settings->>'confirm_opt_out')::boolean))
        """,
        [list(account_ids), sorted(CONFIRMED_IN)],
    ).fetchone()
    if template is None or asked is None or not asked[0]:
        return None
    cause = (CAUSE_OPT_OUT, person_id, int(channel))
    wish = SingleMessage(person_id, account_ids, channel, Purpose.ANSWER, template, cause)
    return queue_single(connection, wish, now)
