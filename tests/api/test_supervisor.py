"""`cadencia up` keeps its children running, alone in its folder, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from api.run_file import ChildRecord, RunFile
from api.settings import Settings
from api.supervisor import Child, children_of
from engine.errors import ServiceError
from storage.embedded import ServiceUrls

ROOT = Path(__file__).parents[2]

SUPERVISOR = """
import sys
from api.settings import load_settings
from api.supervisor import Child, Supervisor

sleeper = "import os, time; print('ready', flush=True); time.sleep(600)"
crasher = "import sys; print('ay', flush=True); sys.exit(3)"
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
programs = {"sleeper": sleeper, "crasher": crasher, "stubborn": stubborn}
children = [Child(name, ("-c", programs[name])) for name in sys.argv[1:]]
Supervisor(load_settings(), children).run()
"""


class Run:
    """One supervisor in a process of its own, with children named on its command line."""

    def __init__(self, folder: Path, urls: ServiceUrls, children: tuple[str, ...]) -> None:
        self.file = RunFile(folder)
        self.log = folder.parent / "up.log"
        environment = os.environ | {
            "CADENCIA_DATA_DIR": str(folder),
            "DATABASE_URL": urls.database_url,
            "REDIS_URL": urls.redis_url,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, *children],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def child(self, name: str) -> ChildRecord | None:
        return next((child for child in self.file.children() if child.name == name), None)

    def pid(self, name: str) -> int:
        def started() -> bool:
            child = self.child(name)
            return child is not None and child.pid > 0

        until(started, self.log)
        child = self.child(name)
        assert child is not None
        return child.pid


def until(holds: Callable[[], bool], log: Path, patience_s: float = 30.0) -> None:
    """Wait for something another process does; fail with its log when it does not."""
    give_up = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def start(services: ServiceUrls, database_url: str) -> Iterator[Callable[..., Run]]:
    """Starts a supervisor in a folder of this test; ended with its children whatever happened."""
    parent = Path(tempfile.mkdtemp(prefix="cadencia-"))
    urls = ServiceUrls(database_url, services.redis_url)
    runs: list[Run] = []

    def begin(*children: str) -> Run:
        runs.append(Run(parent / "data", urls, children))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.wait()
    shutil.rmtree(parent)


def test_sigterm_ends_the_children_and_then_the_supervisor(start: Callable[..., Run]) -> None:
    run = start("sleeper")
    child = run.pid("sleeper")
    until(lambda: "sleeper  | ready" in run.log.read_text(), run.log)
    run.process.terminate()
    assert run.process.wait(30) == 0
    assert gone(child)
    assert not run.file.is_held()


def test_a_crashed_child_starts_again_and_its_code_is_told(start: Callable[..., Run]) -> None:
    run = start("sleeper", "crasher")
    first = run.pid("sleeper")
    os.kill(first, signal.SIGKILL)
    until(lambda: run.pid("sleeper") != first, run.log)
    told = run.log.read_text()
    assert "sleeper  | ended with -9; starts again in 1 s" in told
    assert "crasher  | ay" in told
    assert "crasher  | ended with 3; starts again in 1 s" in told


def test_children_die_with_a_killed_supervisor(start: Callable[..., Run]) -> None:
    run = start("sleeper")
    child = run.pid("sleeper")
    run.process.kill()
    run.process.wait()
    until(lambda: gone(child), run.log)
    assert not run.file.is_held()


def test_a_second_up_in_the_folder_is_refused(start: Callable[..., Run]) -> None:
    first = start("sleeper")
    first.pid("sleeper")
    second = start("sleeper")
    assert second.process.wait(30) != 0
    assert f"already runs here, as process {first.process.pid}" in first.log.read_text()
    assert first.file.is_held()


def test_a_port_that_is_taken_is_refused_by_the_name_of_its_setting() -> None:
    from api.supervisor import _check_port

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError) as refusal:
            _check_port(Child("api", (), port))
    assert refusal.value.hint == "set CADENCIA_API_PORT to a free one"


def test_the_whole_service_is_api_what_if_workers_senders_reactions_inbox_scheduler_and_screens() -> None:
    names = [child.name for child in children_of(Settings(day_workers=2, senders=1))]
    assert names == [
        "api", "what-if", "day-1", "day-2", "out-1", "in", "react", "inbox", "scheduler", "builder",
    ]  # fmt: skip
