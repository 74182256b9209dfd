"""Queues one message that no strategy asked for: a confirmation, an answer, a thank-you; once per cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import psycopg

from engine.vocabulary import Channel, MessageState, Purpose
from storage import partitions

_NAMESPACE = UUID("5b0f2a52-6c0e-4f0b-9a0a-3d8a7a1f4c11")
STAYS_FOR = timedelta(hours=2)
"""How long such a message may wait for its post: later it would answer nothing."""

CAUSE_OPT_OUT = 6
"""``cause_kind`` of the one confirmation of an opt-out; its cause is the person, its node the channel."""


@dataclass(frozen=True)
class SingleMessage:
    """One message: to whom, about which accounts, in which words, and what asked for it.

    ``cause`` is (kind, id, node): however often it is asked for, it is queued once. ``from_address`` is the
    number of ours it should leave by, if it is still one.
    """

    person_id: int
    account_ids: Sequence[int]
    channel: Channel
    purpose: Purpose
    template_key: str
    cause: tuple[int, int, int]
    template_state: str = "approved"
    from_address: str = ""
    stays_for: timedelta = STAYS_FOR


def queue_single(connection: psycopg.Connection, wish: SingleMessage, now: datetime) -> UUID | None:
    """Queue it for the guard like any other message; ``None`` when it was queued before or cannot be sent.

    It cannot when the accounts are gone, the template is not approved or no number sends on the channel.
    The caller holds the person's lock.
    """
    row = connection.execute(
        """
        SELECT a.portfolio_id, a.creditor_id, p.shard, coalesce(place.country, ''), place.zones, t.id,
            (SELECT lane FROM sender s WHERE s.portfolio_id = a.portfolio_id AND s.channel = %(channel)s
             ORDER BY s.address = %(address)s DESC, lane LIMIT 1),
            (SELECT coalesce(max(restore_epoch), 0) FROM installation)
        FROM account a JOIN person p ON p.id = %(person)s LEFT JOIN place ON place.id = p.place_id
        JOIN template t ON t.key = %(template)s AND t.state = %(state)s AND t.channel = %(channel)s
        WHERE a.id = ANY(%(accounts)s) ORDER BY a.id, t.version DESC LIMIT 1
        """,
        {"person": wish.person_id, "accounts": list(wish.account_ids), "channel": int(wish.channel),
         "template": wish.template_key, "state": wish.template_state, "address": wish.from_address},
    ).fetchone()  # fmt: skip
    if row is None or row[6] is None:
        return None
    portfolio_id, creditor_id, shard, country, zones, template_id, lane, epoch = row
    local_on = now.astimezone(ZoneInfo(zones[0]) if zones else now.tzinfo).date()
    partitions.ensure(connection, local_on)
    kind, cause_id, node = wish.cause
    message_id = uuid5(_NAMESPACE, f"{kind}:{cause_id}:{node}:{wish.person_id}")
    items = connection.execute(
        "INSERT INTO message_item (cause_kind, cause_id, node, visit, addressee_id, leg, message_id,"
        " local_on, account_id, covered) SELECT %s, %s, %s, row_number() OVER (ORDER BY id), %s, 0, %s, %s,"
        " id, row_number() OVER (ORDER BY id) > 1 FROM account WHERE id = ANY(%s) AND portfolio_id = %s"
        " ON CONFLICT DO NOTHING",
        [kind, cause_id, node, wish.person_id, message_id, local_on, list(wish.account_ids), portfolio_id],
    ).rowcount
    if not items:
        return None
    connection.execute(
        "INSERT INTO message (id, local_on, portfolio_id, creditor_id, person_id, shard, channel, purpose,"
        " template_id, country, lane, priority, send_at, expires_at, state, released, epoch, decided_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1000, %s, %s, %s, true, %s, %s)",
        [message_id, local_on, portfolio_id, creditor_id, wish.person_id, shard, int(wish.channel),
         int(wish.purpose), template_id, country, lane, now, now + wish.stays_for, int(MessageState.QUEUED),
         epoch, now],
    )  # fmt: skip
    return message_id
