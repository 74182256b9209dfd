"""The reactions of a portfolio: what it adds to the locked ones, proposed by one, approved by another."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.strategies.save_reactions import approve_reactions, list_reactions, propose_reactions
from engine.reactions import LOCKED
from storage.reaction_sets import StoredSet

router = resource("/portfolios/{portfolio}/reactions", "reactions")

EXAMPLE: dict[str, Any] = {
    "rules": [
        {
            "key": "pago-grande",
            "on": ["payment"],
            "when": {"fact": "event_amount", "op": ">=", "value": 1_000_000},
            "do": [{"kind": "open_conversation"}],
        }
    ]
}


class ReactionsBody(BaseModel):
    """A set of rules: on which events, under which condition, which commands."""

    document: dict[str, Any] = Field(examples=[EXAMPLE])


class ReactionSetOut(BaseModel):
    """One version of a portfolio's reactions."""

    number: int
    state: str = Field(description="proposed, active or retired.")
    document: dict[str, Any]
    content_hash: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class ReactionsOut(BaseModel):
    """The reactions nobody can switch off, and the versions of the portfolio's own."""

    locked: dict[str, Any]
    versions: list[ReactionSetOut]


@router.get("")
def read_reactions(
    parts: Parts, who: Annotated[Caller, may("strategy.read")], portfolio: str
) -> ReactionsOut:
    """The locked reactions and every version of the portfolio's own."""
    del who
    versions = [_told(each) for each in list_reactions(parts.database, portfolio)]
    return ReactionsOut(locked=LOCKED.model_dump(mode="json"), versions=versions)


@router.post("")
def propose_a_set(
    parts: Parts, who: Annotated[Caller, may("strategy.edit")], portfolio: str, body: ReactionsBody
) -> ReactionSetOut:
    """Propose a new version; refused with every finding when it has errors or would loosen."""
    return _told(propose_reactions(parts.database, parts.clock, portfolio, body.document, by=who.person))


@router.post("/{number}/approval")
def approve_a_set(
    parts: Parts,
    who: Annotated[Caller, may("strategy.approve")],
    portfolio: str,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
) -> ReactionSetOut:
    """Put a version in force; never the one who proposed it."""
    return _told(approve_reactions(parts.database, parts.clock, portfolio, number, by=who.person))


def _told(stored: StoredSet) -> ReactionSetOut:
    return ReactionSetOut(
        number=stored.number,
        state=stored.state,
        document=stored.body,
        content_hash=stored.content_hash,
        proposed_by=stored.proposed_by,
        proposed_at=stored.proposed_at,
        approved_by=stored.approved_by,
        approved_at=stored.approved_at,
    )
