"""Run a business date: open it once, work its shards, close it when it balances, release its messages."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from api.clock import BusinessClock
from api.evaluation import read_published
from api.usecases.apply_outcomes import apply_outcomes
from api.usecases.close_day import Closed, close_day
from api.usecases.run_shard import run_shard
from engine.contact_policy import load_packs, pack_keys
from engine.errors import RunError
from engine.facts import CATALOGUE
from storage import episodes, holds, runs
from storage.database import Database
from storage.outbox.sweep import expire_overdue

ACCOUNTS_PER_SHARD = 60_000
"""A shard this size is written in about half a second."""


@dataclass(frozen=True)
class Portfolio:
    """What a run needs to know of its portfolio."""

    id: int
    key: str
    timezone: str
    shadow: bool
    settings: dict[str, Any]


Work = Callable[[int, list[int]], None]
"""Gets the shards of a run worked: in this process, or by ringing workers and waiting for them."""


def run_day(
    database: Database,
    portfolio_key: str,
    day: date | None = None,
    *,
    snapshots_url: str,
    shadow: bool | None = None,
    work: Work | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Closed:
    """Run one date of a portfolio (default: today at its place) to its close.

    The same date again does nothing but say how it closed; a date that was interrupted goes on where
    it stood. ``RunError`` when the date is older than the newest one run, or the book is too old.
    """
    clock = BusinessClock(database)
    with database.connection() as connection:
        portfolio = find_portfolio(connection, portfolio_key)
        day = day or local_date(clock, portfolio.timezone)
        opened = runs.find(connection, portfolio.id, day)
    if opened is None:
        _settle_earlier(database, portfolio.id, clock)
    with database.connection() as connection:
        run = _open(connection, portfolio, day, portfolio.shadow if shadow is None else shadow)
    if run.state == "open":
        todo = _todo(database, run.id)
        if work is None:
            for done, shard in enumerate(todo, start=1):
                run_shard(database, run.id, shard, snapshots_url)
                if progress is not None:
                    progress(done, len(todo))
        else:
            work(run.id, todo)
    return close_day(database, run.id)


def _settle_earlier(database: Database, portfolio_id: int, clock: BusinessClock) -> None:
    """Nothing is open at the next run (03, point 5): what was not sent in time comes back first."""
    with database.connection() as connection:
        expire_overdue(connection, portfolio_id, clock.now())
    apply_outcomes(database, portfolio_id)


def find_portfolio(connection: psycopg.Connection, key: str) -> Portfolio:
    """The portfolio with this key; ``RunError`` when there is none."""
    row = connection.execute(
        "SELECT id, key, timezone, shadow, settings FROM portfolio WHERE key = %s", [key]
    ).fetchone()
    if row is None:
        raise RunError(f"there is no portfolio {key!r}", hint="cadencia portfolios", code="portfolio.unknown")
    return Portfolio(*row)


def local_date(clock: BusinessClock, timezone: str) -> date:
    """The date it is now at the portfolio's place."""
    return clock.now().astimezone(ZoneInfo(timezone)).date()


def _open(connection: psycopg.Connection, portfolio: Portfolio, day: date, shadow: bool) -> runs.RunRow:
    known = runs.find(connection, portfolio.id, day)
    if known is not None and known.state != "skipped":
        return known
    newest = runs.newest(connection, portfolio.id)
    if newest is not None and day < newest:
        raise RunError(
            f"{day} is past: the newest date run is {newest}",
            place=portfolio.key,
            hint="only the newest date runs; steps that fell due meanwhile are taken up by it",
            code="run.past",
        )
    _refuse_stale_book(connection, portfolio, day)
    holds.release_due(connection, portfolio.id, day)
    if newest is not None:
        episodes.begin(connection, portfolio.id, newest, day)
    count, newest_account = _accounts(connection, portfolio.id)
    return runs.open_date(
        connection,
        portfolio.id,
        day,
        accounts=count,
        shards=min(max(1, -(-count // ACCOUNTS_PER_SHARD)), runs.SHARDS),
        shadow=shadow,
        manifest=_manifest(connection, portfolio) | {"newest_account_id": newest_account},
    )


def _refuse_stale_book(connection: psycopg.Connection, portfolio: Portfolio, day: date) -> None:
    """The book must be fresh enough (03, point 18)."""
    limit = int(portfolio.settings.get("book_fresh_days", 7))
    loads = connection.execute(
        "SELECT max(as_of) FROM load WHERE portfolio_id = %s AND kind = 'accounts'", [portfolio.id]
    ).fetchone()
    as_of = loads[0] if loads else None
    if as_of is not None and (day - as_of).days > limit:
        raise RunError(
            f"the book is of {as_of}, more than {limit} days before {day}",
            place=portfolio.key,
            hint="load today's accounts, or raise book_fresh_days of the portfolio",
            code="run.stale_book",
        )


def _accounts(connection: psycopg.Connection, portfolio_id: int) -> tuple[int, int]:
    row = connection.execute(
        "SELECT count(*), coalesce(max(id), 0) FROM account WHERE portfolio_id = %s", [portfolio_id]
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _manifest(connection: psycopg.Connection, portfolio: Portfolio) -> dict[str, Any]:
    """What the run depends on, so that it can be explained and repeated: code, plans, law, calendars."""
    published, _ = read_published(connection, portfolio.id, CATALOGUE)
    return {
        "cadencia": version("cadencia"),
        "python": platform.python_version(),
        "plans": {each.plan.key: each.plan.content_hash for each in published},
        "packs": {key: pack.sha256 for key, pack in load_packs(pack_keys()).items()},
        "tzdata": version("tzdata"),
        "holidays": version("holidays"),
    }


def _todo(database: Database, run_id: int) -> list[int]:
    with database.connection() as connection:
        return runs.open_shards(connection, run_id)
