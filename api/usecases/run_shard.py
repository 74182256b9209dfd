"""Work one shard of a business date: a no-op when it is done, nothing half-written when it is killed."""

from datetime import date

import psycopg
import structlog

from api.clock import BusinessClock, steady
from api.delivery.crash_points import (
    AFTER_BEGIN_SHARD,
    AFTER_READ,
    AFTER_SHARD_COMMIT,
    AFTER_SNAPSHOT,
    BEFORE_SHARD_COMMIT,
    UNHARMED,
    CrashPoints,
)
from api.evaluation import Evaluator, Occasion
from api.settings import load_settings
from engine.daily_close import Close
from engine.errors import RunError
from engine.vocabulary import Trigger
from storage import runs, snapshots
from storage.database import Database
from storage.day_write.figures import write_close
from storage.ledger import append_line
from storage.reading import Selection
from storage.shard_tables import Base

log = structlog.get_logger()


def run_shard(
    database: Database, run_id: int, shard: int, snapshots_url: str, crash: CrashPoints = UNHARMED
) -> bool:
    """Evaluate and write one shard; ``False`` when there was nothing to do, or another was first."""
    with database.connection() as connection:
        tried = runs.begin_shard(connection, run_id, shard)
        if tried is None:
            return False
        portfolio_id, day, run = _run(connection, run_id)
        first, last = runs.shard_range(shard, run.shards)
        share = _share(connection, portfolio_id, first, last, run.accounts)
        earlier = runs.earlier_snapshot(connection, run_id, shard)
    crash(AFTER_BEGIN_SHARD)
    clock = BusinessClock(database)
    started = steady()
    selection = Selection(portfolio_id, first, last, newest_account_id=run.manifest["book"]["newest_id"])
    occasion = Occasion(
        day=day,
        at=clock.now(),
        trigger=Trigger.DAILY,
        evaluation=run_id * runs.SHARDS + shard,
        run_id=run_id,
        shadow=run.shadow,
        released=True,
        share=share,
    )
    evaluator = Evaluator(database, portfolio_id)
    saved: list[snapshots.Snapshot] = []
    country = evaluator.country

    def keep(seen: snapshots.Seen) -> None:
        crash(AFTER_READ)
        # Each try has a snapshot of its own: one that is too late must not overwrite the one that counts.
        name = f"{portfolio_id}/{day}/{run_id}-{shard}-{tried}"
        saved.append(snapshots.save(snapshots_url, name, seen, country))
        crash(AFTER_SNAPSHOT)

    def check(connection: psycopg.Connection) -> None:
        if runs.is_done(connection, run_id, shard):
            raise _DoneElsewhereError

    def finish(connection: psycopg.Connection, close: Close) -> None:
        write_close(connection, run_id, shard, close)
        timings = {"seconds": round(steady() - started, 3)}
        if not runs.finish_shard(connection, run_id, shard, saved[0].url, saved[0].sha256, timings):
            raise _DoneElsewhereError
        body = {"shard": shard, "snapshot": saved[0].url, "sha256": saved[0].sha256}
        append_line(connection, clock.now(), "run.shard_done", f"run:{run_id}", body)
        crash(BEFORE_SHARD_COMMIT)

    try:
        base = _base(earlier)
        evaluator.evaluate(
            selection, occasion, seen=keep, before_write=check, before_commit=finish, base=base
        )
    except _DoneElsewhereError:
        return False
    crash(AFTER_SHARD_COMMIT)
    return True


def _base(earlier: tuple[str, str] | None) -> Base | None:
    """What the run before read of this shard; without it everything is read again, which is said."""
    if earlier is None:
        return None
    try:
        return snapshots.load_base(snapshots.Snapshot(*earlier))
    except RunError as trouble:
        log.warning("day.base", error=str(trouble))
        return None


class _DoneElsewhereError(Exception):
    """Another worker finished the shard first: everything of this try is rolled back."""


def _run(connection: psycopg.Connection, run_id: int) -> tuple[int, date, runs.RunRow]:
    row = connection.execute("SELECT portfolio_id, business_date FROM run WHERE id = %s", [run_id]).fetchone()
    assert row is not None  # begin_shard found it
    run = runs.find(connection, row[0], row[1])
    assert run is not None
    return row[0], row[1], run


def _share(connection: psycopg.Connection, portfolio_id: int, first: int, last: int, accounts: int) -> float:
    """The part of the daily capacities this shard may use, by count of accounts (03, point 18)."""
    row = connection.execute(
        "SELECT count(*) FROM account WHERE portfolio_id = %s AND shard BETWEEN %s AND %s",
        [portfolio_id, first, last],
    ).fetchone()
    return (row[0] if row else 0) / max(accounts, 1)


def run_shard_job(run_id: int, shard: int) -> None:
    """The job ``day.shard``."""
    settings = load_settings()
    crash = CrashPoints(settings.crash_at)
    run_shard(Database(settings.database_url), run_id, shard, settings.snapshots_address, crash)
