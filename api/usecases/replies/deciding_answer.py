"""Decides one answer: its channel, purpose and words; or refuses it, by law and article."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from api.delivery.lawful import BY_MESSAGE, Lawful, Subject, ask_lawful, debts_at_rest
from channels.replies.words_checked import check_words, too_long
from channels.templates import SENSITIVE, Wording
from engine.errors import CadenciaError
from engine.findings import Finding
from engine.vocabulary import SLOT_PURPOSES, Channel, Purpose
from storage.conversations import Talk
from storage.outbox import reasons
from storage.outbox.written import Words, WrittenButton, WrittenRow
from storage.quick_replies import quick_reply


@dataclass(frozen=True)
class AnswerIn:
    """What an agent wants to send: exactly one of ``text``, ``quick_reply`` and ``template``.

    ``reference`` is the caller's own, once for each answer; ``channel`` empty: the conversation's.
    """

    reference: str
    channel: Channel | None = None
    text: str = ""
    quick_reply: str = ""
    template: str = ""
    subject: str = ""
    buttons: tuple[WrittenButton, ...] = ()
    menu_button: str = ""
    rows: tuple[WrittenRow, ...] = ()


class AnswerRefused(CadenciaError):
    """An answer that may not be sent: by the law, the window, its words or its address."""

    code = "answer.refused"

    def __init__(
        self,
        message: str,
        *,
        code: str,
        place: str = "",
        hint: str = "",
        findings: Sequence[Finding] = (),
        lawful: Lawful | None = None,
    ) -> None:
        super().__init__(message, code=code, place=place, hint=hint)
        self.findings = tuple(findings)
        self.lawful = lawful


@dataclass(frozen=True)
class Decided:
    """An answer that may go: ``words`` of our own, or (``None``) those of ``template``."""

    subject: Subject
    channel: Channel
    purpose: Purpose
    words: Words | None
    template: str
    lawful: Lawful


def decide_answer(
    connection: psycopg.Connection, talk: Talk, accounts: Sequence[int], wish: AnswerIn, now: datetime
) -> Decided:
    """The answer as it would be queued; ``AnswerRefused`` says why not. Writes nothing."""
    channel = wish.channel or (Channel(talk.channel) if talk.channel else Channel.WHATSAPP)
    if channel not in BY_MESSAGE:
        raise AnswerRefused(f"por {channel.word} no se escribe", code="answer.address", place="channel")
    assert talk.portfolio_id is not None
    subject = Subject(talk.person_id, talk.creditor_id, talk.portfolio_id, tuple(accounts))
    (lawful,) = ask_lawful(connection, subject, now, [channel])
    _expect_lawful(lawful)
    if wish.template:
        _expect_template(connection, wish.template, channel)
        _expect_room(connection, subject, lawful, now)
        return Decided(subject, channel, lawful.purpose, None, wish.template, lawful)
    _expect_window(lawful)
    words = _words(connection, talk, wish)
    _expect_words(words, channel, _country(connection, talk), lawful)
    return Decided(subject, channel, Purpose.ANSWER, words, "", lawful)


def _expect_lawful(told: Lawful) -> None:
    if told.may:
        return
    if told.code in (reasons.NO_CONTACT_POINT, reasons.OPTED_OUT):
        raise AnswerRefused(told.reason, code="answer.address", place=told.channel.word, lawful=told)
    if told.code in (reasons.DISPUTE, reasons.PROMISE, reasons.HOLD, reasons.ACCOUNT_STOPPED):
        raise AnswerRefused(told.reason, code="answer.held", place=told.channel.word, lawful=told)
    cited = f" ({told.law}, {told.article})" if told.law else ""
    raise AnswerRefused(
        f"ahora no se permite: {told.reason}{cited}",
        code="answer.not_lawful",
        place=told.code,
        hint=f"desde {told.until.isoformat()}" if told.until else "",
        lawful=told,
    )


def _expect_window(told: Lawful) -> None:
    if told.mode != "free" or told.purpose is not Purpose.ANSWER:
        raise AnswerRefused(
            "la persona escribió hace más de 24 horas por este canal",
            code="answer.window_shut",
            place=told.channel.word,
            hint="envíe una plantilla aprobada",
            lawful=told,
        )


def _expect_template(connection: psycopg.Connection, key: str, channel: Channel) -> None:
    known = connection.execute(
        "SELECT 1 FROM template WHERE key = %s AND channel = %s AND state = 'approved'", [key, int(channel)]
    ).fetchone()
    if known is None:
        raise AnswerRefused(
            f"«{key}» no es una plantilla aprobada de {channel.word}",
            code="answer.template",
            place="template",
        )


def _expect_room(connection: psycopg.Connection, subject: Subject, told: Lawful, now: datetime) -> None:
    """A template outside the window is a contact like others: debts at rest and the day's slot hold."""
    if told.purpose not in SLOT_PURPOSES:
        return
    if why := debts_at_rest(connection, subject.account_ids):
        raise AnswerRefused("la deuda está en pausa", code="answer.held", place=why, lawful=told)
    taken = connection.execute(
        """SELECT 1 FROM slot s JOIN person p ON p.id = s.person_id LEFT JOIN place ON place.id = p.place_id
           WHERE s.person_id = %s
             AND s.local_on = (%s AT TIME ZONE coalesce(place.zones[1], 'UTC'))::date""",
        [subject.person_id, now],
    ).fetchone()
    if taken is not None:
        raise AnswerRefused(
            "la persona ya tiene el mensaje de hoy",
            code="answer.slot_taken",
            hint="mañana, o cuando la persona escriba",
            lawful=told,
        )


