"""Run a business date: open it once, work its shards, close it when it balances, release its messages."""

import platform
from collections.abc import Callable
from datetime import date, datetime
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import structlog

from api.agreements import plan_policy
from api.agreements.promise_policy import policy_of
from api.catalogue import SETTING, catalogue_of, custom_facts
from api.clock import BusinessClock
from api.delivery.crash_points import BEFORE_CLOSE, UNHARMED, CrashPoints
from api.evaluation import read_published
from api.usecases.book.find_portfolio import Portfolio, find_portfolio
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.check_book import check_book, count_book
from api.usecases.day.close_day import Closed, close_day
from api.usecases.day.close_deliveries import close_deliveries
from api.usecases.day.learn_hours import learn_hours
from api.usecases.day.run_shard import Shift
from api.usecases.money.remind_promises import remind_promises
from api.usecases.strategies.follow_publications import follow_publications
from api.usecases.strategies.take_effect import take_effect
from engine.contact_policy import load_packs, pack_keys
from engine.errors import RunError
from storage import episodes, holds, plan_payments, promises, reopening, runs
from storage.custom_facts import count_unreadable
from storage.database import Database
from storage.ledger import append_line
from storage.outbox.sweep import close_unknown, expire_overdue

log = structlog.get_logger()

ACCOUNTS_PER_SHARD = 65_536
"""At most so many: a shard this size is written in about half a second."""


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
    crash: CrashPoints = UNHARMED,
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
        _expect_newest(connection, portfolio, day, opened)
    if opened is None:
        _settle_earlier(database, portfolio.id, clock)
        learn_hours(database, day)
    with database.connection() as connection:
        run = _open(connection, portfolio, day, portfolio.shadow if shadow is None else shadow, clock.now())
    if run.state == "open":
        remind_promises(database, portfolio.id, run.id, day, clock.now(), shadow=run.shadow)
        todo = _todo(database, run.id)
        if work is None:
            with Shift(database, run.id, snapshots_url, crash) as shift:
                for done, shard in enumerate(todo, start=1):
                    shift.work(shard)
                    if progress is not None:
                        progress(done, len(todo))
        else:
            work(run.id, todo)
    crash(BEFORE_CLOSE)
    return close_day(database, run.id, crash)


def _settle_earlier(database: Database, portfolio_id: int, clock: BusinessClock) -> None:
    """Nothing is open at the next run (03, point 5): what was not sent in time comes back first."""
    with database.connection() as connection:
        expire_overdue(connection, portfolio_id, clock.now())
        close_unknown(connection, clock.now())
    close_deliveries(database, clock, portfolio_id)
    apply_outcomes(database, portfolio_id)
    apply_outcomes(database, portfolio_id, shadow=True)
    follow_publications(database, portfolio_id)


def expect_strategy(database: Database, key: str) -> None:
    """``RunError`` when a portfolio has no published strategy: who runs a date by hand expects messages."""
    with database.connection() as connection:
        portfolio = find_portfolio(connection, key)
        row = connection.execute(
            "SELECT 1 FROM strategy WHERE portfolio_id = %s AND active_version_id IS NOT NULL LIMIT 1",
            [portfolio.id],
        ).fetchone()
    if row is None:
        raise RunError(
            "no strategy is published: the date would do nothing",
            place=key,
            hint=f"cadencia publish FILE --portfolio {key}",
            code="run.no_strategy",
        )


def local_date(clock: BusinessClock, timezone: str) -> date:
    """The date it is now at the portfolio's place."""
    return clock.now().astimezone(ZoneInfo(timezone)).date()


def _open(
    connection: psycopg.Connection, portfolio: Portfolio, day: date, shadow: bool, now: datetime
) -> runs.RunRow:
    runs.lock_opening(connection, portfolio.id)
    known = runs.find(connection, portfolio.id, day)
    if known is not None and known.state != "skipped":
        return known
    newest = _expect_newest(connection, portfolio, day, known)
    count = count_book(connection, portfolio.id, day)
    check_book(connection, portfolio.id, portfolio.key, portfolio.settings, day, count)
    grace = policy_of(portfolio.settings).grace_days
    promises.close_due(connection, portfolio.id, day, now, grace_days=grace)
    core_days = plan_policy.policy_of(portfolio.settings).core_days
    plan_payments.close_due(connection, portfolio.id, day, now, core_days=core_days)
    holds.release_due(connection, portfolio.id, day)
    if newest is not None:
        episodes.begin(connection, portfolio.id, newest, day)
    reopening.reopen_due(connection, portfolio.id, day)
    take_effect(connection, portfolio.id, day, now)
    size = int(portfolio.settings.get("accounts_per_shard", ACCOUNTS_PER_SHARD))
    manifest = _manifest(connection, portfolio) | {"book": count.manifest()}
    run = runs.open_date(
        connection,
        portfolio.id,
        day,
        accounts=count.accounts,
        shards=runs.count_shards(count.accounts, size),
        shadow=shadow,
        manifest=manifest,
    )
    body = {"portfolio": portfolio.key, "day": str(day), "accounts": run.accounts, "shadow": shadow}
    append_line(connection, now, "run.opened", f"run:{run.id}", body | {"manifest": manifest})
    return run


def _expect_newest(
    connection: psycopg.Connection, portfolio: Portfolio, day: date, known: runs.RunRow | None
) -> date | None:
    """The newest date run, if any; ``RunError`` when ``day`` is older than it and was not run itself."""
    newest = runs.newest(connection, portfolio.id)
    if newest is not None and day < newest and (known is None or known.state == "skipped"):
        raise RunError(
            f"{day} is past: the newest date run is {newest}",
            place=portfolio.key,
            hint="only the newest date runs; steps that fell due meanwhile are taken up by it",
            code="run.past",
        )
    return newest


def _manifest(connection: psycopg.Connection, portfolio: Portfolio) -> dict[str, Any]:
    """What the run depends on, so that it can be explained and repeated: code, plans, law, calendars."""
    catalogue = catalogue_of(portfolio.settings)
    published, _ = read_published(connection, portfolio.id, catalogue)
    unreadable = count_unreadable(connection, portfolio.id, custom_facts(catalogue))
    if unreadable:
        log.warning("run.unreadable_facts", portfolio=portfolio.key, facts=unreadable)
    return {
        "cadencia": version("cadencia"),
        "python": platform.python_version(),
        "plans": {each.plan.key: each.plan.content_hash for each in published},
        "packs": {key: pack.sha256 for key, pack in load_packs(pack_keys()).items()},
        "tzdata": version("tzdata"),
        "holidays": version("holidays"),
        SETTING: portfolio.settings.get(SETTING, []),
        "unreadable_facts": unreadable,
    }


def _todo(database: Database, run_id: int) -> list[int]:
    with database.connection() as connection:
        return runs.open_shards(connection, run_id)
