"""A generated portfolio standing in the middle of its strategies, ready for the date that is measured."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from api.clock import BusinessClock
from api.day_workers import DayWorkers
from api.settings import child_environment
from api.usecases.book.generate_book import generate_book
from api.usecases.day.close_day import Closed
from api.usecases.day.run_day import run_day
from api.usecases.strategies.publish_strategy import publish_strategy
from api.usecases.templates.save_templates import save_templates
from benchmarks.strategies import four_strategies
from channels.templates import ready_templates
from storage.database import Database, upgrade
from storage.embedded import ServiceUrls
from storage.master_keys import MasterKeys, use

PORTFOLIO = "carga"
MASTER_KEY = b"the master key of the benchmarks"
ENTERED, BEFORE, MEASURED = date(2026, 11, 11), date(2026, 11, 12), date(2026, 11, 13)
"""Everybody enters on a Wednesday, nothing is due on Thursday, Friday the 13th is measured."""

WORKERS = 2

# Where enrolments stand: percent of the accounts, by node; those at the message were put off yesterday.
_STANDING = (("inicio", 0, 40, 1), ("espera", 40, 70, 1), ("pausa", 70, 92, 1), ("whatsapp", 92, 100, 3))
_MIXED = "abs(hashint8(account_id)) % 100"


@dataclass(frozen=True)
class World:
    """One database of the embedded server, its snapshots and its two day workers' queue."""

    urls: ServiceUrls
    database: Database
    snapshots: Path

    def run(self, day: date) -> Closed:
        """The whole run of a date, its shards worked by the workers that listen."""
        morning = datetime(day.year, day.month, day.day, 13, 30, tzinfo=UTC)
        BusinessClock(self.database).set(morning)
        workers = DayWorkers(self.database, self.urls.redis_url)
        if workers.alive() != WORKERS:
            raise SystemExit(f"{workers.alive()} day workers listen, not {WORKERS}")
        return run_day(self.database, PORTFOLIO, day, snapshots_url=str(self.snapshots), work=workers.work)

    def do(self, *statements: str) -> None:
        """Statements one by one, each committed at once."""
        with self.database.connection(autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def number(self, query: str) -> int:
        """The one number a query gives."""
        with self.database.connection() as connection:
            return int(connection.execute(query).fetchall()[0][0])


def prepare(urls: ServiceUrls, snapshots: Path, accounts: int) -> World:
    """Generate, publish four strategies, and let everybody enter."""
    upgrade(urls.database_url)
    use(lambda: MasterKeys([MASTER_KEY]))
    world = World(urls, Database(urls.database_url), snapshots)
    generate_book(
        world.database,
        accounts=accounts,
        portfolio=PORTFOLIO,
        as_of=ENTERED,
        index_key=b"the key of the benchmarks",
        progress=lambda count: print(f"  {count:,} accounts made", file=sys.stderr),
    )
    save_templates(world.database, ready_templates().values())
    for document in four_strategies():
        publish_strategy(world.database, PORTFOLIO, json.dumps(document), by="bench", approved_by="marks")
    world.do("UPDATE portfolio SET settings = settings || '{\"fuse_ceiling\": 1000000000}'")
    return world


def enter_everybody(world: World) -> None:
    """The first date; then everybody is dealt out over the nodes, and what waits, waits for a later date."""
    world.run(ENTERED)
    deal_out(world)


def deal_out(world: World) -> None:
    """Let those who have entered stand at all nodes, due on the measured date."""
    for node, low, high, state in _STANDING:
        world.do(
            f"UPDATE enrolment e SET node = n.code, state = {state}, due_on = '{MEASURED}', arrived_on ="
            f" '{ENTERED}', deferrals = {int(state == 3)} FROM strategy_node n WHERE n.strategy_id ="
            f" e.strategy_id AND n.node_id = '{node}' AND {_MIXED} >= {low} AND {_MIXED} < {high}"
        )
    world.do("VACUUM ANALYZE")


def make_due(world: World, percent: int) -> int:
    """So many percent of the enrolments fall due on the measured date, the others later; how many.

    The date before is run as well, with nothing due, and the core's nightly load follows: the amounts of
    everybody in arrears change. With all due nothing is left of the date before, so all is read.
    """
    later = "abs(hashint8(account_id # 77)) % 100"
    world.do(f"UPDATE enrolment SET due_on = due_on + 6 WHERE {later} >= {percent}", "VACUUM enrolment")
    world.run(BEFORE)
    world.do(
        "UPDATE account SET late_interest = coalesce(late_interest, 0) + 1, amount_as_of = "
        f"'{MEASURED}' WHERE account_status = 2",
        "VACUUM ANALYZE account",
        "CHECKPOINT",
    )
    return world.number(f"SELECT count(*) FROM enrolment WHERE state IN (1, 3) AND due_on <= '{MEASURED}'")


def copied(urls: ServiceUrls, name: str) -> ServiceUrls:
    """A copy of the prepared database under another name on the same server."""
    maintenance = urls.database_url.replace("/cadencia?", "/postgres?")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE cadencia STRATEGY FILE_COPY").format(sql.Identifier(name))
        )
    return ServiceUrls(urls.database_url.replace("/cadencia?", f"/{name}?"), urls.redis_url)


@contextmanager
def day_workers(world: World) -> Iterator[Sequence[int]]:
    """Two workers of the daily run on a world; the numbers of their processes."""
    environment = child_environment(
        DATABASE_URL=world.urls.database_url,
        REDIS_URL=world.urls.redis_url,
        CADENCIA_SNAPSHOTS_URL=str(world.snapshots),
        CADENCIA_LOG_LEVEL="warning",
    )
    command = [sys.executable, "-m", "api.worker", "day"]
    log = (world.snapshots.parent / "workers.log").open("ab")
    processes = [subprocess.Popen(command, env=environment, stdout=log, stderr=log) for _ in range(WORKERS)]
    try:
        _wait_until_listening(world)
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=60)
        log.close()


def _wait_until_listening(world: World) -> None:
    listening = DayWorkers(world.database, world.urls.redis_url)
    give_up = time.monotonic() + 60
    while listening.alive() != WORKERS:
        if time.monotonic() > give_up:
            raise SystemExit("the day workers did not start")
        time.sleep(0.1)
