"""Answers in conversations: sent once, or only checked; and what a reply really meant."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, Field, model_validator

from api.access.caller import Caller
from api.http.access import may
from api.http.conversation_bodies import TemplateOut, template_out
from api.http.resource import resource
from api.http.routes.conversations import Reader, TalkId, Worker, hand_of
from api.http.routes.happenings import Name
from api.http.service import Parts
from api.usecases.replies.answer_conversation import answer_conversation, check_answer
from api.usecases.replies.correct_reply import correct_reply
from api.usecases.replies.deciding_answer import AnswerIn
from channels.replies.classifier import intents
from engine.errors import BookError
from engine.vocabulary import Channel
from storage.conversation_timeline import reply_of
from storage.outbox.written import WrittenButton, WrittenRow

router = resource("/portfolios/{portfolio}", "answers")

EventId = Annotated[int, Path(ge=1, le=2**62)]


class ButtonBody(BaseModel):
    """A choice under a text; its payload comes back when it is pressed."""

    title: Annotated[str, Field(min_length=1, max_length=20, examples=["Sí, confirmo"])]
    payload: Annotated[str, Field(min_length=1, max_length=256, examples=["si"])]


class RowBody(BaseModel):
    """One row of a list."""

    title: Annotated[str, Field(min_length=1, max_length=24)]
    payload: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=72)] = ""


class SectionBody(BaseModel):
    """Rows under a heading."""

    title: Annotated[str, Field(max_length=24)] = ""
    rows: Annotated[list[RowBody], Field(min_length=1, max_length=10)]


class ListBody(BaseModel):
    """A list of choices behind one button."""

    button: Annotated[str, Field(min_length=1, max_length=20, examples=["Ver opciones"])]
    sections: Annotated[list[SectionBody], Field(min_length=1, max_length=10)]


class Wanted(BaseModel):
    """What is to be said: exactly one of text, quick_reply and template."""

    channel: Literal["whatsapp", "sms", "email"] | None = None
    text: Annotated[str, Field(max_length=20_000, examples=["Buenos días, ¿en qué le ayudo?"])] = ""
    quick_reply: Annotated[str, Field(max_length=100)] = ""
    template: Annotated[str, Field(max_length=100)] = ""
    subject: Annotated[str, Field(max_length=200)] = ""
    buttons: Annotated[list[ButtonBody], Field(max_length=3)] = []
    list: ListBody | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum(bool(each.strip()) for each in (self.text, self.quick_reply, self.template)) != 1:
            raise ValueError("exactly one of text, quick_reply and template")
        if self.buttons and self.list:
            raise ValueError("buttons or a list, not both")
        if self.list and sum(len(section.rows) for section in self.list.sections) > 10:
            raise ValueError("a list has at most 10 rows")
        return self

    def wish(self, reference: str) -> AnswerIn:
        """The same for the use case."""
        sections = self.list.sections if self.list else []
        return AnswerIn(
            reference,
            Channel[self.channel.upper()] if self.channel else None,
            self.text,
            self.quick_reply,
            self.template,
            self.subject,
            tuple(WrittenButton(each.title, each.payload) for each in self.buttons),
            self.list.button if self.list else "",
            tuple(
                WrittenRow(section.title, row.title, row.payload, row.description)
                for section in sections
                for row in section.rows
            ),
        )


class AnswerBody(Wanted):
    """An answer; the same ``reference`` is never sent twice in one conversation."""

    reference: Name


class AnswerOut(BaseModel):
    """The message that carries it; it leaves when the guard has looked once more."""

    message: UUID
    is_new: bool
    channel: str
    text: str


class CheckOut(BaseModel):
    """Whether it would go now, and if not, why and what may go instead."""

    may: bool
    code: str
    reason: str
    law: str
    article: str
    until: datetime | None
    text: str
    findings: list[dict[str, Any]]
    templates: list[TemplateOut]


class MeaningBody(BaseModel):
    """What the reply really meant."""

    intent: Name = Field(examples=["ya_pague"])


class MeaningOut(BaseModel):
    """The correction that was kept."""

    text: str
    intent: str


class IntentsOut(BaseModel):
    """Every meaning there is."""

    items: list[str]


@router.post("/conversations/{conversation}/answers")
def send_answer(
    parts: Parts, who: Worker, portfolio: str, conversation: TalkId, body: AnswerBody
) -> AnswerOut:
    """Answer: free words inside the window, an approved template outside; refused with law and article."""
    hand = hand_of(parts, who, portfolio)
    done = answer_conversation(parts.database, parts.clock, conversation, body.wish(body.reference), hand)
    return AnswerOut(message=done.message_id, is_new=done.is_new, channel=done.channel.word, text=done.text)


@router.post("/conversations/{conversation}/answers/check")
def check_an_answer(
    parts: Parts, who: Worker, portfolio: str, conversation: TalkId, body: Wanted
) -> CheckOut:
    """Whether an answer would go now; nothing is sent."""
    hand = hand_of(parts, who, portfolio)
    told = check_answer(parts.database, parts.clock, conversation, body.wish(""), hand)
    return CheckOut(
        may=told.may, code=told.code, reason=told.reason, law=told.law, article=told.article,
        until=told.until, text=told.text,
        findings=[
            {"code": f.code, "place": f.place, "message_es": f.message_es, "message_en": f.message_en,
             "hint": f.hint, "blocks": f.blocks}
            for f in told.findings
        ],
        templates=[template_out(each) for each in told.templates],
    )  # fmt: skip


@router.get("/replies/intents")
def list_intents(who: Reader, portfolio: str) -> IntentsOut:
    """What a reply may mean."""
    del who, portfolio
    return IntentsOut(items=list(intents()))


@router.post("/replies/{event}/meaning")
def correct_meaning(
    parts: Parts,
    who: Annotated[Caller, may("conversation.work")],
    portfolio: str,
    event: EventId,
    body: MeaningBody,
) -> MeaningOut:
    """Put right what a reply meant: the next one like it is understood."""
    with parts.database.connection() as connection:
        text = reply_of(connection, parts.doorkeeper.portfolio_id(portfolio), event)
    if text is None:
        raise BookError(f"no existe el mensaje recibido {event}", code="reply.unknown")
    correct_reply(parts.database, parts.clock, text, body.intent, by=who.name)
    return MeaningOut(text=text, intent=body.intent)
