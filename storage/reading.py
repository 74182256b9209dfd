"""The book out of PostgreSQL as columns: Arrow over ADBC, coded for the engine, joined by position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storage.planned import execute

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Frame:
    """A query's result as NumPy columns; ``known`` holds masks only of columns with nulls."""

    size: int
    columns: Columns
    known: Mapping[str, NDArray[np.bool_]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def by_id(self) -> "Frame":
        """The same rows in ascending order of ``id``: PostgreSQL gives rows in whatever order they lie.

        What is decided must not hang on that: ties and message ids follow the order of the rows.
        """
        ids = self.columns["id"]
        if np.all(ids[1:] > ids[:-1]):
            return self
        order = np.argsort(ids, kind="stable")
        return Frame(
            self.size,
            {name: column[order] for name, column in self.columns.items()},
            {name: mask[order] for name, mask in self.known.items()},
        )


@dataclass(frozen=True)
class Selection:
    """Which accounts an evaluation reads: a range of person shards, or some accounts by id.

    ``newest_account_id`` leaves out accounts that came in after a run was opened: they are tomorrow's.
    """

    portfolio_id: int
    first_shard: int = 0
    last_shard: int = 255
    account_ids: tuple[int, ...] | None = None
    newest_account_id: int | None = None

    def of_accounts(self, table: str, *, everyone: bool = False) -> str:
        """The SQL condition on a table with ``portfolio_id``, ``shard`` and an account id column.

        ``everyone`` also takes in the accounts that came in after the run was opened.
        """
        if self.account_ids is None:
            known = ""
            if table == "account" and self.newest_account_id is not None and not everyone:
                known = f" AND account.id <= {self.newest_account_id}"
            return f"{table}.portfolio_id = {self.portfolio_id} AND {self.of_shard(table)}{known}"
        column = "id" if table == "account" else "account_id"
        return f"{table}.{column} = ANY('{{{','.join(map(str, self.account_ids))}}}'::bigint[])"

    def of_shard(self, table: str) -> str:
        """The SQL condition on a table that has only ``shard``."""
        return f"{table}.shard BETWEEN {self.first_shard} AND {self.last_shard}"

    def of_persons(self, table: str, column: str = "id") -> str:
        """The SQL condition on a table of persons."""
        if self.account_ids is None:
            return self.of_shard(table)
        return f"{table}.{column} IN (SELECT person_id FROM account WHERE {self.of_accounts('account')})"


def fetch(connection: adbc.Connection, query: str) -> Frame:
    """Run a query and hand back its columns: dates ``int32`` days, instants ``int64`` microseconds."""
    with connection.cursor() as cursor:
        execute(connection, cursor, query)
        table = cursor.fetch_arrow_table()
    columns: dict[str, NDArray[Any]] = {}
    known: dict[str, NDArray[np.bool_]] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        values, mask = _to_numpy(column)
        columns[name] = values
        if mask is not None:
            known[name] = mask
    return Frame(table.num_rows, columns, known)


def positions(of: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each id stands in ``among`` (any order); -1 for ids that are not there."""
    if not len(among):
        return np.full(len(of), -1, np.int64)
    order = np.argsort(among, kind="stable")
    found = np.searchsorted(among[order], of)
    found[found == len(among)] = 0
    at = order[found]
    return np.where(among[at] == of, at, -1)


def select(columns: Sequence[str], source: str, where: str) -> str:
    """A plain SELECT; names come from the code, never from a user."""
    return f"SELECT {', '.join(columns)} FROM {source} WHERE {where}"


def _to_numpy(column: pa.ChunkedArray) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if pa.types.is_date32(array.type):
        array = array.cast(pa.int32())
    elif pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us")).cast(pa.int64())
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return np.array(array.to_pylist(), dtype=object), None
    mask = None
    if array.null_count:
        mask = array.is_valid().to_numpy(zero_copy_only=False)
        array = array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    return array.to_numpy(zero_copy_only=False), mask
