"""A person's queue of assisted WhatsApp messages: shown with their link, marked when sent, 200 a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.delivery.by_hand import ByHand, handing_out
from api.delivery.judging import Cleared
from channels.assisted import MOST_PER_DAY, chat_link
from engine.errors import ServiceError
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line
from storage.outbox.hand_outs import (
    HandLane,
    HandOut,
    find_hand_out,
    lanes_of,
    marked_on,
    note_result,
    shown_to_others,
    write_hand_outs,
)

SHOWN_FOR = timedelta(minutes=15)
"""How long a shown message belongs to whoever it was shown to."""
MOST_SHOWN = 20
SENT, SENT_ALTHOUGH = "enviado", "enviado_fuera_de_politica"


@dataclass(frozen=True)
class Assisted:
    """One message to send by hand: whom to, the words, and the link that opens the chat with them."""

    message_id: UUID
    person: str
    phone: str
    text: str
    link: str


@dataclass(frozen=True)
class Queue:
    """What a person may send now, what they sent today, and how many more the day allows."""

    messages: tuple[Assisted, ...]
    sent_today: int
    left_today: int


@dataclass(frozen=True)
class Marked:
    """Whether a message marked as sent was still lawful; else ``reason`` says what it ran against."""

    lawful: bool
    reason: str = ""


def show_assisted(
    database: Database, clock: Clock, portfolio_key: str, *, by: str, sender: str, most: int = MOST_SHOWN
) -> Queue:
    """The next messages of a sender for one person, each asked of the policy as it is shown.

    They stay queued until they are marked; for ``SHOWN_FOR`` nobody else is shown them.
    """
    now = clock.now()
    lane, per_day = _lane(database, portfolio_key, sender)
    with handing_out(database, clock, lane.lane) as hand:
        with hand.transaction() as connection:
            sent = marked_on(connection, lane.lane, _today(lane, now))
            elsewhere = shown_to_others(connection, lane.lane, by, now - SHOWN_FOR)
        left = max(per_day - sent, 0)
        if not left:
            return Queue((), sent, 0)
        cleared = hand.guard(hand.lease(min(most, left), leaving=elsewhere)).cleared
        hand.unclear(cleared)
        with hand.transaction() as connection:
            write_hand_outs(connection, [_shown(one, lane, by, now) for one in cleared])
    return Queue(tuple(_assisted(one) for one in cleared), sent, left)


def mark_assisted(
    database: Database, clock: Clock, portfolio_key: str, message_id: UUID, *, by: str, sender: str
) -> Marked:
    """A person says that they pressed send. The policy is asked once more; either way it counts.

    What was not lawful any more counts as a contact made outside, and the ledger says who sent it.
    ``ServiceError`` when it was never shown, was marked before, or the day's number is spent.
    """
    now = clock.now()
    lane, per_day = _lane(database, portfolio_key, sender)
    with handing_out(database, clock, lane.lane) as hand:
        with hand.transaction() as connection:
            known = find_hand_out(connection, message_id)
            if known is None or known.lane != lane.lane:
                raise ServiceError("nobody was shown this message", code="assisted.not_shown")
            if known.result is not None:
                raise ServiceError("this message was marked before", code="assisted.marked")
            if marked_on(connection, lane.lane, _today(lane, now)) >= per_day:
                raise ServiceError(
                    f"{per_day} messages were sent from {sender} today", code="assisted.per_day",
                    hint="go on tomorrow",
                )  # fmt: skip
        cleared = hand.guard(hand.lease_one(message_id)).cleared
        if cleared:
            hand.record([(one, _shown(one, lane, by, now)) for one in cleared])
        return _note(hand, known, bool(cleared), by, now)


def _note(hand: ByHand, known: HandOut, lawful: bool, by: str, now: datetime) -> Marked:
    with hand.transaction() as connection:
        note_result(connection, known.message_id, SENT if lawful else SENT_ALTHOUGH, now)
        if lawful:
            return Marked(True)
        row = connection.execute(
            "SELECT m.reason, m.person_id, m.creditor_id, m.shard FROM message m WHERE m.id = %s",
            [known.message_id],
        ).fetchone()
        assert row is not None, "a message that was shown is gone"
        reason, person_id, creditor_id, shard = row
        connection.execute(
            "INSERT INTO outside_contact (person_id, creditor_id, channel, at, local_on, two_way, by, result,"
            " source, reference, shard) VALUES (%s, %s, %s, %s, %s, false, %s, %s, 'assisted', %s, %s)"
            " ON CONFLICT (source, reference) DO NOTHING",
            [person_id, creditor_id, int(Channel.ASSISTED), now, known.local_on, by, SENT_ALTHOUGH,
             str(known.message_id), shard],
        )  # fmt: skip
        body = {"message": str(known.message_id), "by": by, "reason": reason}
        append_line(connection, now, "assisted.sent_although", f"person:{person_id}", body)
    return Marked(False, reason)


def _lane(database: Database, portfolio_key: str, sender: str) -> tuple[HandLane, int]:
    with database.connection() as connection:
        lanes = [
            lane for lane in lanes_of(connection, portfolio_key, Channel.ASSISTED) if lane.address == sender
        ]
        if not lanes:
            raise ServiceError(f"no sender {sender!r} writes by hand", code="hand_out.no_lane")
        return lanes[0], _per_day(connection, portfolio_key)


def _per_day(connection: psycopg.Connection, portfolio_key: str) -> int:
    row = connection.execute(
        "SELECT (settings->>'assisted_per_day')::int FROM portfolio WHERE key = %s", [portfolio_key]
    ).fetchone()
    return MOST_PER_DAY if row is None or row[0] is None else min(int(row[0]), MOST_PER_DAY)


def _today(lane: HandLane, now: datetime) -> date:
    return now.astimezone(ZoneInfo(lane.timezone)).date()


def _shown(one: Cleared, lane: HandLane, by: str, now: datetime) -> HandOut:
    message = one.message
    return HandOut(
        message.id, message.local_on, lane.portfolio_id, lane.lane, message.channel, "", 0, by, now
    )


def _assisted(one: Cleared) -> Assisted:
    outgoing = one.outgoing
    return Assisted(
        one.message.id, one.message.name, outgoing.to, outgoing.text, chat_link(outgoing.to, outgoing.text)
    )
