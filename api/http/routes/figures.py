"""The live map and the experiments: accounts and money on nodes and edges, what became of messages."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.routes.strategies import Key
from api.http.service import Parts
from api.usecases.strategies import list_strategies as lists
from engine.strategy.document import Strategy
from engine.strategy.experiments import experiments
from engine.strategy.nodes import ChannelNode
from engine.vocabulary import Channel
from storage import listing

router = resource("/portfolios/{portfolio}/strategies/{key}", "figures")

Reader = Annotated[Caller, may("figure.read")]
Since = Annotated[date, Query(alias="from", description="First business date.")]
Until = Annotated[date, Query(alias="to", description="Last business date.")]


class StandingOut(BaseModel):
    """Accounts that stand at a node now, and what they owe (minor units), by currency."""

    node: str
    accounts: int
    amount: int
    currency: str


class PassedOut(BaseModel):
    """Accounts and money that left a node by a port in the period, by currency."""

    node: str
    port: str
    accounts: int
    amount: int
    currency: str


class SentOut(BaseModel):
    """What became of the messages of a node by template; replied, promised and paid within seven days."""

    node: str
    template: str
    variant: int
    channel: str
    sent: int
    delivered: int
    read: int
    replied: int
    promised: int
    paid: int
    money: int


class MapOut(BaseModel):
    """The live map of a strategy."""

    standing: list[StandingOut]
    passed: list[PassedOut]
    messages: list[SentOut]


class ExperimentOut(BaseModel):
    """One experiment of the version in force, and the counts of its arms (messages only)."""

    experiment: str
    node: str
    weights: list[int]
    arms: list[SentOut]
    verdict: str = Field("aún sin datos", description="Statistics come with their own release.")


class ExperimentsOut(BaseModel):
    """Every experiment of the version in force."""

    items: list[ExperimentOut]


@router.get("/map")
def read_map(portfolio: str, key: Key, who: Reader, parts: Parts, since: Since, until: Until) -> MapOut:
    """Where accounts stand, where they passed in a period, and what became of the messages."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    lists.expect_line(parts.database, portfolio_id, key)
    with parts.database.connection() as connection:
        standing = listing.standing(connection, portfolio_id, key)
        passed = listing.passages(connection, portfolio_id, key, since, until)
        sent = listing.node_messages(connection, portfolio_id, key, since, until)
    return MapOut(
        standing=[StandingOut(**row) for row in standing],
        passed=[PassedOut(**row) for row in passed],
        messages=[_sent(row) for row in sent],
    )


@router.get("/experiments")
def read_experiments(
    portfolio: str, key: Key, who: Reader, parts: Parts, since: Since, until: Until
) -> ExperimentsOut:
    """The counts of each experiment of the version in force."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        _, document = lists.read_version(connection, portfolio_id, key)
        sent = listing.node_messages(connection, portfolio_id, key, since, until)
    strategy = Strategy.model_validate(document)
    weights = experiments(strategy)
    items = []
    for node in strategy.nodes:
        name = node.experiment if isinstance(node, ChannelNode) else None
        if name is not None:
            arms = [_sent(row) for row in sent if row["node"] == node.id]
            items.append(ExperimentOut(experiment=name, node=node.id, weights=list(weights[name]), arms=arms))
    return ExperimentsOut(items=items)


def _sent(row: listing.Row) -> SentOut:
    return SentOut(**row | {"channel": Channel(row["channel"]).word})
