"""The stage: embedded servers, a fresh database, the simulator, and the processes of the service."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import httpx
import psycopg
import redis
from psycopg import sql
from pydantic import SecretStr

from api.clock import BusinessClock
from api.master_keys import use_master_keys
from api.portal_links import use_portal_links
from api.settings import Settings, child_environment, load_settings
from api.supervisor import end_with_parent, servers_of
from api.usecases.book.load_demo_book import DEMO_INDEX_KEY
from channels.simulator import SimulatorProcess
from storage.database import Database, upgrade

DATABASE = "demo"
LEDGER = "simulator.jsonl"
"""The provider's ledger in the demo's folder."""
SECRETS = {
    "whatsapp_token": "demo-token",
    "app_secret": "demo-secret",
    "twilio_sid": "ACdemo",
    "twilio": "demo",
}
"""Credentials of the simulator; they open nothing else."""


@dataclass(frozen=True)
class Stage:
    """Everything the demo plays on."""

    settings: Settings
    database: Database
    redis_url: str
    clock: BusinessClock
    simulator: SimulatorProcess
    snapshots: str

    def move_clock(self, to: datetime, speed: float = 1.0) -> None:
        """Set business time, for the service and for the simulator."""
        setting = self.clock.set(to, speed)
        httpx.post(
            f"{self.simulator.url}/control/clock",
            json={
                "business_epoch": setting.business_at.timestamp(),
                "real_epoch": setting.real_at.timestamp(),
                "speed": setting.speed,
            },
        ).raise_for_status()


@contextmanager
def open_stage(start: datetime) -> Iterator[Stage]:
    """Set the stage and clear it away at the end; a second demo finds a clean one."""
    with ExitStack() as stack:
        folder = load_settings().data_dir.resolve() / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        settings = load_settings().model_copy(
            update={
                "data_dir": folder,
                "database_url": "",
                "redis_url": "",
                "index_key": SecretStr(DEMO_INDEX_KEY.hex()),
            }
        )
        use_master_keys(settings)
        use_portal_links(settings)
        urls = stack.enter_context(servers_of(settings))
        database = Database(_fresh_database(urls.database_url))
        redis.Redis.from_url(urls.redis_url).flushall()
        clock = BusinessClock(database)
        clock.set(start)
        port = free_port()
        ledger = folder / LEDGER
        ledger.unlink(missing_ok=True)
        simulator = stack.enter_context(SimulatorProcess(ledger))
        environment = _environment(database, urls.redis_url, simulator, port, folder)
        _tell_callbacks(simulator, port)
        stack.enter_context(_processes(environment, port, folder))
        stage = Stage(settings, database, urls.redis_url, clock, simulator, str(folder / "snapshots"))
        stage.move_clock(start)
        yield stage
        database.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fresh_database(url: str) -> str:
    """An empty database beside the default one, at the newest migration."""
    name = sql.Identifier(DATABASE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    fresh = url.replace("/cadencia?", f"/{DATABASE}?")
    upgrade(fresh)
    return fresh


def _environment(
    database: Database, redis_url: str, simulator: SimulatorProcess, port: int, folder: Path
) -> dict[str, str]:
    return child_environment(
        DATABASE_URL=database.url,
        REDIS_URL=redis_url,
        CADENCIA_DATA_DIR=str(folder),
        CADENCIA_INDEX_KEY=DEMO_INDEX_KEY.hex(),
        CADENCIA_API_PORT=str(port),
        CADENCIA_WHAT_IF_PORT=str(free_port()),
        CADENCIA_WHATSAPP_URL=simulator.whatsapp_url,
        CADENCIA_WHATSAPP_TOKEN=SECRETS["whatsapp_token"],
        CADENCIA_WHATSAPP_APP_SECRET=SECRETS["app_secret"],
        CADENCIA_TWILIO_URL=simulator.url,
        CADENCIA_TWILIO_ACCOUNT_SID=SECRETS["twilio_sid"],
        CADENCIA_TWILIO_TOKEN=SECRETS["twilio"],
        CADENCIA_SMTP_HOST="127.0.0.1",
        CADENCIA_SMTP_PORT=str(simulator.smtp_port),
        CADENCIA_SMTP_TLS="offered",
        CADENCIA_LOG_LEVEL="warning",
    )


def _tell_callbacks(simulator: SimulatorProcess, port: int) -> None:
    httpx.post(
        f"{simulator.url}/control/callbacks",
        json={
            "whatsapp_url": f"http://127.0.0.1:{port}/webhooks/whatsapp",
            "sms_url": f"http://127.0.0.1:{port}/webhooks/sms",
            "app_secret": SECRETS["app_secret"],
            "auth_token": SECRETS["twilio"],
        },
    ).raise_for_status()


@contextmanager
def _processes(environment: dict[str, str], port: int, folder: Path) -> Iterator[None]:
    """The API, a day worker, a sender, and the worker of what comes back; their log lies in the folder."""
    commands = (
        ("-m", "uvicorn", "--factory", "api.http.app:create_app", "--port", str(port), "--no-access-log"),
        ("-m", "api.worker", "day"),
        ("-m", "api.worker", "out"),
        ("-m", "api.worker", "in"),
        ("-m", "api.worker", "inbox"),
    )
    with (folder / "service.log").open("wb") as log, ExitStack() as stack:
        for command in commands:
            stack.enter_context(_kept_running(command, environment, log))
        yield


@contextmanager
def _kept_running(command: tuple[str, ...], environment: dict[str, str], log: BinaryIO) -> Iterator[None]:
    """One process, started again whenever it ends, until the block does."""
    over = threading.Event()

    def keep() -> None:
        while not over.is_set():
            process = subprocess.Popen(
                [sys.executable, *command],
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )
            while process.poll() is None and not over.wait(0.2):
                pass
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
