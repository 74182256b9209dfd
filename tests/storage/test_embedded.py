"""The embedded servers: shared, adopted after a kill, safe against what an earlier run left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import psutil
import psycopg
import pytest
import redis

from engine.errors import ServiceError
from storage.embedded import EmbeddedServices

ROOT = Path(__file__).parents[2]

USER = """
import sys, time
from storage.embedded import EmbeddedServices
services = EmbeddedServices(sys.argv[1], durable=False)
services.start()
print(services.status().postgres_pid, services.status().valkey_pid, flush=True)
time.sleep(float(sys.argv[2]))
services.stop()
"""
"""Another process that uses the servers of a folder for a while."""


def hasty(folder: Path) -> EmbeddedServices:
    """Servers that do not wait for the disk."""
    return EmbeddedServices(folder, durable=False)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A data folder yet to be made; its servers and files are gone after the test, whatever it did."""
    parent = Path(tempfile.mkdtemp(prefix="cadencia-"))
    yield parent / "data"
    if (parent / "data").is_dir():
        hasty(parent / "data").stop(force=True)
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def initialised() -> Iterator[Path]:
    """A data folder that ran once, to be copied: making one costs a second."""
    parent = Path(tempfile.mkdtemp(prefix="cadencia-"))
    with hasty(parent / "data"):
        pass
    yield parent / "data"
    shutil.rmtree(parent)


@pytest.fixture
def folder(initialised: Path, new_folder: Path) -> Path:
    """A data folder that ran before."""
    subprocess.run(["cp", "-a", initialised, new_folder], check=True)
    return new_folder


def another_user(folder: Path, seconds: float) -> tuple[subprocess.Popen[str], tuple[int, int]]:
    command = [sys.executable, "-c", USER, str(folder), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    postgres, valkey = process.stdout.readline().split()
    return process, (int(postgres), int(valkey))


def pids(services: EmbeddedServices) -> tuple[int | None, int | None]:
    status = services.status()
    return status.postgres_pid, status.valkey_pid


def write_a_row(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE promise (amount bigint)")
        connection.execute("INSERT INTO promise VALUES (125000)")


def promised(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT sum(amount) FROM promise").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("name", ["data", "año de prueba, 'uno'", "long" * 40])
def test_every_driver_reaches_the_servers_whatever_the_folder_is_called(new_folder: Path, name: str) -> None:
    with hasty(new_folder / name) as services:
        urls = services.start()
        write_a_row(urls.database_url)
        with adbc.connect(urls.database_url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT amount FROM promise")
            assert cursor.fetch_arrow_table().to_pydict() == {"amount": [125000]}
        with redis.Redis.from_url(urls.redis_url) as client:
            assert str(client.info()["valkey_version"]).startswith("9.")


def test_it_is_postgresql_18_on_no_network_port(folder: Path) -> None:
    with hasty(folder) as services:
        with psycopg.connect(services.start().database_url) as connection:
            version = connection.execute("SHOW server_version").fetchone()
            listening = connection.execute("SHOW listen_addresses").fetchone()
        assert version is not None and version[0].startswith("18.")
        assert listening == ("",)
        for pid in pids(services):
            assert pid is not None and psutil.Process(pid).net_connections(kind="inet") == []


def test_first_start_takes_under_five_seconds_and_a_later_one_under_two(new_folder: Path) -> None:
    services = EmbeddedServices(new_folder)
    for limit_s in (5.0, 2.0):
        before = time.monotonic()
        services.start()
        assert time.monotonic() - before < limit_s
        services.stop()


def test_a_second_process_reuses_the_servers_and_leaves_them_to_the_first(folder: Path) -> None:
    with hasty(folder) as services:
        before = pids(services)
        other, seen = another_user(folder, 0)
        assert other.wait(20) == 0
        assert seen == before == pids(services)
    assert pids(services) == (None, None)


def test_the_last_one_out_stops_the_servers(folder: Path) -> None:
    services = hasty(folder)
    services.start()
    other, seen = another_user(folder, 2)
    assert services.stop() is False
    assert pids(services) == seen
    assert other.wait(20) == 0
    assert pids(services) == (None, None)


def test_processes_that_start_at_once_share_one_pair_of_servers(new_folder: Path) -> None:
    command = [sys.executable, "-c", USER, str(new_folder), "3"]
    users = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    seen = {user.stdout.readline() for user in users if user.stdout}
    assert len(seen) == 1
    assert [user.wait(30) for user in users] == [0, 0, 0]
    assert pids(hasty(new_folder)) == (None, None)


def test_servers_of_a_killed_program_are_adopted_by_the_next_start(folder: Path) -> None:
    other, seen = another_user(folder, 60)
    other.kill()
    other.wait()
    with hasty(folder) as services:
        assert pids(services) == seen
    assert pids(services) == (None, None)


def test_killed_servers_come_back_with_every_committed_row(folder: Path) -> None:
    services = hasty(folder)
    urls = services.start()
    write_a_row(urls.database_url)
    for pid in pids(services):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    with hasty(folder) as again:
        assert promised(again.start().database_url) == 125000
    services.stop()


def test_a_pid_file_that_now_names_someone_else_does_not_stop_the_start(folder: Path) -> None:
    with hasty(folder) as services:
        write_a_row(services.start().database_url)
    stale = f"{os.getpid()}\n{folder / 'postgres'}\n1\n5432\n{folder / 'run'}\n\n 1 1\nready\n"
    (folder / "postgres" / "postmaster.pid").write_text(stale)
    (folder / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    with hasty(folder) as services:
        assert promised(services.start().database_url) == 125000


def test_an_initialisation_killed_halfway_is_made_anew(new_folder: Path) -> None:
    half = new_folder / "postgres.unfinished" / "base"
    half.mkdir(parents=True)
    (half / "rubbish").write_text("half a page")
    with hasty(new_folder) as services:
        assert None not in pids(services)
    assert not half.parent.exists()


def test_two_folders_run_side_by_side(new_folder: Path) -> None:
    with hasty(new_folder / "a") as one, hasty(new_folder / "b") as two:
        write_a_row(one.start().database_url)
        write_a_row(two.start().database_url)
        assert not set(pids(one)) & set(pids(two))


def test_data_of_another_postgresql_is_refused_with_a_hint(new_folder: Path) -> None:
    (new_folder / "postgres").mkdir(parents=True)
    (new_folder / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ServiceError) as refusal:
        hasty(new_folder).start()
    assert refusal.value.code == "service.postgres_version"
    assert "PostgreSQL 15" in refusal.value.message
    assert "CADENCIA_DATA_DIR" in refusal.value.hint


def test_a_folder_that_cannot_be_made_is_refused_with_a_hint(new_folder: Path) -> None:
    new_folder.parent.joinpath("file").write_text("")
    with pytest.raises(ServiceError) as refusal:
        EmbeddedServices(new_folder.parent / "file" / "data").start()
    assert refusal.value.code == "service.data_folder"


def test_a_server_that_will_not_start_says_its_own_last_words(folder: Path) -> None:
    with hasty(folder):
        pass
    (folder / "postgres" / "postgresql.auto.conf").write_text("work_mem = 'a lot'\n")
    with pytest.raises(ServiceError, match="work_mem") as refusal:
        hasty(folder).start()
    assert refusal.value.place == str(folder / "postgres.log")


def test_tests_share_one_server_and_get_databases_of_their_own(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_tests_get_an_empty_valkey_database(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
