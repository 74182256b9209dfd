"""One database connection a long-lived process keeps, opened again after it was lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from engine.errors import ServiceError
from storage.database import Database

_BOUNDS = {"idle_in_transaction_session_timeout": "5s", "lock_timeout": "5s"}
"""A process that freezes inside a transaction loses it, and with it the rows others wait for."""

BY_KEY = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Every statement works on a few hundred rows by key: planned once (planning over the partitions costs
more than running), and never for tables that were small or empty at that moment."""

_OPTIONS = " ".join(f"-c {name}={value}" for name, value in (_BOUNDS | BY_KEY).items())


class HeldConnection:
    """Hands out transactions on one connection, one at a time.

    A lost connection, a deadlock or a full disk ends the transaction it served with ``ServiceError``;
    the next one connects afresh when it must. Whether a lost transaction was committed is then not
    known to the caller.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A transaction: committed at its end, rolled back on any error."""
        with self._lock:
            connection = self._open()
            try:
                with connection.transaction():
                    yield connection
            except psycopg.OperationalError as lost:
                if connection.broken or connection.closed:
                    self._drop()
                raise ServiceError("the database gave a transaction up", hint=_first_line(lost)) from lost

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._drop()

    def _open(self) -> psycopg.Connection:
        if self._connection is None:
            try:
                self._connection = psycopg.connect(self._database.url, autocommit=True, options=_OPTIONS)
            except psycopg.OperationalError as down:
                raise ServiceError("PostgreSQL cannot be reached", hint=_first_line(down)) from down
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
