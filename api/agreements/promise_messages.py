"""The messages a promise or a payment asks for by itself: confirmation, reminders and thanks."""

from datetime import datetime
from uuid import UUID

import psycopg

from engine.vocabulary import CauseKind, Channel, Purpose
from storage.outbox.single import SingleMessage, queue_single
from storage.promises import CONFIRMATION, REMINDER_BEFORE, REMINDER_ON_THE_DAY, THANKS, PromiseRow

CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
"""In this order, where the person said nothing of a preferred one."""

TEMPLATES = {
    CONFIRMATION: "promesa_confirmada",
    REMINDER_BEFORE: "promesa_recordatorio",
    REMINDER_ON_THE_DAY: "promesa_recordatorio",
    THANKS: "pago_gracias",
}
"""The template of each message, to which the channel is added: ``promesa_confirmada_sms``."""


def template_key(which: int, channel: Channel) -> str:
    """The template a message of a promise uses on a channel.

    >>> template_key(THANKS, Channel.SMS)
    'pago_gracias_sms'
    """
    return f"{TEMPLATES[which]}_{channel.word}"


def tell_promise(
    connection: psycopg.Connection, promise: PromiseRow, person_id: int, which: int, now: datetime
) -> UUID | None:
    """Queue one message about a promise; ``None`` where no approved template or channel can say it."""
    cause = (int(CauseKind.PROMISE), promise.id, which)
    return _tell(connection, person_id, promise.account_id, which, cause, now)


def thank_for_payment(
    connection: psycopg.Connection, payment_id: int, account_id: int, person_id: int, now: datetime
) -> UUID | None:
    """Queue the thanks for a payment, once."""
    cause = (int(CauseKind.EVENT), payment_id, THANKS)
    return _tell(connection, person_id, account_id, THANKS, cause, now)


def _tell(
    connection: psycopg.Connection,
    person_id: int,
    account_id: int,
    which: int,
    cause: tuple[int, int, int],
    now: datetime,
) -> UUID | None:
    for channel in channels_of(connection, person_id):
        key = template_key(which, channel)
        wish = SingleMessage(person_id, [account_id], channel, Purpose.CONFIRMATION, key, cause)
        queued = queue_single(connection, wish, now)
        if queued is not None:
            return queued
    return None


def channels_of(connection: psycopg.Connection, person_id: int) -> list[Channel]:
    """The channels a person can be written to on, the one they prefer first."""
    row = connection.execute(
        "SELECT preferred_channel, reachable_channels & consented_channels & ~denied_channels FROM person"
        " WHERE id = %s",
        [person_id],
    ).fetchone()
    if row is None:
        return []
    open_to = [channel for channel in CHANNELS if row[1] >> channel & 1]
    return sorted(open_to, key=lambda channel: channel != row[0])
