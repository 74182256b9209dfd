"""Opens the database, brings its tables up to date and hands out connections and sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlmodel import Session

from engine.errors import ServiceError

_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Database:
    """One PostgreSQL database by URL: short sessions for rows, ADBC for columns, psycopg for COPY.

    Opening connects nowhere; every method opens what it needs, so a forked worker may hold one.
    """

    url: str

    def _engine(self) -> Engine:
        if self.url not in _ENGINES:
            dialect = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
            _ENGINES[self.url] = create_engine(dialect, pool_pre_ping=True, pool_size=4)
        return _ENGINES[self.url]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A unit of work: committed at its end, rolled back on any error."""
        with Session(self._engine(), expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def connection(self, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
        """A psycopg connection for COPY and set-based statements; committed at its end.

        ``ServiceError`` when there is no such database, or none of our tables in it.
        """
        with self.explained(), self.open(autocommit=autocommit) as connection:
            yield connection

    def open(self, *, autocommit: bool = False) -> psycopg.Connection:
        """A connection the caller closes; ``ServiceError`` when the database cannot be reached."""
        return _connect(self.url, autocommit=autocommit)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say ``ServiceError`` with its cure where PostgreSQL says that a table is missing."""
        try:
            yield
        except psycopg.errors.UndefinedTable as missing:
            raise ServiceError(
                f"the database lacks our tables: {str(missing).splitlines()[0]}",
                hint="cadencia migrate",
                code="service.tables",
            ) from missing

    @contextmanager
    def columnar(self) -> Iterator[adbc.Connection]:
        """An ADBC connection that reads Arrow."""
        with adbc.connect(self.url) as connection:
            yield connection

    def close(self) -> None:
        """Give pooled connections back; call before a fork and at the end of a process."""
        pooled = _ENGINES.pop(self.url, None)
        if pooled is not None:
            pooled.dispose()


_ENGINES: dict[str, Engine] = {}


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the tables to a revision (from nothing, too) under an advisory lock."""
    with _connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(hashtext('cadencia.migrations'))")
        command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str = "-1") -> None:
    """Take the tables one step (or to a revision) back."""
    command.downgrade(_config(url), revision)


def _connect(url: str, *, autocommit: bool) -> psycopg.Connection:
    """Connect, or say why not. An address that cannot be read is not repeated: it may hold a password."""
    try:
        return psycopg.connect(url, autocommit=autocommit)
    except psycopg.OperationalError as down:
        raise ServiceError("PostgreSQL cannot be reached", hint=str(down).splitlines()[0]) from down
    except psycopg.ProgrammingError as unreadable:
        raise ServiceError(
            "DATABASE_URL is not an address of PostgreSQL", hint="postgresql://user:password@host:5432/name"
        ) from unreadable


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config