def _words(connection: psycopg.Connection, talk: Talk, wish: AnswerIn) -> Words:
    choices = {"buttons": wish.buttons, "menu_button": wish.menu_button, "rows": wish.rows}
    if not wish.quick_reply:
        return Words(wish.text, subject=wish.subject, **choices)  # type: ignore[arg-type]
    assert talk.portfolio_id is not None
    language = connection.execute("SELECT language FROM person WHERE id = %s", [talk.person_id]).fetchone()
    known = quick_reply(connection, talk.portfolio_id, wish.quick_reply, language[0] if language else "es")
    if known is None:
        raise AnswerRefused(f"no existe la respuesta rápida «{wish.quick_reply}»", code="quick_reply.unknown")
    return Words(known.body, source=True, subject=wish.subject, **choices)  # type: ignore[arg-type]


def _expect_words(words: Words, channel: Channel, country: str, told: Lawful) -> None:
    if (words.buttons or words.rows) and channel is not Channel.WHATSAPP:
        raise AnswerRefused("botones y listas van por WhatsApp", code="answer.words", place="buttons")
    if channel is Channel.EMAIL and not words.subject:
        raise AnswerRefused("falta el asunto", code="answer.words", place="subject")
    if most := too_long(words.text, channel.word, choices=bool(words.buttons or words.rows)):
        raise AnswerRefused(
            f"{len(words.text)} caracteres; caben {most}", code="answer.too_long", place="text"
        )
    if words.source and not told.verified and Wording(body=words.text).variables() & SENSITIVE:
        raise AnswerRefused(
            "montos y fechas van solo a una dirección verificada", code="answer.unverified", place="text"
        )
    texts = [words.text, *(button.title for button in words.buttons)]
    texts += [f"{row.title} {row.description}" for row in words.rows]
    findings = check_words("\n".join(texts), country, words.subject)
    if any(finding.blocks for finding in findings):
        worst = next(finding for finding in findings if finding.blocks)
        raise AnswerRefused(worst.message_es, code="answer.words", place="text", findings=findings)


def _country(connection: psycopg.Connection, talk: Talk) -> str:
    row = connection.execute(
        "SELECT coalesce(place.country, f.country) FROM person p CROSS JOIN portfolio f"
        " LEFT JOIN place ON place.id = p.place_id WHERE p.id = %s AND f.id = %s",
        [talk.person_id, talk.portfolio_id],
    ).fetchone()
    return str(row[0]) if row else ""
