"""The data folder: who holds it, where its sockets fit, and which system user owns its servers.

Two lock files carry the whole protocol, and the kernel drops both when a process dies, however it dies:

* ``start.lock`` is held exclusively while servers are being started or stopped;
* ``users.lock`` is held shared by every process that uses the servers. Who leaves and finds nobody
  else on it stops them: the last one out turns off the light.
"""

import fcntl
import hashlib
import logging
import os
import pwd
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from engine.errors import ServiceError

log = logging.getLogger(__name__)

LONGEST_SOCKET_PATH = 107
"""Bytes in ``sockaddr_un.sun_path`` on Linux, less the closing zero."""

LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"


@dataclass(frozen=True)
class Owner:
    """The system user the servers run as: ourselves, or ``nobody`` when we are root.

    PostgreSQL refuses to run as root, so under root its folders are handed to ``nobody``.
    """

    user: str
    uid: int
    gid: int
    borrowed: bool

    @classmethod
    def of_this_process(cls) -> "Owner":
        """Ourselves, unless we are root."""
        uid = os.geteuid()
        entry = pwd.getpwnam("nobody") if uid == 0 else None
        if entry is None:
            return cls(str(uid), uid, os.getegid(), borrowed=False)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, borrowed=True)

    def popen(self) -> dict[str, Any]:
        """Arguments of ``subprocess.run`` that make a command run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}

    def give(self, path: Path) -> None:
        """Make a folder this user's own and reachable from the root of the file system."""
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.borrowed:
            return
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)
        self.let_reach(path)

    def let_reach(self, path: Path) -> None:
        """Let a borrowed user pass through (never list) the folders above a path."""
        if not self.borrowed:
            return
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != self.uid:
                log.warning("letting %s pass through %s: PostgreSQL cannot run as root", self.user, folder)
                folder.chmod(mode | stat.S_IXOTH)


class DataFolder:
    """One folder of embedded data and the two locks on it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.owner = Owner.of_this_process()
        self._use: IO[bytes] | None = None

    def prepare(self) -> None:
        """Make the folder; ``ServiceError`` when it cannot be made or belongs to another user."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refused(f"the data folder cannot be made: {error.strerror}") from error
        if not os.access(self.path, os.W_OK):
            raise self._refused("the data folder belongs to another user")

    def _refused(self, message: str) -> ServiceError:
        hint = "name a folder of your own in CADENCIA_DATA_DIR"
        return ServiceError(message, code="service.data_folder", place=str(self.path), hint=hint)

    @contextmanager
    def starting(self, patience_s: float = 90.0) -> Iterator[None]:
        """Hold the right to start and stop servers; ``ServiceError`` when it stays taken too long."""
        self.prepare()
        give_up = time.monotonic() + patience_s
        with (self.path / "start.lock").open("ab") as file:
            while not _try_lock(file, fcntl.LOCK_EX):
                if time.monotonic() > give_up:
                    raise ServiceError(
                        f"another process has been starting or stopping the servers for {patience_s:.0f} s",
                        code="service.busy",
                        place=str(self.path),
                        hint="see what it waits for with `cadencia status`",
                    )
                time.sleep(0.05)
            yield

    def enter(self) -> None:
        """Count this process among the users. Call while ``starting``."""
        if self._use is None:
            self._use = (self.path / "users.lock").open("ab")
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop counting this process; true when nobody else uses the servers. Call while ``starting``."""
        if self._use is not None:
            self._use.close()
            self._use = None
        return not self._has_users()

    def in_use(self) -> bool:
        """Whether some process counts itself among the users, or is starting or stopping the servers."""
        if not (self.path / "users.lock").exists():
            return False
        with (self.path / "start.lock").open("ab") as start:
            return not _try_lock(start, fcntl.LOCK_EX) or self._has_users()

    def _has_users(self) -> bool:
        """Asked by trying the lock, so only while ``start.lock`` keeps everyone else from trying."""
        with (self.path / "users.lock").open("ab") as users:
            return not _try_lock(users, fcntl.LOCK_EX)

    def sockets(self) -> Path:
        """The folder for sockets: inside the data folder, or a short private one where that cannot be.

        It cannot when the path is too long, or holds a comma, at which libpq splits a host into two.
        A socket in a shared temporary folder could be laid by someone else: the short folder carries
        the user's number and a hash of the data folder, and is refused when another user owns it.
        """
        inside = self.path / "run"
        if len(os.fsencode(f"{inside}{LONGEST_SOCKET_NAME}")) <= LONGEST_SOCKET_PATH and "," not in str(
            inside
        ):
            self.owner.give(inside)
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        short = Path(tempfile.gettempdir()) / f"cadencia-{self.owner.uid}-{digest}"
        self.owner.give(short)
        if short.is_symlink() or short.stat().st_uid != self.owner.uid:
            raise self._refused(f"{short} belongs to another user")
        short.chmod(0o700)
        return short

    def tidy(self) -> None:
        """Remove the short folder of sockets, if there is one, once the servers are down."""
        if not _fits_a_socket(self.path / "run"):
            shutil.rmtree(self._short_folder(), ignore_errors=True)

    def _short_folder(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"cadencia-{self.owner.uid}-{digest}"


def _fits_a_socket(folder: Path) -> bool:
    length = len(os.fsencode(f"{folder}{LONGEST_SOCKET_NAME}"))
    return length <= LONGEST_SOCKET_PATH and "," not in str(folder)


def _try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def running_pid(pid_file: Path, program: str, home: Path) -> int | None:
    """The process a pid file names, if it still is that program working in that folder, else ``None``.

    A pid file outlives a killed server, and its number may by now be anybody's.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return pid if _is_working_in(pid, program, home) else None


def _is_working_in(pid: int, program: str, home: Path) -> bool:
    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        at_home = process.cwd().removesuffix(" (deleted)") == str(home)
        return bool(alive and at_home and process.name().startswith(program))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def end_processes(program: str, home: Path, signal_number: signal.Signals, patience_s: float = 10.0) -> None:
    """End every process of a server in its folder, by this signal first and by a kill when it is deaf.

    A dead process that its parent has not collected yet counts as gone.
    """
    give_up = time.monotonic() + patience_s
    sent: set[int] = set()
    while working := [pid for pid in psutil.pids() if _is_working_in(pid, program, home)]:
        deaf = time.monotonic() > give_up
        for pid in working:
            if deaf or pid not in sent:
                _signal(pid, signal.SIGKILL if deaf else signal_number)
                sent.add(pid)
        time.sleep(0.01)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
