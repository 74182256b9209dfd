"""The dashboards: recovery, aging and rolls, the contact funnel, promises, cost; as figures or as a table."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import psycopg
from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from channels.cells import csv_text
from engine.errors import CadenciaError
from engine.vocabulary import Channel
from storage.dashboards.aging import aging, aging_day
from storage.dashboards.asked import Asked
from storage.dashboards.contact import funnel
from storage.dashboards.costs import costs
from storage.dashboards.promises import promises
from storage.dashboards.recovery import cohorts, recovered, total_paid
from storage.dashboards.rolls import rolls
from storage.listing import Row

router = resource("/portfolios/{portfolio}/dashboards", "dashboards")

LONGEST = timedelta(days=800)
Reader = Annotated[Caller, may("figure.read")]
Since = Annotated[date, Query(alias="from", description="First date, at the portfolio's place.")]
Until = Annotated[date, Query(alias="to", description="Last date, included.")]
Strategy = Annotated[str | None, Query(max_length=64, description="Only of this strategy.")]
ChannelName = Literal["whatsapp", "sms", "email", "voice", "letter", "assisted"]
Over = Annotated[ChannelName | None, Query(description="Only this channel, where messages are counted.")]


def asked_for(
    portfolio: str,
    parts: Parts,
    since: Since,
    until: Until,
    strategy: Strategy = None,
    channel: Over = None,
) -> Asked:
    """The period and its filters; ``CadenciaError`` for one that ends before it begins, or is too long."""
    if not timedelta(0) <= until - since <= LONGEST:
        raise CadenciaError(
            "the period must end after it begins, within 800 days", place="to", code="dashboard.period"
        )
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    return Asked(portfolio_id, since, until, strategy, Channel[channel.upper()] if channel else None)


Period = Annotated[Asked, Depends(asked_for)]


class PaidOut(BaseModel):
    """Net payments of a local date in one strategy ('' outside any) and currency; minor units."""

    day: date
    strategy: str
    currency: str
    accounts: int
    amount: int


class CohortOut(BaseModel):
    """Accounts that entered a strategy on a date, and what they paid within 30 days of it."""

    day: date
    strategy: str
    currency: str
    accounts: int
    due: int = Field(description="Their amount to cure at entry; it never changes.")
    payers: int
    paid: int
    closed: bool = Field(description="Whether the 30 days are over; the rate of others is not one yet.")


class RecoveryOut(BaseModel):
    """What was recovered; `total` by currency comes from a query of its own and equals the sum of `days`."""

    total: dict[str, int]
    days: list[PaidOut]
    cohorts: list[CohortOut]


class BandOut(BaseModel):
    """Accounts and amount to cure in a band of days past due."""

    band: str
    currency: str
    accounts: int
    amount: int


class AgingOut(BaseModel):
    """The bands as they stand on the newest business date."""

    day: date
    bands: list[BandOut]


class RollOut(BaseModel):
    """Accounts that were in a band at the start and in another at the end; amounts are of the start."""

    before: str
    after: str
    currency: str
    accounts: int
    amount: int


class RollsOut(BaseModel):
    """The roll matrix between two runs; `until` null: there are not two runs in the period."""

    since: date | None
    until: date | None
    matrix: list[RollOut]


class StageOut(BaseModel):
    """How far the messages of a channel came."""

    channel: str
    queued: int
    sent: int
    delivered: int
    read: int
    replied: int
    promised: int
    paid: int


class FunnelOut(BaseModel):
    """The contact funnel by channel."""

    items: list[StageOut]


class PromisedOut(BaseModel):
    """Promises due in a week, by state and currency."""

    week: date
    state: str
    currency: str
    promises: int
    amount: int
    paid: int


class PromisesOut(BaseModel):
    """Promises due in the period."""

    items: list[PromisedOut]


class CostOut(BaseModel):
    """Messages sent by strategy and channel, and what they cost."""

    strategy: str
    channel: str
    currency: str
    messages: int
    cost: int
    priced: bool = Field(description="Whether the portfolio says what a message of the channel costs.")


class CostsOut(BaseModel):
    """Costs of the period, and the net payments beside them, by currency."""

    items: list[CostOut]
    recovered: dict[str, int]


@router.get("/recovery")
def read_recovery(portfolio: str, who: Reader, parts: Parts, asked: Period) -> RecoveryOut:
    """Money recovered day by day, and the recovery rate of each day's entrants."""
    with parts.database.connection() as connection:
        return RecoveryOut(
            total=total_paid(connection, asked),
            days=[PaidOut(**row) for row in recovered(connection, asked)],
            cohorts=[CohortOut(**row) for row in cohorts(connection, asked)],
        )


@router.get("/aging")
def read_aging(portfolio: str, who: Reader, parts: Parts, asked: Period) -> AgingOut:
    """How old the debts are now, by band of days past due."""
    with parts.database.connection() as connection:
        found = [BandOut(**row) for row in aging(connection, asked)]
        return AgingOut(day=aging_day(connection, asked), bands=found)


@router.get("/rolls")
def read_rolls(portfolio: str, who: Reader, parts: Parts, asked: Period) -> RollsOut:
    """Who rolled from band to band between the first and the last run of the period."""
    with parts.database.connection() as connection:
        found = rolls(connection, asked)
    matrix = [RollOut(**asdict(roll)) for roll in found.matrix]
    return RollsOut(since=found.since, until=found.until, matrix=matrix)


@router.get("/funnel")
def read_funnel(portfolio: str, who: Reader, parts: Parts, asked: Period) -> FunnelOut:
    """How far messages came: sent, delivered, read, answered, promised, paid."""
    with parts.database.connection() as connection:
        return FunnelOut(items=[StageOut(**row) for row in funnel(connection, asked)])


@router.get("/promises")
def read_promises_due(portfolio: str, who: Reader, parts: Parts, asked: Period) -> PromisesOut:
    """Promises due in the period: kept, partly kept, broken, still open."""
    with parts.database.connection() as connection:
        return PromisesOut(items=[PromisedOut(**row) for row in promises(connection, asked)])


@router.get("/costs")
def read_costs(portfolio: str, who: Reader, parts: Parts, asked: Period) -> CostsOut:
    """What the messages of the period cost, and what was recovered in it."""
    with parts.database.connection() as connection:
        paid: dict[str, int] = {}
        for row in recovered(connection, asked):
            paid[row["currency"]] = paid.get(row["currency"], 0) + row["amount"]
        return CostsOut(items=[CostOut(**row) for row in costs(connection, asked)], recovered=paid)


TABLES: Mapping[str, Callable[[psycopg.Connection, Asked], list[Row]]] = {
    "recovery": recovered,
    "cohorts": cohorts,
    "aging": aging,
    "rolls": lambda connection, asked: [asdict(roll) for roll in rolls(connection, asked).matrix],
    "funnel": funnel,
    "promises": promises,
    "costs": costs,
}
TableName = Literal["recovery", "cohorts", "aging", "rolls", "funnel", "promises", "costs"]
CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get("/{table}/csv", response_class=Response, responses=CSV)
def download_dashboard(
    portfolio: str, table: TableName, who: Reader, parts: Parts, asked: Period
) -> Response:
    """A table as CSV; amounts in minor units, no cell is a formula. Empty where there is nothing."""
    with parts.database.connection() as connection:
        rows = TABLES[table](connection, asked)
    titles = list(rows[0]) if rows else []
    text = csv_text([titles, *([row[name] for name in titles] for row in rows)]) if rows else ""
    named = {"Content-Disposition": f'attachment; filename="{table}-{asked.since}-{asked.until}.csv"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=named)
