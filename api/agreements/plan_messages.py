"""The messages a payment plan asks for by itself: its confirmation, and the reminder of an instalment."""

from datetime import datetime
from uuid import UUID

import psycopg

from api.agreements.promise_messages import channels_of
from engine.vocabulary import CauseKind, Channel, Purpose
from storage.outbox.single import SingleMessage, queue_single
from storage.promises import CONFIRMATION, REMINDER_BEFORE, REMINDER_ON_THE_DAY

TEMPLATES = {
    CONFIRMATION: "convenio_confirmado",
    REMINDER_BEFORE: "convenio_recordatorio",
    REMINDER_ON_THE_DAY: "convenio_recordatorio",
}
"""The template of each message, to which the channel is added: ``convenio_confirmado_sms``."""


def plan_template(which: int, channel: Channel) -> str:
    """The template a message of a plan uses on a channel.

    >>> plan_template(CONFIRMATION, Channel.SMS)
    'convenio_confirmado_sms'
    """
    return f"{TEMPLATES[which]}_{channel.word}"


def confirm_plan(
    connection: psycopg.Connection, plan_id: int, account_id: int, person_id: int, now: datetime
) -> UUID | None:
    """Queue the confirmation of an accepted plan; ``None`` where no template or channel can say it."""
    cause = (int(CauseKind.PLAN), plan_id, CONFIRMATION)
    for channel in channels_of(connection, person_id):
        key = plan_template(CONFIRMATION, channel)
        wish = SingleMessage(person_id, [account_id], channel, Purpose.CONFIRMATION, key, cause)
        queued = queue_single(connection, wish, now)
        if queued is not None:
            return queued
    return None
