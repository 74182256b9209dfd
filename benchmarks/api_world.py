"""A server of the API with its workers over a prepared book, as ``cadencia up`` runs them."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.clock import BusinessClock
from api.settings import child_environment
from api.usecases.access.give_key import give_key
from benchmarks import day_world
from benchmarks.day_world import World
from storage.book_in.owners import save_creditor, save_portfolio

LOADED = "nucleo"
"""The portfolio the bulk loads go to; decisions and payments are about the book of the daily run."""

SCOPES = ["book.write", "event.write", "decision.read"]


@dataclass(frozen=True)
class Server:
    """Where the server answers, and the key it knows."""

    world: World
    base: str
    headers: dict[str, str]

    def numbers(self, count: int) -> list[str]:
        """Account numbers of the book, spread over its shards."""
        with self.world.database.connection() as connection:
            rows = connection.execute(
                "SELECT a.number FROM account a JOIN portfolio p ON p.id = a.portfolio_id WHERE p.key = %s"
                " ORDER BY hashint8(a.id) LIMIT %s",
                [day_world.PORTFOLIO, count],
            ).fetchall()
        return [number for (number,) in rows]

    def event_p99_s(self, source: str) -> float:
        """Seconds from the acceptance of an event to its effect, the 99th percentile; all must be worked."""
        give_up = time.monotonic() + 120
        while self._left(source) and time.monotonic() < give_up:
            time.sleep(0.2)
        if self._left(source):
            raise SystemExit(f"{self._left(source)} events were not worked")
        with self.world.database.connection() as connection:
            row = connection.execute(
                "SELECT percentile_cont(0.99) WITHIN GROUP"
                " (ORDER BY extract(epoch FROM reacted_at - received_at))"
                " FROM domain_event WHERE source = %s",
                [source],
            ).fetchone()
        return round(float(row[0]), 2) if row and row[0] is not None else 0.0

    def _left(self, source: str) -> int:
        with self.world.database.connection() as connection:
            row = connection.execute(
                "SELECT count(*) FROM domain_event WHERE source = %s AND state <> 'done'", [source]
            ).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def serving(world: World, folder: Path) -> Iterator[Server]:
    """The API, the worker of reactions, the one of what follows them, and the scheduler's sweep."""
    key = _prepare(world)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = child_environment(
        DATABASE_URL=world.urls.database_url, REDIS_URL=world.urls.redis_url,
        CADENCIA_SNAPSHOTS_URL=str(world.snapshots),
        CADENCIA_LOG_LEVEL="warning",
    )  # fmt: skip
    api = [
        "uvicorn",
        "--factory",
        "api.http.app:create_app",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--timeout-keep-alive",
        "75",
    ]
    commands = [api, ["api.worker", "react"], ["api.worker", "in"], ["api.worker", "scheduler"]]
    with (folder / "api.log").open("ab") as log:
        processes = [
            subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            _wait_for(f"http://127.0.0.1:{port}/health")
            yield Server(world, f"http://127.0.0.1:{port}/v1/portfolios", {"Authorization": f"Bearer {key}"})
        except Exception:
            print((folder / "api.log").read_text()[-5_000:], file=sys.stderr)
            raise
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=60)


def _prepare(world: World) -> str:
    """The portfolio that is loaded, and a key that may do what a core does."""
    with world.database.connection() as connection:
        save_creditor(connection, LOADED, name="Núcleo", country="MX", reporting_currency="MXN")
        settings: dict[str, object] = {"creditor": LOADED, "currency": "MXN"}
        save_portfolio(
            connection, LOADED, name="Núcleo", country="MX", timezone="America/Mexico_City", settings=settings
        )
    clock = BusinessClock(world.database)
    given = give_key(
        world.database, clock, label="bench", scopes=SCOPES, portfolio_id=None, days=1, by="bench"
    )
    return given.text


def _wait_for(url: str) -> None:
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the API did not come up")
