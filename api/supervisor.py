"""Runs every process of the service on one machine, with one log, and starts again what crashes."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from api.run_file import ChildRecord, RunFile
from api.settings import Settings, child_environment
from engine.errors import ServiceError
from storage.embedded import EmbeddedServices, ServiceUrls

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
"""A child that ran this long was well: its next crash is answered at once again."""

GRACE_S = 20.0
"""How long children may finish what they hold before they are killed."""

LONGEST_LINE = 1 << 20
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """One process to keep running: ``python *arguments``."""

    name: str
    arguments: tuple[str, ...]
    port: int | None = None

    @property
    def address(self) -> str:
        """Where it listens, if it does."""
        return f"http://127.0.0.1:{self.port}" if self.port else ""


def children_of(settings: Settings) -> list[Child]:
    """The processes of a whole service, by name."""
    api = ("-m", "uvicorn", "--factory", "api.http.app:create_app", "--no-access-log")
    resident = ("-m", "uvicorn", "--factory", "api.http.resident:create_resident", "--no-access-log")
    address = ("--host", settings.api_host, "--port", str(settings.api_port))
    screens = ("-m", "streamlit", "run", str(Path(__file__).parents[1] / "builder" / "app.py"))
    options = ("--server.headless=true", "--browser.gatherUsageStats=false", "--server.address=127.0.0.1")
    port = (f"--server.port={settings.builder_port}", "--", "--api", settings.api_url)
    return [
        Child("api", (*api, *address), settings.api_port),
        Child("what-if", (*resident, "--port", str(settings.what_if_port)), settings.what_if_port),
        *(Child(f"day-{n + 1}", ("-m", "api.worker", "day")) for n in range(settings.day_workers)),
        *(Child(f"out-{n + 1}", ("-m", "api.worker", "out")) for n in range(settings.senders)),
        Child("in", ("-m", "api.worker", "in")),
        Child("react", ("-m", "api.worker", "react")),
        Child("inbox", ("-m", "api.worker", "inbox")),
        Child("scheduler", ("-m", "api.worker", "scheduler")),
        Child("builder", (*screens, *options, *port), settings.builder_port),
    ]


class Supervisor:
    """Holds the run of a data folder: its servers, its children and their one log."""

    def __init__(self, settings: Settings, children: Sequence[Child]) -> None:
        self._settings = settings
        self._children = children
        self._run_file = RunFile(settings.data_dir)
        self._records: dict[str, ChildRecord] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._width = max(len(name) for name in ("cadencia", *(child.name for child in children)))
        self._stopping = asyncio.Event()

    def run(self) -> None:
        """Run until SIGINT or SIGTERM; ``ServiceError`` when this folder runs already or a port is taken."""
        from storage.database import upgrade  # a second of imports that `status` and `down` can do without

        with self._run_file.held():
            for child in self._children:
                if child.port:
                    _check_port(child)
            with servers_of(self._settings) as urls:
                self._say("cadencia", "bringing the tables up to date")
                upgrade(urls.database_url)
                asyncio.run(self._supervise(urls))
        self._say("cadencia", "stopped")

    async def _supervise(self, urls: ServiceUrls) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        environment = child_environment(
            DATABASE_URL=urls.database_url, REDIS_URL=urls.redis_url, PYTHONUNBUFFERED="1"
        )
        keepers = [asyncio.create_task(self._keep(child, environment)) for child in self._children]
        for child in self._children:
            if child.address:
                self._say("cadencia", f"{child.name} will answer at {child.address}")
        await self._stopping.wait()
        self._say("cadencia", "stopping")
        await self._end_children()
        await asyncio.gather(*keepers)

    async def _keep(self, child: Child, environment: dict[str, str]) -> None:
        """Run one child, and again after each crash, waiting longer each time."""
        pause, restarts = FIRST_PAUSE_S, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once(child, environment, restarts)
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_AFTER_S:
                pause = FIRST_PAUSE_S
            restarts += 1
            self._say(child.name, f"ended with {code}; starts again in {pause:.0f} s")
            self._note(child, 0, restarts)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _run_once(self, child: Child, environment: dict[str, str], restarts: int) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *child.arguments,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end the children in order
            preexec_fn=end_with_parent,
        )
        self._running[child.name] = process
        self._note(child, process.pid, restarts)
        relay = asyncio.create_task(self._relay(child.name, process))
        code = await process.wait()
        # A process the child forked may outlive it and keep the pipe open.
        await asyncio.wait([relay], timeout=1.0)
        relay.cancel()
        del self._running[child.name]
        return code

    async def _relay(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                line = b"(a line too long to show)"
            if not line:
                return
            self._say(name, line.decode(errors="replace").rstrip())

    async def _end_children(self) -> None:
        running = list(self._running.values())
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        if running:
            await asyncio.wait([asyncio.create_task(process.wait()) for process in running], timeout=GRACE_S)
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with whatever it forked

    def _note(self, child: Child, pid: int, restarts: int) -> None:
        self._records[child.name] = ChildRecord(child.name, pid, restarts, child.address)
        self._run_file.write(self._records)

    def _say(self, name: str, line: str) -> None:
        print(f"{name:<{self._width}} | {line}", flush=True)


@contextmanager
def servers_of(settings: Settings) -> Iterator[ServiceUrls]:
    """The addresses of PostgreSQL and Valkey: yours where set, else the embedded ones, held meanwhile."""
    if not settings.embedded:
        yield ServiceUrls(settings.database_url, settings.redis_url)
        return
    services = EmbeddedServices(settings.data_dir)
    urls = services.start()
    try:
        yield ServiceUrls(settings.database_url or urls.database_url, settings.redis_url or urls.redis_url)
    finally:
        services.stop()


def stop_everything(settings: Settings, patience_s: float = GRACE_S + 20) -> bool:
    """End the `up` of this folder, then its embedded servers; whether anything ran."""
    run_file = RunFile(settings.data_dir)
    was_up = run_file.is_held()
    pid = run_file.pid()
    if was_up and pid is not None:
        os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + patience_s
    while run_file.is_held():
        if time.monotonic() > give_up:
            raise ServiceError(
                f"process {pid} does not stop", code="service.will_not_stop", hint=f"kill -9 {pid}"
            )
        time.sleep(0.05)
    services = EmbeddedServices(settings.data_dir)
    status = services.status()
    serving = status.postgres_pid is not None or status.valkey_pid is not None
    if serving:
        services.stop(force=True)
    return was_up or serving


def _check_port(child: Child) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", child.port))
        except OSError as error:
            raise ServiceError(
                f"port {child.port} for {child.name} is taken",
                code="service.port_taken",
                place=child.address,
                hint=f"set CADENCIA_{child.name.upper()}_PORT to a free one",
            ) from error


def end_with_parent() -> None:
    """In the child, before its program starts: be ended by the kernel when the supervisor is killed."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# Looked up before any fork: loading a library in a forked child may deadlock.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
