"""Today: the portfolios one may see, and how the service stands: close, queues, heartbeats, alarms."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import Anyone, may
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.day.read_today import read_today

router = resource("/portfolios", "today")

Reader = Annotated[Caller, may("today.read")]


class PortfolioOut(BaseModel):
    """A portfolio one may see."""

    key: str
    name: str
    country: str
    timezone: str
    shadow: bool = Field(description="Everything is decided, nothing is sent.")


class PortfoliosOut(BaseModel):
    """The portfolios one may see."""

    items: list[PortfolioOut]


class RunNow(BaseModel):
    """The newest business date."""

    day: date
    state: str
    accounts: int
    shards: int
    shards_done: int


class CountOut(BaseModel):
    """How many messages of the date are in a state."""

    channel: str
    state: str
    messages: int


class HeartbeatOut(BaseModel):
    """When a process was last alive."""

    name: str
    seconds_ago: float
    late: bool
    details: dict[str, Any]


class TodayOut(BaseModel):
    """How the service stands."""

    now: datetime = Field(description="Business time.")
    day: date = Field(description="The date it is at the portfolio's place.")
    run: RunNow | None
    messages: list[CountOut]
    waiting_events: int
    unknown_messages: int
    oldest_queued_s: float = Field(description="How long the oldest message that may leave has waited.")
    approvals: int = Field(description="Requests that wait for a second person.")
    stops: int
    heartbeats: list[HeartbeatOut]
    alarms: list[str]


@router.get("")
def list_portfolios(who: Anyone, parts: Parts) -> PortfoliosOut:
    """The portfolios in which one holds a role."""
    with parts.database.connection() as connection:
        rows = connection.execute(
            "SELECT id, key, name, country, timezone, shadow FROM portfolio ORDER BY key"
        ).fetchall()
    seen = [row for row in rows if 0 in who.grants or row[0] in who.grants]
    return PortfoliosOut(
        items=[
            PortfolioOut(key=key, name=name, country=country, timezone=timezone, shadow=shadow)
            for _, key, name, country, timezone, shadow in seen
        ]
    )


@router.get("/{portfolio}/today")
def show_today(portfolio: str, who: Reader, parts: Parts) -> TodayOut:
    """The newest run, queues, heartbeats and alarms of a portfolio."""
    return TodayOut.model_validate(read_today(parts.database, parts.clock, portfolio))
