"""Records what a person wrote: an event of the debts the message was about, an opt-out, or a wrong number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.usecases.people.record_opt_out import EVERY_CHANNEL, OptOut, confirm_opt_out, refuse_channels
from api.usecases.people.record_wrong_number import WrongNumber, block_address
from api.usecases.replies.act_on_reply import Written, act_on_reply
from channels.opt_out_words import is_wrong_number, stops_everything, stops_this_channel
from channels.port import InboundReply
from channels.replies.understanding import Understood, understand
from channels.template_buttons import meaning_of
from engine.vocabulary import Channel, EventKind
from storage.contact_points import last_writer_to, persons_at, recipient_of, variants
from storage.conversations import note_word
from storage.database import Database
from storage.events import accounts_of_person, note_event, revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.personal import seal_words
from storage.reply_examples import corrections
from storage.windows import note_wrote, persons_known_as

_NOBODY = 0
SAID = ("text", "payload")
"""What a reply says in the person's own words: kept encrypted under their key."""


@dataclass(frozen=True)
class ReplyRecorded:
    """Whose words they were (0: nobody's we know), the accounts they concern, and what was taken back.

    ``wrong_number``: they were a stranger's, so they are no reply of the debtor and concern no account.
    """

    person_id: int = _NOBODY
    accounts: tuple[int, ...] = ()
    opted_out: tuple[Channel, ...] = ()
    withdrawn: tuple[UUID, ...] = ()
    wrong_number: bool = False


def record_reply(
    database: Database,
    clock: Clock,
    channel: Channel,
    reply: InboundReply,
    index_of: Callable[[str], bytes] | None = None,
) -> ReplyRecorded:
    """Write a reply once per provider id; a repeated one changes nothing and names no accounts.

    ``index_of`` is the installation's blind index, by which an address is found in a large book.
    """
    now = clock.now()
    at = datetime.fromtimestamp(reply.at, UTC)
    with database.connection() as connection:
        indexes = [index_of(spelling) for spelling in variants(reply.from_)] if index_of else []
        if is_wrong_number(reply.text) or is_wrong_number(reply.payload):
            return _record_stranger(connection, channel, reply, indexes, now)
        writer = _writer(connection, channel, reply, indexes)
        if writer is None:
            append_line(connection, now, "reply.unknown_sender", f"channel:{channel.word}", _named(reply))
            return ReplyRecorded()
        person_id, message_id = writer
        lock_persons(connection, [person_id])
        if channel is Channel.WHATSAPP:
            note_wrote(connection, person_id, variants(reply.from_), reply.user_id, at)
        accounts = _accounts(connection, person_id, message_id)
        said_on = at.astimezone(_zone(connection, person_id)).date()
        body = _sealed(connection, person_id, _body(reply))
        contact = {"channel": int(channel), "local_on": said_on.isoformat()}  # it counts as two-way
        new = note_event(
            connection, accounts, EventKind.REPLY, at, channel.word, reply.provider_id,
            body | contact,
        )  # fmt: skip
        if not new:
            return ReplyRecorded(person_id)
        _note_reply(connection, person_id, said_on)
        note_word(connection, person_id, new, at)
        revise_enrolments(connection, new)
        append_line(connection, now, "reply.received", f"person:{person_id}", body)
        refused = refused_channels(reply.text, channel) or refused_channels(reply.payload, channel)
        withdrawn: tuple[UUID, ...] = ()
        if refused:
            opt_out = OptOut(person_id, refused, f"reply:{channel.word}", reply.text[:200])
            withdrawn = refuse_channels(connection, opt_out, at, now)
            confirm_opt_out(connection, person_id, accounts, channel, now)
        else:
            written = Written(
                person_id, tuple(new), channel, reply.text, reply.provider_id, reply.media_id, at
            )
            act_on_reply(connection, written, _meaning(connection, reply, said_on), now)
    return ReplyRecorded(person_id, tuple(new), refused, withdrawn)


