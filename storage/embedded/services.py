"""Both servers of a data folder as one thing to start, share and stop."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.embedded.folder import DataFolder
from storage.embedded.postgres import Postgres
from storage.embedded.valkey import Valkey


@dataclass(frozen=True)
class ServiceUrls:
    """Where the two servers are reached."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class ServiceStatus:
    """What runs in a data folder: process numbers, or ``None`` for what does not run."""

    data_dir: Path
    postgres_pid: int | None
    valkey_pid: int | None
    in_use: bool


class EmbeddedServices:
    """PostgreSQL and Valkey in ``data_dir``, shared by every process that starts them there.

    The first ``start`` brings the servers up, later ones (of any process) adopt them; the last user
    to ``stop`` brings them down. A user that was killed counts as gone, so the servers it left
    running are adopted by the next start. ``durable=False`` trades safety on a power cut for speed,
    for tests only.
    """

    def __init__(self, data_dir: Path | str, *, durable: bool = True) -> None:
        self._folder = DataFolder(Path(data_dir))
        self._postgres = Postgres(self._folder, durable=durable)
        self._valkey = Valkey(self._folder)

    @property
    def data_dir(self) -> Path:
        """The folder, made absolute."""
        return self._folder.path

    def urls(self) -> ServiceUrls:
        """Where the servers are reached when they run."""
        return ServiceUrls(self._postgres.url(), self._valkey.url())

    def start(self) -> ServiceUrls:
        """Start or adopt both servers; ``ServiceError`` says which one will not run, and why."""
        with self._folder.starting():
            self._postgres.start()
            self._valkey.start()
            self._folder.enter()
        return self.urls()

    def stop(self, *, force: bool = False) -> bool:
        """Stop using the servers; true when they went down, which ``force`` does under any user."""
        if not self._folder.path.exists():
            return False
        with self._folder.starting():
            alone = self._folder.leave()
            if alone or force:
                self._valkey.stop()
                self._postgres.stop()
                self._folder.tidy()
        return alone or force

    def status(self) -> ServiceStatus:
        """What runs, without starting or waiting for anything."""
        return ServiceStatus(
            self._folder.path, self._postgres.pid(), self._valkey.pid(), self._folder.in_use()
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
