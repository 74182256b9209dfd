"""Records what providers report about our messages: forward only, once each, in one transaction a batch."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from api.delivery.refused import CONSEQUENCES
from channels.port import StatusUpdate
from channels.provider_errors import error_table
from engine.vocabulary import Channel, MessageState
from storage.contact_points import variants
from storage.outbox import reasons
from storage.outbox.consequences import Consequence, carry_out
from storage.statuses import Posted, Status, apply_statuses, find_by_provider_ids, read_posted
from storage.windows import learn_users

STATES = {
    "sent": MessageState.ACCEPTED,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "failed": MessageState.FAILED,
}


def record_statuses(
    connection: psycopg.Connection, channel: Channel, updates: Sequence[StatusUpdate], now: datetime
) -> int:
    """Apply status updates of one channel; how many messages moved. Unknown ones do nothing."""
    nameless = [update.provider_id for update in updates if _our_id(update) is None]
    found = find_by_provider_ids(connection, nameless)
    known = [
        (update, message_id)
        for update in updates
        if (message_id := _our_id(update) or found.get(update.provider_id)) is not None
    ]
    moved = apply_statuses(connection, [_status(message_id, update) for update, message_id in known])
    learn_users(connection, [(message_id, update.user_id) for update, message_id in known if update.user_id])
    _carry_out(connection, channel, known, now)
    return moved


def _our_id(update: StatusUpdate) -> UUID | None:
    try:
        return UUID(update.message_id or "")
    except ValueError:
        return None


def _status(message_id: UUID, update: StatusUpdate) -> Status:
    reason = f"{reasons.PROVIDER}{update.code}" if update.state == "failed" else ""
    at = datetime.fromtimestamp(update.at, UTC)
    return Status(message_id, update.provider_id, STATES[update.state], at, reason, update.price_category)


def _carry_out(
    connection: psycopg.Connection,
    channel: Channel,
    known: Sequence[tuple[StatusUpdate, UUID]],
    now: datetime,
) -> None:
    """What failures mean beyond their message; the persons are locked since the statuses were applied.

    A failure told after the message was delivered means nothing; one told again changes nothing.
    """
    wanted = [(update, message_id) for update, message_id in known if update.action in CONSEQUENCES]
    if not wanted:
        return
    about = read_posted(connection, [message_id for _, message_id in wanted])
    consequences = [
        _consequence(channel, update, about[message_id])
        for update, message_id in wanted
        if message_id in about and about[message_id].state == MessageState.FAILED
    ]
    carry_out(connection, consequences, now)


def _consequence(channel: Channel, update: StatusUpdate, message: Posted) -> Consequence:
    """``update.action`` is one that has consequences."""
    assert update.action is not None
    row = error_table("whatsapp").get(update.code) if channel is Channel.WHATSAPP else None
    row = row or error_table("twilio").get(update.code)  # WhatsApp may go through Twilio
    return Consequence(
        kind=CONSEQUENCES[update.action],
        message_id=message.id,
        person_id=message.person_id,
        channel=channel,
        lane=message.lane,
        template_id=message.template_id,
        template=message.template,
        language=message.language,
        address=_address(update, message),
        reason=f"{reasons.PROVIDER}{update.code}",
        pause_s=row.retry_after_s if row else 0.0,
    )


def _address(update: StatusUpdate, message: Posted) -> str:
    """The person's own spelling of the number told; without a number the only one they have, else none."""
    if not update.recipient:
        return message.addresses[0] if len(message.addresses) == 1 else ""
    spelled = [address for address in message.addresses if address in variants(update.recipient)]
    return spelled[0] if spelled else update.recipient
