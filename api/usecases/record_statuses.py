"""Records what providers report about our messages: forward only, once each, in one transaction a batch."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from api.delivery.recorder import CONSEQUENCES
from channels.port import StatusUpdate
from engine.vocabulary import Channel, MessageState
from storage.outbox import reasons
from storage.outbox.consequences import Consequence, carry_out
from storage.statuses import Status, apply_statuses, find_by_provider_ids

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
    statuses = []
    for update in updates:
        message_id = _our_id(update) or found.get(update.provider_id)
        if message_id is not None:
            statuses.append(_status(message_id, update))
    moved = apply_statuses(connection, statuses)
    _carry_out(connection, channel, [u for u in updates if u.action in CONSEQUENCES], statuses, now)
    return moved


def _our_id(update: StatusUpdate) -> UUID | None:
    try:
        return UUID(update.message_id or "")
    except ValueError:
        return None


def _status(message_id: UUID, update: StatusUpdate) -> Status:
    reason = f"{reasons.PROVIDER}{update.code}" if update.state == "failed" else ""
    at = datetime.fromtimestamp(update.at, UTC)
    return Status(message_id, update.provider_id, STATES[update.state], at, reason)


def _carry_out(
    connection: psycopg.Connection,
    channel: Channel,
    updates: Sequence[StatusUpdate],
    statuses: Sequence[Status],
    now: datetime,
) -> None:
    """What failures mean beyond their message; the persons are locked since the statuses were applied."""
    by_provider = {status.provider_id: status.message_id for status in statuses}
    wanted = [u for u in updates if u.provider_id in by_provider]
    if not wanted:
        return
    rows = connection.execute(
        "SELECT id, person_id, template_id FROM message WHERE id = ANY(%s)",
        [[by_provider[u.provider_id] for u in wanted]],
    ).fetchall()
    about = {row[0]: (row[1], row[2]) for row in rows}
    consequences = [
        Consequence(
            kind=CONSEQUENCES[u.action],
            person_id=about[by_provider[u.provider_id]][0],
            channel=channel,
            template_id=about[by_provider[u.provider_id]][1],
            address=u.recipient,
            reason=f"{reasons.PROVIDER}{u.code}",
        )
        for u in wanted
        if u.action is not None and by_provider[u.provider_id] in about
    ]
    carry_out(connection, consequences, now)
