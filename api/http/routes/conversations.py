"""The inbox: conversations by urgency, one with its timeline, and whose hands it is in."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path, Query
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.conversation_bodies import (
    AgentFiguresOut,
    ConversationDetail,
    ConversationOut,
    FiguresOut,
    conversation_out,
    debt_out,
    entry_out,
    lawful_out,
    template_out,
)
from api.http.paging import After, Limit, Page, cursor, place_of
from api.http.resource import resource
from api.http.service import Parts, Service
from api.usecases.replies.hand_conversation import (
    Hand,
    Outcome,
    end_conversation,
    give_conversation,
    release_conversation,
    take_conversation,
)
from api.usecases.replies.read_conversations import read_conversation, unknown
from engine.errors import AccessError
from storage import conversations_seen
from storage.conversations_seen import AgentFigures, View

router = resource("/portfolios/{portfolio}", "conversations")

Reader = Annotated[Caller, may("conversation.read")]
Worker = Annotated[Caller, may("conversation.work")]
Supervisor = Annotated[Caller, may("conversation.supervise")]
TalkId = Annotated[int, Path(ge=1, le=2**62)]
Note = Annotated[str, Field(max_length=2_000)]

MEASURED_DAYS = 7
"""How far back the medians of the figures look."""


class Nothing(BaseModel):
    """No more is needed."""


class Assignment(BaseModel):
    """In whose hands."""

    login: Annotated[str, Field(min_length=1, max_length=200, examples=["eva"])]


class HandBack(BaseModel):
    """Why it goes back."""

    note: Note = ""


class Closing(BaseModel):
    """What came of it."""

    outcome: Outcome
    note: Note = ""


@router.get("/conversations")
def list_conversations(
    parts: Parts,
    who: Reader,
    portfolio: str,
    view: Annotated[View, Query(description="`waiting`: the person wrote last.")] = "open",
    limit: Limit = 50,
    after: After = "",
) -> Page[ConversationOut]:
    """The urgent first: who waits with the window about to shut; within that the largest value."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    place = place_of(after, str, int, int, int)
    as_of = _instant(place[0]) if place else parts.clock.now()
    with parts.database.connection() as connection:
        rows = conversations_seen.talks(
            connection,
            portfolio_id,
            view,
            login=who.name,
            as_of=as_of,
            after=(place[1], place[2], place[3]) if place else None,
            most=limit + 1,
        )
    clear = who.may("person.see", portfolio_id)
    page, following = rows[:limit], None
    if len(rows) > limit:
        following = cursor(as_of.isoformat(), page[-1].band, page[-1].rank, page[-1].id)
    return Page(items=[conversation_out(row, clear) for row in page], next=following)


@router.get("/conversations/figures")
def show_conversation_figures(parts: Parts, who: Supervisor, portfolio: str) -> FiguresOut:
    """How many are open, unassigned and waiting, and what each agent has in hand."""
    del who
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    now = parts.clock.now()
    with parts.database.connection() as connection:
        rows = connection.execute("SELECT timezone FROM portfolio WHERE id = %s", [portfolio_id]).fetchall()
        zone = ZoneInfo(rows[0][0])
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        agents = conversations_seen.figures_of_agents(
            connection, portfolio_id, now - timedelta(days=MEASURED_DAYS), today
        )
        total, unassigned, waiting = conversations_seen.counts(connection, portfolio_id)
    return FiguresOut(
        open=total, unassigned=unassigned, waiting=waiting, agents=[_figures(a) for a in agents]
    )


@router.get("/conversations/{conversation}")
def show_conversation(parts: Parts, who: Reader, portfolio: str, conversation: TalkId) -> ConversationDetail:
    """One conversation with its debts, the lawful ways to answer, and everything that happened."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    opened = read_conversation(parts.database, parts.clock, portfolio_id, portfolio, conversation)
    clear = who.may("person.see", portfolio_id)
    return ConversationDetail(
        conversation=conversation_out(opened.talk, clear),
        language=opened.talk.language,
        debts=[debt_out(debt) for debt in opened.debts],
        channels=[lawful_out(each, clear) for each in opened.channels],
        templates=[template_out(each) for each in opened.templates],
        timeline=[entry_out(each) for each in opened.timeline],
    )


@router.post("/conversations/{conversation}/take")
def take_a_conversation(
    parts: Parts, who: Worker, portfolio: str, conversation: TalkId, body: Nothing
) -> ConversationOut:
    """Take it into one's own hands."""
    del body
    hand = hand_of(parts, who, portfolio)
    take_conversation(parts.database, parts.clock, conversation, hand)
    return _shown(parts, who, hand, conversation)


@router.post("/conversations/{conversation}/assignment")
def assign_a_conversation(
    parts: Parts, who: Supervisor, portfolio: str, conversation: TalkId, body: Assignment
) -> ConversationOut:
    """Put it into somebody's hands."""
    hand = hand_of(parts, who, portfolio)
    give_conversation(parts.database, parts.clock, conversation, body.login, hand)
    return _shown(parts, who, hand, conversation)


@router.post("/conversations/{conversation}/release")
def release_a_conversation(
    parts: Parts, who: Worker, portfolio: str, conversation: TalkId, body: Nothing
) -> ConversationOut:
    """Put it back into nobody's hands."""
    del body
    hand = hand_of(parts, who, portfolio)
    release_conversation(parts.database, parts.clock, conversation, hand)
    return _shown(parts, who, hand, conversation)


@router.post("/conversations/{conversation}/hand-back")
def hand_a_conversation_back(
    parts: Parts, who: Worker, portfolio: str, conversation: TalkId, body: HandBack
) -> ConversationOut:
    """Give it back to the strategy: its hold ends, and it goes on where it stood."""
    hand = hand_of(parts, who, portfolio)
    end_conversation(parts.database, parts.clock, conversation, "handed_back", body.note, hand)
    parts.doorbell.ring("reaction.evaluate")
    return _shown(parts, who, hand, conversation)


@router.post("/conversations/{conversation}/close")
def close_a_conversation(
    parts: Parts, who: Worker, portfolio: str, conversation: TalkId, body: Closing
) -> ConversationOut:
    """Close it and say what came of it."""
    hand = hand_of(parts, who, portfolio)
    end_conversation(parts.database, parts.clock, conversation, body.outcome, body.note, hand)
    parts.doorbell.ring("reaction.evaluate")
    return _shown(parts, who, hand, conversation)


def hand_of(parts: Service, who: Caller, portfolio: str) -> Hand:
    """Who acts in a portfolio, and whether they supervise there."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    return Hand(who.name, portfolio_id, who.may("conversation.supervise", portfolio_id))


def _figures(agent: AgentFigures) -> AgentFiguresOut:
    return AgentFiguresOut.model_validate(agent)


def _shown(parts: Service, who: Caller, hand: Hand, conversation_id: int) -> ConversationOut:
    with parts.database.connection() as connection:
        talk = conversations_seen.talk_seen(connection, hand.portfolio_id, conversation_id, parts.clock.now())
    if talk is None:
        raise unknown(conversation_id)
    return conversation_out(talk, who.may("person.see", hand.portfolio_id))


def _instant(text: str) -> datetime:
    """The instant a cursor carries; ``AccessError`` for what is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise AccessError("not a cursor of this list", place="after", code="page.cursor") from None
