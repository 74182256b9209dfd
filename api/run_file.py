"""Who runs `cadencia up` in a data folder, and with which processes: a lock and a JSON file beside it.

The lock tells the truth (the kernel drops it with its holder); the file only adds what to show.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import ServiceError


@dataclass(frozen=True)
class ChildRecord:
    """One child as it last started; ``pid`` is 0 while it waits to be started again."""

    name: str
    pid: int
    restarts: int
    address: str = ""


class RunFile:
    """The run of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "up.json"
        self._lock = data_dir / "up.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one `up` of this folder; ``ServiceError`` when there is one already."""
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise ServiceError(
                    f"Cadencia already runs here, as process {self.pid() or 'unknown'}",
                    code="service.already_up",
                    place=str(self._lock.parent),
                    hint="`cadencia status` shows it, `cadencia down` stops it",
                ) from taken
            self.write({})
            yield
            self._file.unlink(missing_ok=True)

    def is_held(self) -> bool:
        """Whether an `up` runs in this folder."""
        if not self._lock.exists():
            return False
        with self._lock.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def write(self, children: dict[str, ChildRecord]) -> None:
        """Note the processes; readers see the old file or the new one, never half of it."""
        document = {"pid": os.getpid(), "children": [asdict(child) for child in children.values()]}
        half = self._file.with_suffix(".half")
        half.write_text(json.dumps(document))
        half.replace(self._file)

    def pid(self) -> int | None:
        """The process that holds the run, as last noted."""
        found = self._read().get("pid")
        return found if isinstance(found, int) else None

    def children(self) -> list[ChildRecord]:
        """The children as last noted."""
        noted = self._read().get("children")
        return [ChildRecord(**child) for child in noted] if isinstance(noted, list) else []

    def _read(self) -> dict[str, object]:
        try:
            document: dict[str, object] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return document
