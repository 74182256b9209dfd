"""What came of a campaign: accounts, messages, spending, payments, and its control group beside them."""

from dataclasses import dataclass
from datetime import date

from api.usecases.book.find_portfolio import find_portfolio
from engine.errors import StrategyError
from storage import campaigns
from storage.campaigns import Running, Side
from storage.database import Database
from storage.versions import find_strategy, open_versions


@dataclass(frozen=True)
class CampaignResult:
    """One campaign so far; ``spent`` and ``budget`` are minor units of the reporting currency."""

    key: str
    starts_on: date
    ends_on: date
    budget: int | None
    spent: int
    worked: Side
    control: Side
    messages: dict[str, int]
    outcomes: dict[str, int]


_NOBODY = Side(0, 0, {})


def list_campaigns(database: Database, portfolio_key: str) -> list[Running]:
    """The campaigns of a portfolio, the newest first."""
    with database.connection() as connection:
        return campaigns.running(connection, find_portfolio(connection, portfolio_key).id)


def campaign_result(database: Database, portfolio_key: str, key: str) -> CampaignResult:
    """Count a campaign's own result; ``StrategyError`` for a strategy that is none."""
    with database.connection() as connection:
        strategy = find_strategy(connection, portfolio_key, key)
        campaign = open_versions(connection, strategy)[strategy.active_version_id].campaign
        if campaign is None:
            raise StrategyError("this strategy is no campaign", place=key, code="campaign.none")
        first, last = date.fromisoformat(campaign.starts_on), date.fromisoformat(campaign.ends_on)
        sides = campaigns.sides(connection, strategy.id, last)
        return CampaignResult(
            key=key,
            starts_on=first,
            ends_on=last,
            budget=campaign.budget,
            spent=campaigns.spent(connection, strategy.id),
            worked=sides.get(False, _NOBODY),
            control=sides.get(True, _NOBODY),
            messages=campaigns.messages(connection, strategy.id, first, last),
            outcomes=campaigns.outcomes(connection, strategy.id),
        )
