"""Strategies in force: what is published, its versions, what changed, and pausing."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.strategies import list_strategies as lists
from api.usecases.strategies.pause_strategy import pause_strategy
from api.usecases.strategies.resume_strategy import How, resume_strategy
from api.usecases.strategies.undo_publication import undo_publication
from engine.strategy.compare import compare
from engine.strategy.document import Strategy, json_schema
from engine.strategy.document import read_strategy as read_document
from storage import drafts

router = resource("/portfolios/{portfolio}/strategies", "strategies")

Key = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$", examples=["mora-1-30"])]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Beside = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="Compared with; else the one before it.")
]
Reader = Annotated[Caller, may("strategy.read")]
Operator = Annotated[Caller, may("strategy.operate")]


class StrategyOut(BaseModel):
    """A strategy in short."""

    key: str
    name: str
    kind: str
    version: int | None = Field(description="The published version in force.")
    published_at: datetime | None
    published_by: str | None
    approved_by: str | None
    paused: bool
    draft: int | None = Field(description="Revision of what is being drawn.")
    draft_by: str | None
    request: int | None = Field(description="The request for approval that is open.")
    accounts: int = Field(description="Accounts that stand in it.")


class StrategiesOut(BaseModel):
    """Every strategy of a portfolio."""

    items: list[StrategyOut]


class VersionOut(BaseModel):
    """A published version in short."""

    number: int
    content_hash: str
    published_at: datetime
    published_by: str
    approved_by: str
    active: bool
    accounts: int


class VersionsOut(BaseModel):
    """The versions of a strategy, the newest first."""

    items: list[VersionOut]


class DocumentOut(BaseModel):
    """A published document."""

    number: int
    document: dict[str, Any]


class ChangeOut(BaseModel):
    """One difference; `field` is the path inside the node (for an edge: its port)."""

    kind: str
    node: str
    field: str
    before: Any = None
    after: Any = None


class ChangesOut(BaseModel):
    """What changed between two versions; `since` null: nothing is published yet."""

    since: int | None
    changes: list[ChangeOut]


class Paused(BaseModel):
    """What a pause withdrew."""

    messages_withdrawn: int


class Resume(BaseModel):
    """How the accounts of a paused strategy go on."""

    how: How = Field(description="`skip_expired`, `next_only` or `from_today`.")


class Resumed(BaseModel):
    """How many accounts were moved or put off by the choice."""

    accounts: int


class LeftBehind(BaseModel):
    """An account that has gone on since, and where it stands."""

    account: str
    node: str


class UndoneOut(BaseModel):
    """A publication taken back; `back_to` null: no version was in force before."""

    number: int
    back_to: int | None
    restored: int = Field(description="Accounts that stand again where the publication found them.")
    stay: list[LeftBehind]


@router.get("")
def list_strategies(portfolio: str, who: Reader, parts: Parts) -> StrategiesOut:
    """Every strategy that is published or drawn."""
    found = lists.list_strategies(parts.database, parts.doorkeeper.portfolio_id(portfolio))
    return StrategiesOut(items=[StrategyOut(**asdict(line)) for line in found])


@router.get("/schema")
def read_strategy_schema(portfolio: str, who: Reader) -> dict[str, Any]:
    """The JSON Schema of a strategy document."""
    return json_schema()


@router.get("/{key}")
def read_strategy(portfolio: str, key: Key, who: Reader, parts: Parts) -> StrategyOut:
    """One strategy in short."""
    line = lists.expect_line(parts.database, parts.doorkeeper.portfolio_id(portfolio), key)
    return StrategyOut(**asdict(line))


@router.get("/{key}/versions")
def list_versions(portfolio: str, key: Key, who: Reader, parts: Parts) -> VersionsOut:
    """Its published versions, the newest first."""
    found = lists.list_versions(parts.database, parts.doorkeeper.portfolio_id(portfolio), key)
    return VersionsOut(items=[VersionOut(**asdict(line)) for line in found])


@router.get("/{key}/versions/{number}")
def read_version(portfolio: str, key: Key, number: Number, who: Reader, parts: Parts) -> DocumentOut:
    """One published document."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        found, document = lists.read_version(connection, portfolio_id, key, number)
    return DocumentOut(number=found, document=document)


@router.get("/{key}/versions/{number}/changes")
def compare_version(
    portfolio: str, key: Key, number: Number, who: Reader, parts: Parts, since: Beside = None
) -> ChangesOut:
    """What a version changed since the one before it, or what another (`since`) would become in it."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        _, later = lists.read_version(connection, portfolio_id, key, number)
        if since is None and number == 1:
            return ChangesOut(since=None, changes=[])
        since, earlier = lists.read_version(connection, portfolio_id, key, since or number - 1)
    return changes_between(since, earlier, later)


@router.get("/{key}/draft/changes")
def compare_draft(portfolio: str, key: Key, who: Reader, parts: Parts) -> ChangesOut:
    """What the draft changes in the version in force."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        draft = drafts.expect(connection, portfolio_id, key)
        if not lists.list_versions(parts.database, portfolio_id, key):
            return ChangesOut(since=None, changes=[])
        since, document = lists.read_version(connection, portfolio_id, key)
    return changes_between(since, document, draft.body)


@router.post("/{key}/undo")
def take_back_publication(portfolio: str, key: Key, who: Operator, parts: Parts) -> UndoneOut:
    """Undo the newest publication, or the one that waits for its date; until the next date opens."""
    done = undo_publication(parts.database, portfolio, key, by=who.person)
    return UndoneOut(
        number=done.number,
        back_to=done.back_to,
        restored=done.restored,
        stay=[LeftBehind(account=str(each.account), node=each.node) for each in done.stay],
    )


@router.post("/{key}/pause")
def pause_accounts(portfolio: str, key: Key, who: Operator, parts: Parts) -> Paused:
    """Pause: nobody enters, moves or is written to, and nobody is lost."""
    return Paused(messages_withdrawn=pause_strategy(parts.database, portfolio, key, by=who.person))


@router.post("/{key}/resume")
def resume_accounts(portfolio: str, key: Key, asked: Resume, who: Operator, parts: Parts) -> Resumed:
    """Let a paused strategy go on."""
    return Resumed(accounts=resume_strategy(parts.database, portfolio, key, asked.how, by=who.person))


def changes_between(since: int, earlier: dict[str, Any], later: dict[str, Any]) -> ChangesOut:
    """The differences of two documents."""
    changes = compare(readable(earlier), readable(later))
    return ChangesOut(since=since, changes=[ChangeOut(**asdict(each)) for each in changes])


def readable(document: dict[str, Any]) -> Strategy:
    """A document as a strategy; ``StrategyError`` when it cannot be read."""
    return read_document(json.dumps(document))
