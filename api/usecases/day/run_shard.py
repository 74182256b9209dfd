"""Work shards of a business date: a no-op when one is done, nothing half-written when it is killed."""

from collections.abc import Sequence
from datetime import date

import psycopg
import structlog

from api.clock import BusinessClock, steady
from api.day_rooms import Share
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
from storage.kept_database import KeptDatabase
from storage.ledger import append_line
from storage.reading import Selection
from storage.shard_tables import Base

log = structlog.get_logger()


class Shift:
    """One process at the shards of one run: what they share is read once, its connections are kept."""

    def __init__(
        self, database: Database, run_id: int, snapshots_url: str, crash: CrashPoints = UNHARMED
    ) -> None:
        self._database = KeptDatabase(database.url)
        self._run_id = run_id
        self._snapshots_url = snapshots_url
        self._crash = crash
        self._clock = BusinessClock(database)
        self._evaluator: Evaluator | None = None

    def __enter__(self) -> "Shift":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._clock.close()

    def work_all(self) -> int:
        """Take shards nobody works on until there is none; how many were done here."""
        done = 0
        while True:
            with self._database.connection() as connection:
                shard = runs.claim_shard(connection, self._run_id)
            if shard is None:
                return done
            done += self.work(shard)
            with self._database.connection() as connection:
                runs.let_go(connection, self._run_id, shard)

    def work(self, shard: int) -> bool:
        """Evaluate and write one shard; ``False`` when there was nothing to do, or another was first."""
        with self._database.connection() as connection:
            tried = runs.begin_shard(connection, self._run_id, shard)
            if tried is None:
                return False
            portfolio_id, day, run = _run(connection, self._run_id)
            first, last = runs.shard_range(shard, run.shards)
            earlier = runs.earlier_snapshot(connection, self._run_id, shard)
        self._crash(AFTER_BEGIN_SHARD)
        started = steady()
        if self._evaluator is None:
            self._evaluator = Evaluator(self._database, portfolio_id)
        evaluator = self._evaluator
        book = run.manifest["book"]
        selection = Selection(portfolio_id, first, last, newest_account_id=book["newest_id"])
        occasion = Occasion(
            day=day,
            at=self._clock.now(),
            trigger=Trigger.DAILY,
            evaluation=self._run_id * runs.SHARDS + shard,
            run_id=self._run_id,
            shadow=run.shadow,
            released=True,
            share=_share(book["of_shards"], first, last),
        )
        saved: list[snapshots.Snapshot] = []

        def keep(seen: snapshots.Seen) -> None:
            self._crash(AFTER_READ)
            # Each try has a snapshot of its own: one that is too late must not overwrite the one that counts.
            name = f"{portfolio_id}/{day}/{self._run_id}-{shard}-{tried}"
            saved.append(snapshots.save(self._snapshots_url, name, seen, evaluator.country))
            self._crash(AFTER_SNAPSHOT)

        def check(connection: psycopg.Connection) -> None:
            if runs.is_done(connection, self._run_id, shard):
                raise _DoneElsewhereError

        def finish(connection: psycopg.Connection, close: Close) -> None:
            timings = {"seconds": round(steady() - started, 3)}
            self._finish(connection, shard, close, saved[0], timings)

        try:
            base = _base(earlier)
            evaluator.evaluate(
                selection, occasion, seen=keep, before_write=check, before_commit=finish, base=base
            )
        except _DoneElsewhereError:
            return False
        self._crash(AFTER_SHARD_COMMIT)
        return True

    def _finish(
        self,
        connection: psycopg.Connection,
        shard: int,
        close: Close,
        saved: snapshots.Snapshot,
        timings: dict[str, float],
    ) -> None:
        """The last of a shard's transaction: its close, that it is done, and its line in the ledger."""
        write_close(connection, self._run_id, shard, close)
        if not runs.finish_shard(connection, self._run_id, shard, saved.url, saved.sha256, timings):
            raise _DoneElsewhereError
        body = {"shard": shard, "snapshot": saved.url, "sha256": saved.sha256}
        append_line(connection, self._clock.now(), "run.shard_done", f"run:{self._run_id}", body)
        self._crash(BEFORE_SHARD_COMMIT)


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


def _share(of_shards: Sequence[int], first: int, last: int) -> Share:
    """The part of the daily capacities these shards may use, by count of accounts (03, point 18)."""
    accounts = max(sum(of_shards), 1)
    return sum(of_shards[:first]) / accounts, sum(of_shards[: last + 1]) / accounts


def run_shard_job(run_id: int, shard: int) -> None:
    """The job ``day.shard``: this shard, whoever else may be at it."""
    with _shift(run_id) as shift:
        shift.work(shard)


def run_shards_job(run_id: int, _place: int = 0) -> None:
    """The job ``day.shards``: every shard of a run that nobody else works on, one after the other."""
    with _shift(run_id) as shift:
        shift.work_all()


def _shift(run_id: int) -> Shift:
    settings = load_settings()
    crash = CrashPoints(settings.crash_at)
    return Shift(Database(settings.database_url), run_id, settings.snapshots_address, crash)
