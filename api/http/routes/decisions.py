"""What the strategies would do with one account now, and why; asking changes nothing."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts

router = resource("/portfolios/{portfolio}", "decisions")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class StepOut(_Out):
    """Where an account stands in a strategy."""

    strategy: str
    node: str
    state: str
    due_on: date | None


class MessageOut(_Out):
    """A message that would be decided."""

    strategy: str
    node: str
    template: str
    channel: str
    purpose: str
    send_at: datetime
    expires_at: datetime


class VerdictOut(_Out):
    """A message that would be put off or blocked, and the rule that says so."""

    strategy: str
    node: str
    outcome: str
    rule: str
    until: date | None


class DecisionOut(_Out):
    """Today's decision about one account."""

    day: date
    bucket: str = Field(description="The line of the daily close it would be counted in.")
    reason: str
    stands: list[StepOut]
    would_stand: list[StepOut]
    messages: list[MessageOut]
    verdicts: list[VerdictOut]
    effects: list[dict[str, Any]] = Field(description="Tasks, offers, labels and core actions.")
    left: list[dict[str, str]] = Field(description="Strategies it would leave, with the outcome.")
    why: list[dict[str, str]] = Field(description="The same told in Spanish: kind and text.")


@router.get("/accounts/{number}/decision")
def decide_account(
    parts: Parts,
    who: Annotated[Caller, may("decision.read")],
    portfolio: str,
    number: Annotated[str, Path(min_length=1, max_length=100)],
) -> DecisionOut:
    """What the strategies would do with an account now, by the code of the daily run, without doing it."""
    del who
    decided = parts.deciders.of(parts.doorkeeper.portfolio_id(portfolio)).decide(number)
    return DecisionOut.model_validate(decided)
