"""Who answers in a portfolio and with what: agents and their room, quick replies, the inbox's own answers."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.http.resource import resource
from api.http.routes.conversations import Reader, Supervisor
from api.http.service import Parts
from api.usecases.replies.inbox_settings import InboxSettings, read_inbox, save_inbox
from api.usecases.replies.save_agent import AgentIn, save_agent, save_quick_reply
from engine.errors import BookError
from storage.agents import agents_of
from storage.quick_replies import QuickReplyRow, drop_quick_reply, quick_replies

router = resource("/portfolios/{portfolio}", "agents")

Login = Annotated[str, Path(min_length=1, max_length=200)]
Key = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(_[A-Z]{2})?$", examples=["es"])]


class AgentBody(BaseModel):
    """How much somebody takes, and of what; empty lists mean any."""

    available: bool = True
    capacity: Annotated[int, Field(ge=0, le=500)] = 20
    languages: Annotated[list[Language], Field(max_length=20)] = []
    kinds: Annotated[list[Word], Field(max_length=50)] = []


class AgentOut(BaseModel):
    """An agent and how many open conversations they have."""

    model_config = ConfigDict(from_attributes=True)

    login: str
    name: str
    available: bool
    capacity: int
    languages: list[str]
    kinds: list[str]
    open: int


class AgentsOut(BaseModel):
    """The agents of a portfolio."""

    items: list[AgentOut]


class QuickReplyBody(BaseModel):
    """A text with the variables of templates."""

    language: Language = "es"
    title: Annotated[str, Field(min_length=1, max_length=80, examples=["Cómo pagar"])]
    body: Annotated[str, Field(min_length=1, max_length=1024, examples=["Puede pagar en {{ medios_pago }}."])]


class QuickReplyOut(BaseModel):
    """A text agents have at hand."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    language: str
    title: str
    body: str


class QuickRepliesOut(BaseModel):
    """The texts of a portfolio, by title."""

    items: list[QuickReplyOut]


@router.get("/agents")
def list_agents(parts: Parts, who: Supervisor, portfolio: str) -> AgentsOut:
    """Who answers, and how much they have in hand."""
    del who
    with parts.database.connection() as connection:
        rows = agents_of(connection, parts.doorkeeper.portfolio_id(portfolio))
    return AgentsOut(items=[AgentOut.model_validate(row) for row in rows])


@router.put("/agents/{login}")
def put_agent(parts: Parts, who: Supervisor, portfolio: str, login: Login, body: AgentBody) -> AgentOut:
    """Say how much somebody takes; what waits is shared out at once."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    wish = AgentIn(login, body.available, body.capacity, tuple(body.languages), tuple(body.kinds))
    row = save_agent(parts.database, parts.clock, portfolio_id, wish, by=who.name)
    return AgentOut.model_validate(row)


@router.get("/quick-replies")
def list_quick_replies(parts: Parts, who: Reader, portfolio: str) -> QuickRepliesOut:
    """The texts agents have at hand."""
    del who
    with parts.database.connection() as connection:
        rows = quick_replies(connection, parts.doorkeeper.portfolio_id(portfolio))
    return QuickRepliesOut(items=[QuickReplyOut.model_validate(row) for row in rows])


@router.put("/quick-replies/{key}")
def put_quick_reply(
    parts: Parts, who: Supervisor, portfolio: str, key: Key, body: QuickReplyBody
) -> QuickReplyOut:
    """Write a text; it is held to what templates are held to."""
    reply = QuickReplyRow(key, body.language, body.title, body.body)
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    save_quick_reply(parts.database, parts.clock, portfolio_id, reply, by=who.name)
    return QuickReplyOut.model_validate(reply)


@router.delete("/quick-replies/{key}", status_code=204)
def delete_quick_reply(
    parts: Parts,
    who: Supervisor,
    portfolio: str,
    key: Key,
    language: Annotated[str, Query(max_length=5)] = "es",
) -> None:
    """Remove a text."""
    del who
    with parts.database.connection() as connection:
        gone = drop_quick_reply(connection, parts.doorkeeper.portfolio_id(portfolio), key, language)
    if not gone:
        raise BookError(f"no existe la respuesta rápida «{key}»", code="quick_reply.unknown")


@router.get("/inbox-settings")
def show_inbox_settings(parts: Parts, who: Reader, portfolio: str) -> InboxSettings:
    """Welcome, away, hours, assistant."""
    del who
    with parts.database.connection() as connection:
        return read_inbox(connection, parts.doorkeeper.portfolio_id(portfolio)).settings


@router.put("/inbox-settings")
def put_inbox_settings(parts: Parts, who: Supervisor, portfolio: str, body: InboxSettings) -> InboxSettings:
    """Write them; texts are held to what templates are held to."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    save_inbox(parts.database, parts.clock, portfolio_id, body, by=who.name)
    return body
