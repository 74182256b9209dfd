"""Messages and enrolments of a portfolio, page by page."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.service import Parts
from api.masking import mask_name
from engine.vocabulary import Channel, EnrolmentState, MessageState, Purpose
from storage import listing

router = resource("/portfolios/{portfolio}", "messages and enrolments")

MessageReader = Annotated[Caller, may("message.read")]
StrategyReader = Annotated[Caller, may("strategy.read")]
MessageWord = Literal[
    "queued", "leased", "sending", "accepted", "delivered", "read", "failed", "unknown", "withdrawn",
    "expired", "shadow",
]  # fmt: skip
EnrolmentWord = Literal["moving", "waiting", "sending", "deferred", "paused", "ended"]


class MessageOut(BaseModel):
    """One message, and the accounts that stand in it (the winner's first)."""

    id: UUID
    local_on: date
    channel: str
    purpose: str
    template: str
    state: str
    reason: str
    person: str = Field(description="Masked without `person.see`.")
    accounts: list[str]
    country: str
    leg: int = Field(description="0: the node's own message; 1..: a fallback.")
    send_at: datetime
    expires_at: datetime
    sending_at: datetime | None
    settled_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


class PassageOut(BaseModel):
    """One passage of an account through a strategy."""

    strategy: str
    version: int
    node: str
    state: str
    entered_on: date
    arrived_on: date
    due_on: date | None
    ended_on: date | None
    outcome: str
    holdout: bool


class EnrolmentOut(PassageOut):
    """The same with whom it is about."""

    id: int
    account: str
    person: str = Field(description="Masked without `person.see`.")
    visit: int


@router.get("/messages")
def list_messages(
    portfolio: str,
    who: MessageReader,
    parts: Parts,
    day: Annotated[date, Query(alias="date", description="The debtors' local date.")],
    state: Annotated[MessageWord | None, Query()] = None,
    limit: Limit = 100,
    after: After = "",
) -> Page[MessageOut]:
    """The messages of a local date."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    place = place_of(after, UUID)
    with parts.database.connection() as connection:
        rows = listing.messages(
            connection,
            portfolio_id,
            day,
            state=None if state is None else MessageState[state.upper()],
            after=place[0] if place else None,
            most=limit + 1,
        )
    page, following = cut(rows, limit, lambda row: (row["id"],))
    clear = who.may("person.see", portfolio_id)
    return Page(items=[message_out(row, clear) for row in page], next=following)


@router.get("/enrolments")
def list_enrolments(
    portfolio: str,
    who: StrategyReader,
    parts: Parts,
    strategy: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[EnrolmentWord | None, Query()] = None,
    limit: Limit = 100,
    after: After = "",
) -> Page[EnrolmentOut]:
    """The passages of accounts through strategies: all, or those at a node."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    place = place_of(after, int)
    with parts.database.connection() as connection:
        rows = listing.enrolments(
            connection,
            portfolio_id,
            strategy=strategy,
            node=node,
            state=None if state is None else EnrolmentState[state.upper()],
            after=place[0] if place else 0,
            most=limit + 1,
        )
    page, following = cut(rows, limit, lambda row: (row["id"],))
    clear = who.may("person.see", portfolio_id)
    return Page(items=[_enrolment(row, clear) for row in page], next=following)


def message_out(row: listing.Row, clear: bool) -> MessageOut:
    """A message as it is told, personal data masked unless ``clear``."""
    return MessageOut(
        **row
        | {
            "channel": Channel(row["channel"]).word,
            "purpose": Purpose(row["purpose"]).word,
            "state": MessageState(row["state"]).word,
            "person": row["person"] if clear else mask_name(row["person"]),
            "accounts": row["accounts"] or [],
        }
    )


def _enrolment(row: listing.Row, clear: bool) -> EnrolmentOut:
    person = row["person"] if clear else mask_name(row["person"])
    return EnrolmentOut(**row | {"person": person, "state": EnrolmentState(row["state"]).word})
