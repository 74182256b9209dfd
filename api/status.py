"""What runs and whether it answers: for `cadencia status`, /health and the metrics."""

from dataclasses import asdict, dataclass

import httpx
import psycopg
import redis

from api.run_file import RunFile
from api.settings import Settings
from storage import events, faults, timers
from storage.embedded import EmbeddedServices
from storage.outbox import settled

PATIENCE_S = 2
KINDS = (events.WORK, settled.WORK, timers.WORK)
"""The kinds of work that can be set aside."""


@dataclass(frozen=True)
class Part:
    """One server or process: its state is ``ok``, ``starting``, ``down`` or ``off`` (not meant to run)."""

    name: str
    state: str
    pid: int | None = None
    address: str = ""
    restarts: int = 0


@dataclass(frozen=True)
class SetAside:
    """Work that raised time and again and waits for a person: its kind, key and what it raised."""

    work: str
    key: str
    account_id: int | None
    reason: str


@dataclass(frozen=True)
class Health:
    """The whole service; ``set_aside`` are the newest of ``set_aside_count`` pieces of work."""

    parts: tuple[Part, ...]
    up: bool
    set_aside: tuple[SetAside, ...] = ()
    set_aside_count: int = 0

    @property
    def sentence(self) -> str:
        """What a person wants to know first."""
        ill = [part.name for part in self.parts if part.state in ("down", "starting")]
        if not self.up:
            return "Cadencia is not up here. Start it with `cadencia up`."
        if self.set_aside_count:
            ill.append(f"{self.set_aside_count} set aside")
        return f"Cadencia is up, but not well: {', '.join(ill)}." if ill else "Cadencia is up and well."

    def document(self) -> dict[str, object]:
        """The same as JSON."""
        return {
            "up": self.up,
            "sentence": self.sentence,
            "parts": [asdict(part) for part in self.parts],
            "set_aside": {
                "count": self.set_aside_count,
                "newest": [asdict(one) for one in self.set_aside],
            },
        }


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
    answers = any(part.name == "postgres" and part.state == "ok" for part in parts)
    newest, count = read_set_aside(_urls(settings)[0]) if answers else ((), 0)
    return Health(tuple(parts), up, newest, count)


def count_set_aside(url: str) -> dict[str, int]:
    """How much work of each kind is set aside, noughts included; empty where the tables are not there yet."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE_S) as connection:
            return dict.fromkeys(KINDS, 0) | faults.counts(connection)
    except psycopg.Error:
        return {}


def read_set_aside(url: str, most: int = 5) -> tuple[tuple[SetAside, ...], int]:
    """The newest work set aside and how much there is; none where the tables are not there yet."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE_S) as connection:
            newest = tuple(SetAside(*row) for row in faults.newest_set_aside(connection, most))
            return newest, sum(faults.counts(connection).values())
    except psycopg.Error:
        return (), 0


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
    status = EmbeddedServices(settings.data_dir).status()
    database, queue = _urls(settings)
    return [
        _server("postgres", database, bool(database and database_answers(database)), status.postgres_pid),
        _server("valkey", queue, bool(queue and queue_answers(queue)), status.valkey_pid),
    ]


def _urls(settings: Settings) -> tuple[str, str]:
    """Where the database and the queue are; empty for a server that is not meant to run here."""
    services = EmbeddedServices(settings.data_dir)
    status = services.status()
    pids = (status.postgres_pid, status.valkey_pid)
    urls = services.urls() if any(pids) else None
    database = settings.database_url or (urls.database_url if urls and pids[0] else "")
    queue = settings.redis_url or (urls.redis_url if urls and pids[1] else "")
    return database, queue


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
