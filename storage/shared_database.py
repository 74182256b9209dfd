"""A database whose connections are kept and lent to the threads of one process: a request opens none.

One that was lost while it lay idle (the server was started anew) is noticed before it is lent.
"""

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from storage.database import Database

MOST_IDLE = 8


@dataclass
class _Shelf:
    """Connections nobody uses at the moment, the last one given back on top."""

    idle: list[psycopg.Connection] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class SharedDatabase(Database):
    """Safe for threads, not for a fork. Sessions are lent as they are: what is set in one must be LOCAL."""

    _shelf: _Shelf = field(default_factory=_Shelf, compare=False, repr=False)

    @contextmanager
    def connection(self, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
        """A lent connection, committed at the end of its use; one that commits by itself is its own."""
        if autocommit:
            with super().connection(autocommit=True) as connection:
                yield connection
            return
        connection = self._take()
        try:
            with self.explained():
                yield connection
                connection.commit()
        except BaseException:
            with suppress(psycopg.Error):
                connection.rollback()
            raise
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close what lies idle."""
        with self._shelf.lock:
            idle, self._shelf.idle = self._shelf.idle, []
        for connection in idle:
            connection.close()
        super().close()

    def _take(self) -> psycopg.Connection:
        while True:
            with self._shelf.lock:
                connection = self._shelf.idle.pop() if self._shelf.idle else None
            if connection is None:
                return self.open()
            if not _was_lost(connection):
                return connection
            connection.close()

    def _give_back(self, connection: psycopg.Connection) -> None:
        usable = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        with self._shelf.lock:
            if usable and len(self._shelf.idle) < MOST_IDLE:
                self._shelf.idle.append(connection)
                return
        connection.close()


def _was_lost(connection: psycopg.Connection) -> bool:
    """Whether the server said something to a connection that asked nothing: only that it is over."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