def _meaning(connection: psycopg.Connection, reply: InboundReply, said_on: date) -> Understood:
    """What a reply means: a button of ours says it; a picture without a word is taken for a receipt."""
    if reply.media_id and not reply.text.strip():
        return Understood("ya_pague", 1.0, "receipt")
    if meant := meaning_of(reply.payload):
        return Understood(meant, 1.0, "button")
    return understand(reply.text or reply.payload, said_on, corrections(connection))


def refused_channels(text: str, channel: Channel) -> tuple[Channel, ...]:
    """The channels a text refuses by itself.

    >>> refused_channels(" ¡BAJA! ", Channel.SMS) == EVERY_CHANNEL, refused_channels("Stop", Channel.SMS)
    (True, (<Channel.SMS: 2>,))
    >>> refused_channels("ya di de baja mi tarjeta", Channel.SMS)
    ()
    """
    if stops_everything(text):
        return EVERY_CHANNEL
    return (channel,) if stops_this_channel(text) else ()


def _record_stranger(
    connection: psycopg.Connection,
    channel: Channel,
    reply: InboundReply,
    indexes: list[bytes],
    now: datetime,
) -> ReplyRecorded:
    """Whoever has the number is not the debtor: the address is blocked under everybody it stood for."""
    lock_persons(connection, persons_at(connection, reply.from_, indexes))
    append_line(connection, now, "reply.wrong_number", f"channel:{channel.word}", _named(reply))
    wrong = WrongNumber(reply.from_, f"reply:{channel.word}", reply.text[:200])
    blocked = block_address(connection, wrong, now, indexes)
    return ReplyRecorded(withdrawn=blocked.withdrawn, wrong_number=True)


def _writer(
    connection: psycopg.Connection, channel: Channel, reply: InboundReply, indexes: list[bytes]
) -> tuple[int, str | None] | None:
    """The person and the message answered; a person alone when only one has the address.

    Who comes without a number is known by the provider's own name, or by the message they answer.
    """
    persons = persons_at(connection, reply.from_, indexes) or persons_known_as(connection, reply.user_id)
    answered = last_writer_to(connection, persons, channel, reply.in_reply_to) if persons else None
    if answered is not None:
        return answered
    if not persons and reply.user_id and reply.in_reply_to:
        return recipient_of(connection, channel, reply.in_reply_to)
    return (persons[0], None) if len(persons) == 1 else None


def _accounts(connection: psycopg.Connection, person_id: int, message_id: str | None) -> list[int]:
    """The accounts listed in the message replied to; all of the person's when there is none."""
    if message_id is not None:
        rows = connection.execute(
            "SELECT DISTINCT account_id FROM message_item WHERE message_id = %s AND alive", [message_id]
        ).fetchall()
        if rows:
            return sorted(account_id for (account_id,) in rows)
    return accounts_of_person(connection, person_id)


def _zone(connection: psycopg.Connection, person_id: int) -> tzinfo:
    row = connection.execute(
        "SELECT zones FROM place JOIN person p ON p.place_id = place.id WHERE p.id = %s", [person_id]
    ).fetchone()
    return ZoneInfo(row[0][0]) if row and row[0] else UTC


def _note_reply(connection: psycopg.Connection, person_id: int, said_on: date) -> None:
    connection.execute(
        "UPDATE person SET last_reply_on = greatest(last_reply_on, %s), revision = revision + 1"
        " WHERE id = %s",
        [said_on, person_id],
    )


def _body(reply: InboundReply) -> dict[str, object]:
    return _named(reply) | {name: getattr(reply, name) for name in SAID}


def _named(reply: InboundReply) -> dict[str, object]:
    """A reply without its words: those of nobody we know are not kept beside the inbox."""
    return {
        "kind": reply.kind,
        "to": reply.to,
        "in_reply_to": reply.in_reply_to,
        "provider_id": reply.provider_id,
        "media_id": reply.media_id,
    }


def _sealed(connection: psycopg.Connection, person_id: int, body: dict[str, object]) -> dict[str, object]:
    words = seal_words(connection, person_id, [str(body[name]) for name in SAID])
    return body | dict(zip(SAID, words, strict=True))
