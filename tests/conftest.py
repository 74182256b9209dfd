"""What tests share: one private PostgreSQL and Valkey per run, and a fresh migrated database per test."""

import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import redis
from psycopg import sql

from storage import master_keys
from storage.database import upgrade
from storage.embedded import EmbeddedServices, ServiceUrls
from tests.chaos.figures import Figures, tell_criteria

# Examples are not timed: a busy machine is no failure. A submission's run draws the same ones every time.
hypothesis.settings.register_profile("house", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("house")

# One master key for everything a test run loads, in its own process and in those it starts.
MASTER_KEY = bytes(range(32))
os.environ["CADENCIA_MASTER_KEYS"] = MASTER_KEY.hex()
master_keys.use(lambda: master_keys.MasterKeys([MASTER_KEY]))

TEMPLATE = "template_migrated"
_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """A test may say which criterion of the fault runs it holds, by its number."""
    config.addinivalue_line("markers", "criterion(numbers): what docs/chaos.md says it is held to")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Criteria travel with the results."""
    tell_criteria(items)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """What a fault run counts."""
    counted = Figures(request.node)
    yield counted
    counted.report()


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0 without xdist, else the number of this worker process, from 0."""
    name: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(name.removeprefix("gw"))


@pytest.fixture(scope="session")
def services() -> Iterator[ServiceUrls]:
    """The servers of this test run, shared by its worker processes; the last one to leave stops them."""
    _remove_what_killed_runs_left()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone-{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"cadencia-test-{run}"
    servers = EmbeddedServices(folder, durable=False)
    yield servers.start()
    if servers.stop():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_template(services: ServiceUrls) -> str:
    """The name of a database at the newest migration, that fresh databases are copied from."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # one worker migrates, the others wait for it
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {TEMPLATE}_unfinished")
            upgrade(_named(services.database_url, f"{TEMPLATE}_unfinished"))
            connection.execute(f"ALTER DATABASE {TEMPLATE}_unfinished RENAME TO {TEMPLATE}")
    return TEMPLATE


@pytest.fixture
def empty_database_url(services: ServiceUrls, worker_number: int) -> Iterator[str]:
    """A database of this test's own without any table, dropped afterwards."""
    yield from _database(services, worker_number, "template0")


@pytest.fixture
def database_url(services: ServiceUrls, worker_number: int, migrated_template: str) -> Iterator[str]:
    """A migrated, empty database of this test's own, dropped afterwards."""
    yield from _database(services, worker_number, migrated_template)


@pytest.fixture
def redis_url(services: ServiceUrls, worker_number: int) -> Iterator[str]:
    """A Valkey database number of this worker's own, flushed before and after."""
    url = services.redis_url.replace("db=0", f"db={worker_number + 1}")
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


def _remove_what_killed_runs_left() -> None:
    """End the servers of test runs that were killed, and remove their folders."""
    for folder in Path(tempfile.gettempdir()).glob("cadencia-test-*"):
        left = EmbeddedServices(folder)
        if time.time() - folder.stat().st_mtime > 600 and not left.status().in_use:
            left.stop(force=True)
            shutil.rmtree(folder, ignore_errors=True)


def _database(services: ServiceUrls, worker_number: int, template: str) -> Iterator[str]:
    name = f"test_{worker_number}_{next(_numbers)}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(copy)
        yield _named(services.database_url, name)
        connection.execute(drop)


def _named(url: str, database: str) -> str:
    return url.replace("/cadencia?", f"/{database}?")
