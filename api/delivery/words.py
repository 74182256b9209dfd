"""Composes what people wrote in a conversation: free words, choices under them, nothing of a template."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from channels.port import Button, Menu, MenuRow, Outgoing
from channels.rendering import WITHOUT_CONTROLS, fill
from channels.templates import SENSITIVE, Value, Wording
from engine.errors import TemplateError
from engine.vocabulary import Channel
from storage.outbox.guarded import HeldMessage
from storage.outbox.written import Words


def compose_words(
    message: HeldMessage, words: Words | None, values: Mapping[str, Value], now: datetime
) -> Outgoing:
    """The message as the provider gets it; ``TemplateError`` when its words are gone or may not go there.

    Words with variables are filled with what is true now; amounts go to a verified address only.
    """
    if words is None:
        raise TemplateError("the words of this message were erased", code="answer.erased")
    return Outgoing(
        message_id=str(message.id),
        channel=Channel(message.channel),
        to=message.contact_value or "",
        sender=message.sender,
        template="",
        language=message.language,
        variables={},
        text=said(words, values, message.country, verified=bool(message.contact_verified)),
        subject=" ".join(words.subject.split()),
        valid_for_s=max(int((message.expires_at - now).total_seconds()), 1),
        thread=f"{message.person_id:x}-{message.creditor_id:x}",
        buttons=tuple(Button("quick_reply", each.payload, title=each.title) for each in words.buttons),
        menu=_menu(words),
    )


def said(words: Words, values: Mapping[str, Value], country: str, *, verified: bool) -> str:
    """The text as the person reads it; what is no source is said letter by letter, controls left out."""
    if not words.source:
        return words.text.translate(WITHOUT_CONTROLS)
    if not verified and Wording(body=words.text).variables() & SENSITIVE:
        raise TemplateError(
            "amounts and dates go to a verified address only", place="text", code="template.neutral_missing"
        )
    return fill(words.text, values, country=country)


def _menu(words: Words) -> Menu | None:
    if not words.rows:
        return None
    sections = groupby(words.rows, key=lambda row: row.section)
    told = tuple(
        (title, tuple(MenuRow(row.payload, row.title, row.description) for row in rows))
        for title, rows in sections
    )
    return Menu(words.menu_button, told)
