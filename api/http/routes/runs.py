"""Runs and their closes, and letting go what the volume fuse holds."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.paging import Limit
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.day.list_runs import list_runs as runs_of
from api.usecases.day.release_run import release_run as release
from engine.errors import RunError
from engine.vocabulary import Bucket
from storage import listing, runs

router = resource("/portfolios/{portfolio}/runs", "runs")

Reader = Annotated[Caller, may("run.read")]
Releaser = Annotated[Caller, may("run.release")]


class RunOut(BaseModel):
    """A business date in short; state: open, closed, held, failed or skipped."""

    day: date
    state: str
    accounts: int
    messages: int


class RunsOut(BaseModel):
    """The newest first."""

    items: list[RunOut]


class BucketOut(BaseModel):
    """One line of the close: every account is counted once."""

    bucket: str
    reason: str
    accounts: int


class CloseOut(BaseModel):
    """A run and how it closed."""

    day: date
    state: str
    shadow: bool
    accounts: int
    shards: int
    shards_done: int = Field(description="For a progress bar while the run is open.")
    opened_at: datetime
    closed_at: datetime | None
    released_at: datetime | None
    fuse: dict[str, Any] = Field(description="What the volume fuse saw.")
    close: list[BucketOut]


class Released(BaseModel):
    """Messages that were let go."""

    messages: int


@router.get("")
def list_runs(portfolio: str, who: Reader, parts: Parts, limit: Limit = 60) -> RunsOut:
    """The latest business dates."""
    found = runs_of(parts.database, portfolio, limit)
    return RunsOut(
        items=[RunOut(day=r.day, state=r.state, accounts=r.accounts, messages=r.messages) for r in found]
    )


@router.get("/{day}")
def read_run(portfolio: str, day: date, who: Reader, parts: Parts) -> CloseOut:
    """One business date and its close."""
    with parts.database.connection() as connection:
        run = runs.find(connection, parts.doorkeeper.portfolio_id(portfolio), day)
        if run is None:
            raise RunError(f"{day} was never opened", place=portfolio, code="run.unknown")
        row = connection.execute(
            "SELECT opened_at, closed_at, released_at, fuse FROM run WHERE id = %s", [run.id]
        ).fetchall()[0]
        done = run.shards - len(runs.open_shards(connection, run.id))
        figures = listing.run_figures(connection, run.id)
    return CloseOut(
        day=day,
        state=run.state,
        shadow=run.shadow,
        accounts=run.accounts,
        shards=run.shards,
        shards_done=done,
        opened_at=row[0],
        closed_at=row[1],
        released_at=row[2],
        fuse=row[3],
        close=[
            BucketOut(bucket=Bucket(each["bucket"]).word, reason=each["reason"], accounts=each["accounts"])
            for each in figures
        ],
    )


@router.post("/{day}/release")
def release_run(portfolio: str, day: date, who: Releaser, parts: Parts) -> Released:
    """Let go the messages of a run that the volume fuse holds."""
    return Released(messages=release(parts.database, portfolio, day, by=who.person))
