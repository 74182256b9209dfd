"""Campaigns: those of a portfolio, and what came of each beside its control group."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.routes.strategies import Key
from api.http.service import Parts
from api.usecases.strategies import campaign_result as results

router = resource("/portfolios/{portfolio}/campaigns", "campaigns")

Reader = Annotated[Caller, may("figure.read")]


class CampaignOut(BaseModel):
    """A published campaign in short; `budget` is minor units of the reporting currency."""

    key: str
    name: str
    starts_on: date
    ends_on: date
    budget: int | None
    open: int = Field(description="Accounts in it now.")


class CampaignsOut(BaseModel):
    """The campaigns of a portfolio, the newest first."""

    items: list[CampaignOut]


class SideOut(BaseModel):
    """The accounts that were worked, or the control group; `paid` by currency, from entry to the last day."""

    accounts: int
    payers: int
    paid: dict[str, int]


class CampaignResultOut(BaseModel):
    """What came of a campaign so far."""

    key: str
    starts_on: date
    ends_on: date
    budget: int | None
    spent: int
    worked: SideOut
    control: SideOut
    messages: dict[str, int]
    outcomes: dict[str, int]


@router.get("")
def list_campaigns(portfolio: str, who: Reader, parts: Parts) -> CampaignsOut:
    """Every published campaign."""
    parts.doorkeeper.portfolio_id(portfolio)
    found = results.list_campaigns(parts.database, portfolio)
    return CampaignsOut(items=[CampaignOut(**asdict(each)) for each in found])


@router.get("/{key}")
def read_campaign(portfolio: str, key: Key, who: Reader, parts: Parts) -> CampaignResultOut:
    """One campaign's own result."""
    parts.doorkeeper.portfolio_id(portfolio)
    return CampaignResultOut.model_validate(asdict(results.campaign_result(parts.database, portfolio, key)))
