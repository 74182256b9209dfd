"""What runs and whether it answers: for `cadencia status`, /health and the metrics."""

from dataclasses import asdict, dataclass

import httpx
import psycopg
import redis

from api.run_file import RunFile
from api.settings import Settings
from storage.embedded import EmbeddedServices

PATIENCE_S = 2


@dataclass(frozen=True)
class Part:
    """One server or process: its state is ``ok``, ``starting``, ``down`` or ``off`` (not meant to run)."""

    name: str
    state: str
    pid: int | None = None
    address: str = ""
    restarts: int = 0


@dataclass(frozen=True)
class Health:
    """The whole service."""

    parts: tuple[Part, ...]
    up: bool

    @property
    def sentence(self) -> str:
        """What a person wants to know first."""
        ill = [part.name for part in self.parts if part.state in ("down", "starting")]
        if not self.up:
            return "Cadencia is not up here. Start it with `cadencia up`."
        return f"Cadencia is up, but not well: {', '.join(ill)}." if ill else "Cadencia is up and well."

    def document(self) -> dict[str, object]:
        """The same as JSON."""
        return {"up": self.up, "sentence": self.sentence, "parts": [asdict(part) for part in self.parts]}


def read_health(settings: Settings) -> Health:
    """Ask every server and process of this machine; starts nothing and waits two seconds at most each."""
    run_file = RunFile(settings.data_dir)
    up = run_file.is_held()
    children = run_file.children() if up else []
    parts = [*_servers(settings)]
    for child in children:
        state = "ok" if child.pid else "down"
        if child.pid and child.address:
            state = "ok" if _answers(child.address) else "starting"
        parts.append(Part(child.name, state, child.pid or None, child.address, child.restarts))
    return Health(tuple(parts), up)


def database_answers(url: str) -> bool:
    """Whether PostgreSQL executes a statement."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE_S) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def queue_answers(url: str) -> bool:
    """Whether Valkey answers a ping."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _servers(settings: Settings) -> list[Part]:
    services = EmbeddedServices(settings.data_dir)
    status = services.status()
    pids = (status.postgres_pid, status.valkey_pid)
    urls = services.urls() if any(pids) else None
    database = settings.database_url or (urls.database_url if urls and pids[0] else "")
    queue = settings.redis_url or (urls.redis_url if urls and pids[1] else "")
    return [
        _server("postgres", database, bool(database and database_answers(database)), pids[0]),
        _server("valkey", queue, bool(queue and queue_answers(queue)), pids[1]),
    ]


def _server(name: str, url: str, answers: bool, pid: int | None) -> Part:
    state = "off" if not url else "ok" if answers else "down"
    return Part(name, state, pid, _without_password(url))


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    return f"{scheme}{separator}{user}{':***' if colon else ''}{at}{place}"


def _answers(address: str) -> bool:
    try:
        return httpx.get(address + "/", timeout=PATIENCE_S).status_code < 500
    except httpx.HTTPError:
        return False
