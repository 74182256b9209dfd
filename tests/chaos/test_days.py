"""Daily runs that are killed, run twice at once or lose their servers decide what undisturbed ones do."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from api.day_workers import DayWorkers
from api.settings import child_environment
from api.usecases.book.load_demo_book import PORTFOLIO
from api.usecases.day.run_day import run_day
from storage import runs
from storage.database import upgrade
from storage.embedded import EmbeddedServices, ServiceUrls
from tests.chaos.figures import Figures
from tests.chaos.running import until
from tests.chaos.running_days import (
    KILLED,
    NEXT,
    SHARDS,
    Installation,
    copy,
    decisions,
    found,
    judge,
)

pytestmark = pytest.mark.criterion("R1", "R2")

ACCOUNTS = 60
Copies = Callable[[], Installation]


@pytest.fixture(scope="module")
def ready(
    services: ServiceUrls,
    migrated_template: str,
    worker_number: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path]]:
    """A database in which everything is ready for the next date, and the folder of its snapshots."""
    folder = tmp_path_factory.mktemp("ready")
    url = copy(services.database_url.replace("/cadencia?", f"/{migrated_template}?"), f"days_{worker_number}")
    found(url, folder, ACCOUNTS)
    yield url, folder
    _drop(services, f"days_{worker_number}")


@pytest.fixture
def copies(
    ready: tuple[str, Path], services: ServiceUrls, worker_number: int, redis_url: str, figures: Figures
) -> Iterator[Copies]:
    """Makes installations that are equal in every row."""
    url, folder = ready
    made: list[Installation] = []

    def make() -> Installation:
        name = f"days_{worker_number}_{len(made) + 1}"
        made.append(Installation(copy(url, name), redis_url, folder / name))
        return made[-1]

    yield make
    for number, installation in enumerate(made, start=1):
        installation.end()
        figures.add(kills=installation.kills, messages=installation.judged)
        _drop(services, f"days_{worker_number}_{number}")


@pytest.fixture(scope="module")
def undisturbed(ready: tuple[str, Path], services: ServiceUrls, worker_number: int) -> dict[str, list[str]]:
    """What the date decides when nothing happens to it."""
    url, folder = ready
    name = f"days_{worker_number}_calm"
    calm = Installation(copy(url, name), services.redis_url, folder / name)
    calm.run_here()
    decided = decisions(calm)
    _drop(services, name)
    assert len(decided["messages"]) > 20
    assert len(decided["shards"]) == 2 * SHARDS
    return decided


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder outside pytest's own, which every new run of pytest shuts against other users' servers."""
    with tempfile.TemporaryDirectory(prefix="cadencia-days-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _worker(installation: Installation, crash_at: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A day worker; SIGKILL ends it and whatever child it has."""
    environment = child_environment(
        DATABASE_URL=installation.url,
        REDIS_URL=installation.redis_url,
        CADENCIA_SNAPSHOTS_URL=str(installation.folder),
        CADENCIA_CRASH_AT=crash_at,
        CADENCIA_LOG_LEVEL="error",
    )
    worker = subprocess.Popen(
        [sys.executable, "-m", "api.worker", "day"], env=environment, start_new_session=True
    )
    try:
        yield worker
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        installation.workers_killed += 1


@contextmanager
def _ringing(installation: Installation, workers: DayWorkers) -> Iterator[threading.Thread]:
    """The run of the date, waiting for its workers beside the test."""

    def run() -> None:
        run_day(
            installation.database, PORTFOLIO, NEXT, snapshots_url=str(installation.folder), work=workers.work
        )

    ringing = threading.Thread(target=run, daemon=True)
    ringing.start()
    yield ringing
    ringing.join(60)
    assert not ringing.is_alive()


def _tried(installation: Installation) -> int:
    """How often shards of the date were begun."""
    return _shards(installation, "sum(s.tries)")


def _done(installation: Installation) -> int:
    """How many shards of the date are done while it is open."""
    return _shards(installation, "count(*) FILTER (WHERE s.state = 'done' AND r.state = 'open')")


def _shards(installation: Installation, what: str) -> int:
    query = f"SELECT {what} FROM run_shard s JOIN run r ON r.id = s.run_id WHERE r.business_date = %s"
    return int(installation.rows(query, NEXT)[0][0] or 0)


def _drop(services: ServiceUrls, name: str) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_killed_at_every_numbered_point_a_run_goes_on_to_the_same_decisions(
    copies: Copies, undisturbed: dict[str, list[str]]
) -> None:
    struck = copies()
    for point in ("11", "12", "13", "14", "15", "16", "17"):
        assert struck.run(crash_at=point) == KILLED, f"nobody died at point {point}"
    assert struck.run() == 0
    judge(struck, undisturbed)


@pytest.mark.parametrize(
    "table",
    [
        "slot",
        *(
            pytest.param(each, marks=pytest.mark.chaos)
            for each in ("message", "message_item", "close_figure")
        ),
    ],
)
def test_killed_while_the_server_writes_a_table_nothing_is_half_written(
    copies: Copies, undisturbed: dict[str, list[str]], table: str
) -> None:
    struck = copies()
    with struck.database.connection() as connection:
        connection.execute(
            "CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'"
        )
        connection.execute(
            f"CREATE TRIGGER slow AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION take_long()"
        )
    run = struck.start()
    sleeping = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    until(lambda: bool(struck.rows(sleeping)), every_s=0.01)
    run.kill()
    run.join()
    with struck.database.connection() as connection:
        connection.execute(f"DROP TRIGGER slow ON {table}")
    assert struck.run() == 0
    judge(struck, undisturbed)


@pytest.mark.criterion("R3")
def test_two_runs_at_once_are_one_run(copies: Copies, undisturbed: dict[str, list[str]]) -> None:
    both = copies()
    processes = [both.start(), both.start()]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    judge(both, undisturbed)


def test_workers_share_the_shards_and_none_is_worked_twice(
    copies: Copies, undisturbed: dict[str, list[str]], redis_url: str
) -> None:
    shared = copies()
    workers = DayWorkers(shared.database, redis_url)
    with _worker(shared), _worker(shared):
        until(lambda: workers.alive() == 2, every_s=0.05)
        with _ringing(shared, workers):
            pass
    assert _tried(shared) == SHARDS
    judge(shared, undisturbed)


def test_a_shard_is_claimed_by_one_process_and_free_when_it_dies(copies: Copies) -> None:
    opened = copies()
    assert opened.run(crash_at="11") == KILLED  # opened, its first shard begun
    ((run_id,),) = opened.rows("SELECT id FROM run WHERE state = 'open'")
    first, second, third = (opened.database.open() for _ in range(3))
    assert [runs.claim_shard(each, run_id) for each in (first, second)] == [0, 1]
    assert runs.claim_shard(third, run_id) == 2
    runs.let_go(second, run_id, 1)
    first.close()
    with opened.database.connection() as heir, opened.database.connection() as another:
        until(lambda: runs.claim_shard(heir, run_id) == 0)
        assert runs.claim_shard(another, run_id) == 1
    second.close()
    third.close()


@pytest.mark.criterion("R4")
def test_workers_killed_and_a_queue_flushed_delay_a_run_and_change_nothing(
    copies: Copies, undisturbed: dict[str, list[str]], redis_url: str
) -> None:
    struck = copies()
    workers = DayWorkers(struck.database, redis_url, ring_again_s=0.5)
    with _ringing(struck, workers) as ringing:
        with _worker(struck, crash_at="13"):
            until(lambda: _tried(struck) >= 2, every_s=0.05)  # its children die one after the other
            with redis.Redis.from_url(redis_url) as client:
                client.flushdb()
        assert ringing.is_alive()
        with _worker(struck):
            ringing.join(60)
    judge(struck, undisturbed)


def test_a_child_forked_after_preload_evaluates_a_book(copies: Copies) -> None:
    """What a day worker's parent imports must leave its children able to use Polars and ADBC."""
    one = copies()
    program = (
        "import os, sys\n"
        "from api.jobs import preload\n"
        "preload('day')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    from api.usecases.day.run_day import run_day\n"
        "    from storage.database import Database\n"
        f"    run_day(Database({one.url!r}), {PORTFOLIO!r}, snapshots_url={str(one.folder)!r})\n"
        "    os._exit(0)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=child_environment())
    assert one.rows("SELECT state FROM run WHERE business_date = %s", NEXT) == [("closed",)]


@pytest.mark.criterion("R5")
def test_database_stopped_at_once_and_the_run_goes_on(own_folder: Path, figures: Figures) -> None:
    servers = EmbeddedServices(own_folder / "data")
    urls = servers.start()
    try:
        upgrade(urls.database_url)
        found(urls.database_url, own_folder / "snapshots", ACCOUNTS)
        calm = Installation(copy(urls.database_url, "calm"), urls.redis_url, own_folder / "calm")
        struck = Installation(copy(urls.database_url, "struck"), urls.redis_url, own_folder / "struck")
        calm.run_here()
        struck.start()
        until(lambda: _done(struck) > 0, every_s=0.01)
        postmaster = servers.status().postgres_pid
        assert postmaster is not None
        os.kill(postmaster, signal.SIGQUIT)
        struck.running[0].join(60)
        assert struck.running[0].exitcode != 0
        until(lambda: servers.status().postgres_pid is None)
        assert servers.start() == urls
        assert struck.run() == 0
        judge(struck, decisions(calm))
        figures.add(kills=1, messages=struck.judged)
    finally:
        servers.stop(force=True)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_forty_runs_killed_at_random(copies: Copies, undisturbed: dict[str, list[str]]) -> None:
    chance = random.Random(2026)
    for _ in range(8):
        struck = copies()
        assert struck.run(crash_at="11") == KILLED  # opened: its number is the undisturbed one's
        for _ in range(5):
            run = struck.start()
            run.join(chance.uniform(0.2, 3.0))
            run.kill()
            run.join()
        assert struck.run() == 0
        judge(struck, undisturbed)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("passage", [1, 2, SHARDS])
def test_killed_at_every_point_of_every_passage(
    copies: Copies, undisturbed: dict[str, list[str]], passage: int
) -> None:
    for point in ("11", "12", "13", "14", "15"):
        struck = copies()
        assert struck.run(crash_at=f"{point}:{passage}") == KILLED
        assert struck.run() == 0
        judge(struck, undisturbed)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_workers_killed_at_random(copies: Copies, undisturbed: dict[str, list[str]], redis_url: str) -> None:
    chance = random.Random(7)
    struck = copies()
    workers = DayWorkers(struck.database, redis_url, ring_again_s=1.0)
    with _ringing(struck, workers) as ringing:
        while ringing.is_alive():
            with _worker(struck):
                ringing.join(chance.uniform(2.0, 6.0))
    judge(struck, undisturbed)
