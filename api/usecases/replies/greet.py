"""Welcome and away messages: once a conversation each, in the portfolio's words, inside the law's hours."""

from datetime import datetime

import psycopg

from api.delivery.lawful import BY_MESSAGE, Lawful, Subject, ask_lawful
from api.usecases.replies.answer_conversation import Author, queue_answer
from api.usecases.replies.deciding_answer import AnswerRefused, Decided
from api.usecases.replies.inbox_settings import read_inbox, text_for
from channels.templates import SENSITIVE, Wording
from engine.vocabulary import Channel, Purpose
from storage.conversations import Talk, find_talk
from storage.ledger import append_line
from storage.outbox.written import Words, message_of

BY = "bandeja"
"""Who the timeline says wrote."""


def greet(connection: psycopg.Connection, conversation_id: int, *, is_new: bool, now: datetime) -> str:
    """Say that the words arrived: a welcome as it opens, or (when nobody answers now) when somebody will.

    Within the transaction that opened the conversation. The word of what was sent; empty: nothing.
    """
    talk = find_talk(connection, conversation_id)
    if talk is None or talk.portfolio_id is None or talk.channel not in BY_MESSAGE:
        return ""
    inbox = read_inbox(connection, talk.portfolio_id)
    here = inbox.settings.somebody_answers(now.astimezone(inbox.zone))
    kind, texts = ("welcome", inbox.settings.welcome) if here else ("away", inbox.settings.away)
    language = connection.execute("SELECT language FROM person WHERE id = %s", [talk.person_id]).fetchone()
    text = text_for(texts, language[0] if language else "es")
    key = f"talk:{talk.id}:{kind}"
    if not text or (kind == "welcome" and not is_new) or message_of(connection, key) is not None:
        return ""
    decided = _decide(connection, talk, text, now)
    if decided is None:
        return ""
    try:
        queue_answer(connection, decided, Author(BY, key, talk.id), now)
    except AnswerRefused as refusal:
        body = {"kind": kind, "code": refusal.code}
        append_line(connection, now, "greeting.refused", f"conversation:{talk.id}", body)
        return ""
    return kind


def _decide(connection: psycopg.Connection, talk: Talk, text: str, now: datetime) -> Decided | None:
    """The greeting as an answer, where the law's hours for information are open and its words fit."""
    assert talk.portfolio_id is not None
    channel = Channel(talk.channel)
    rows = connection.execute(
        "SELECT id FROM account WHERE person_id = %s AND creditor_id = %s AND portfolio_id = %s ORDER BY id",
        [talk.person_id, talk.creditor_id, talk.portfolio_id],
    ).fetchall()
    subject = Subject(
        talk.person_id, talk.creditor_id, talk.portfolio_id, tuple(account for (account,) in rows)
    )
    (in_hours,) = ask_lawful(connection, subject, now, [channel], {channel: Purpose.INFORMATION})
    (told,) = ask_lawful(connection, subject, now, [channel])
    if not (in_hours.may and told.may and told.mode == "free") or not _fits(text, told):
        return None
    words = Words(text, source=True, subject="Recibimos su mensaje" if channel is Channel.EMAIL else "")
    return Decided(subject, channel, Purpose.ANSWER, words, "", told)


def _fits(text: str, told: Lawful) -> bool:
    return told.verified or not Wording(body=text).variables() & SENSITIVE
