"""Answers in a conversation: decided, kept encrypted, queued for the guard like any other message, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from api.clock import Clock
from api.usecases.replies.deciding_answer import AnswerIn, AnswerRefused, Decided, decide_answer
from api.usecases.replies.hand_conversation import Hand, expect_mine
from api.usecases.replies.read_conversations import TemplateOffered, offered_templates, unknown
from engine.findings import Finding
from engine.vocabulary import SLOT_PURPOSES, CauseKind, Channel, EventKind
from storage.conversations import Talk, assign, find_talk, note_answer
from storage.database import Database
from storage.ledger import append_line
from storage.outbox.single import STAYS_FOR, SingleMessage, queue_single
from storage.outbox.written import (
    CARRIES,
    Written,
    cause_of,
    ensure_carrier,
    message_of,
    write_words,
)
from storage.person_lock import lock_persons


@dataclass(frozen=True)
class Answered:
    """The message that carries an answer, and whether it was asked for for the first time."""

    message_id: UUID
    is_new: bool
    channel: Channel
    text: str


@dataclass(frozen=True)
class Checked:
    """Whether an answer would go now; else why not, and what may be sent instead."""

    may: bool
    code: str = ""
    reason: str = ""
    law: str = ""
    article: str = ""
    until: datetime | None = None
    text: str = ""
    findings: Sequence[Finding] = ()
    templates: Sequence[TemplateOffered] = field(default=())


@dataclass(frozen=True)
class Author:
    """Who wrote words, under which key they are kept once, and in which conversation, if any."""

    by: str
    key: str
    conversation_id: int | None = None


def answer_conversation(
    database: Database, clock: Clock, conversation_id: int, wish: AnswerIn, hand: Hand
) -> Answered:
    """Queue an answer, once per reference; ``AnswerRefused`` with law and article when it may not go.

    Whoever answers what nobody has takes it by that.
    """
    now = clock.now()
    with database.connection() as connection:
        talk = _hold(connection, conversation_id, hand)
        author = Author(hand.login, f"talk:{talk.id}:{wish.reference}", talk.id)
        earlier = message_of(connection, author.key)
        if earlier is not None:
            return Answered(earlier, False, wish.channel or Channel(talk.channel or 1), wish.text)
        decided = decide_answer(connection, talk, _accounts(connection, talk), wish, now)
        message_id = queue_answer(connection, decided, author, now)
        note_answer(connection, talk.id, now)
        if talk.assigned_to is None:
            assign(connection, talk.id, hand.login, now)
    return Answered(message_id, True, decided.channel, decided.words.text if decided.words else "")


def check_answer(
    database: Database, clock: Clock, conversation_id: int, wish: AnswerIn, hand: Hand
) -> Checked:
    """The same without sending anything: whether it would go, and what may go instead."""
    now = clock.now()
    with database.connection() as connection:
        talk = _hold(connection, conversation_id, hand)
        try:
            decided = decide_answer(connection, talk, _accounts(connection, talk), wish, now)
        except AnswerRefused as refusal:
            told = refusal.lawful
            channels = [told.channel] if told else list(Channel)
            return Checked(
                False, refusal.code, refusal.message, told.law if told else "", told.article if told else "",
                told.until if told else None, wish.text, refusal.findings,
                offered_templates(connection, channels),
            )  # fmt: skip
    return Checked(True, text=decided.words.text if decided.words else "")


def queue_answer(connection: psycopg.Connection, decided: Decided, author: Author, now: datetime) -> UUID:
    """Keep the words and queue their message, within a transaction that holds the person's lock."""
    carrier = decided.template or ensure_carrier(connection, decided.channel)
    wish = SingleMessage(
        decided.subject.person_id,
        decided.subject.account_ids,
        decided.channel,
        decided.purpose,
        carrier,
        (int(CauseKind.ANSWER), cause_of(author.key), 0),
        "approved" if decided.template else CARRIES,
        _our_address(connection, decided),
        _stays_for(decided, now),
    )
    message_id = queue_single(connection, wish, now)
    if message_id is None:
        raise AnswerRefused(
            f"la cartera no tiene por dónde enviar {decided.channel.word}",
            code="answer.address",
            place="channel",
        )
    if decided.purpose in SLOT_PURPOSES:
        connection.execute(
            "INSERT INTO slot (person_id, local_on, message_id)"
            " SELECT person_id, local_on, id FROM message WHERE id = %s",
            [message_id],
        )
    written = Written(
        author.key, author.conversation_id, decided.subject.person_id, message_id, author.by, now
    )
    write_words(connection, written, decided.words)
    body = {
        "message": str(message_id),
        "conversation": author.conversation_id,
        "by": author.by,
        "channel": decided.channel.word,
        "template": decided.template,
    }
    append_line(connection, now, "answer.written", f"person:{decided.subject.person_id}", body)
    return message_id


def _hold(connection: psycopg.Connection, conversation_id: int, hand: Hand) -> Talk:
    """The open conversation, its person locked first."""
    known = find_talk(connection, conversation_id)
    if known is None or known.portfolio_id != hand.portfolio_id:
        raise unknown(conversation_id)
    lock_persons(connection, [known.person_id])
    return expect_mine(connection, conversation_id, hand)


def _accounts(connection: psycopg.Connection, talk: Talk) -> list[int]:
    """The debts of the conversation in its portfolio, the largest first."""
    rows = connection.execute(
        "SELECT id FROM account WHERE person_id = %s AND creditor_id = %s AND portfolio_id = %s"
        " ORDER BY amount_to_cure DESC, id",
        [talk.person_id, talk.creditor_id, talk.portfolio_id],
    ).fetchall()
    return [account_id for (account_id,) in rows]


def _our_address(connection: psycopg.Connection, decided: Decided) -> str:
    """The number of ours the person last wrote to by this channel: its window is the one that is open."""
    row = connection.execute(
        "SELECT body->>'to' FROM account_event WHERE account_id = ANY(%s) AND kind = %s AND source = %s"
        " ORDER BY at DESC LIMIT 1",
        [list(decided.subject.account_ids), int(EventKind.REPLY), decided.channel.word],
    ).fetchone()
    return str(row[0] or "") if row else ""


def _stays_for(decided: Decided, now: datetime) -> timedelta:
    """No longer than the window it answers in."""
    until = decided.lawful.window_until
    return min(STAYS_FOR, until - now) if until and not decided.template else STAYS_FOR
