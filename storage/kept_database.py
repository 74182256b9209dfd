"""A database whose connections stay open from one use to the next, for a process that works alone.

Opening one costs a shard of the daily run more than it seems: a process of the server that has looked
up no table yet, and for columns all the types the database knows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import adbc_driver_postgresql.dbapi as adbc
import psycopg

from storage.database import Database


@dataclass
class _Kept:
    """The connections, once they were needed; ``lent`` while the one for rows is in use."""

    rows: psycopg.Connection | None = None
    columns: adbc.Connection | None = None
    lent: bool = False


@dataclass(frozen=True)
class KeptDatabase(Database):
    """Not for threads. ``close`` gives the connections back; after a trouble they are opened anew."""

    _kept: _Kept = field(default_factory=_Kept, compare=False, repr=False)

    @contextmanager
    def connection(self, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
        """The kept connection, committed at the end of its use; another one while that is lent."""
        kept = self._kept
        if autocommit or kept.lent:
            with super().connection(autocommit=autocommit) as connection:
                yield connection
            return
        if kept.rows is None:
            kept.rows = self.open()
            kept.rows.prepare_threshold = None  # statements about tables that live for one transaction
        kept.lent = True
        try:
            with self.explained():
                yield kept.rows
                kept.rows.commit()
        except BaseException:
            kept.rows.close()  # whatever it was in the middle of ends with it
            kept.rows = None
            raise
        finally:
            kept.lent = False

    @contextmanager
    def columnar(self) -> Iterator[adbc.Connection]:
        """The kept ADBC connection; what it read is let go at the end, so that it keeps no rows alive."""
        kept = self._kept
        kept.columns = kept.columns or adbc.connect(self.url)
        try:
            yield kept.columns
            kept.columns.rollback()
        except BaseException:
            kept.columns.close()
            kept.columns = None
            raise

    def close(self) -> None:
        """Close what is open."""
        kept, lent = self._kept, (self._kept.rows, self._kept.columns)
        kept.rows = kept.columns = None
        for connection in lent:
            if connection is not None:
                connection.close()
        super().close()
