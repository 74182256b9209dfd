"""The wide tables of a shard: yesterday's rows as the run read them, plus the rows written since.

Every row version carries the transaction that wrote it (``xmin``, kept by PostgreSQL itself: no column,
no trigger, no index, so updates stay cheap). A read notes, before it begins, the oldest transaction
still under way. Whatever a later reader may see otherwise was written by that transaction or a younger
one: a row that is not younger is the row read then.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.vocabulary import EnrolmentState
from storage.reading import Frame, Selection, fetch, positions, select

_OLDEST = 1 << 30
"""Transaction numbers are compared on a circle of 2**32: a base this far behind is read no more."""

_GONE = {"enrolment": ("state", int(EnrolmentState.ENDED))}
"""Rows no evaluation asks for, by table: the column and its value."""


@dataclass(frozen=True)
class Watermark:
    """The oldest transaction under way when a read began, in one PostgreSQL cluster."""

    cluster: int
    transaction: int


@dataclass(frozen=True)
class Base:
    """What an earlier run read of its shards: frames by table, and the expressions their columns are."""

    watermark: Watermark
    columns: Mapping[str, Sequence[str]]
    frames: Mapping[str, Frame]


_UNKNOWN = Watermark(0, 0)


class ShardTables:
    """Reads ``account``, ``person`` and ``enrolment`` of one selection; ``read`` keeps what was read."""

    def __init__(self, connection: adbc.Connection, selection: Selection, base: Base | None = None) -> None:
        self.connection = connection
        self.selection = selection
        # Of accounts by id nothing is kept for a later run: there is no need to know when they were read.
        self.watermark = read_watermark(connection) if selection.account_ids is None else _UNKNOWN
        self.read: dict[str, tuple[tuple[str, ...], Frame]] = {}
        fits = base is not None and selection.account_ids is None and _reaches(base.watermark, self.watermark)
        self._base = base if fits else None

    def fetch(self, table: str, columns: Sequence[str]) -> Frame:
        """The rows of the selection; ``columns`` are expressions of the code, ``id`` among them."""
        base = self._base
        if base is not None and set(columns) <= set(base.columns.get(table, ())):
            changed = fetch(self.connection, select(columns, table, self._where(table) + self._since(table)))
            frame = _without(merge(base.frames[table], changed), table)
        else:
            frame = fetch(self.connection, select(columns, table, self._where(table) + _unless_gone(table)))
        self.read[table] = (tuple(columns), frame)
        newest = self.selection.newest_account_id
        if table != "account" or newest is None or self.selection.account_ids is not None:
            return frame
        return take(frame, frame["id"] <= newest)

    def base(self) -> Base:
        """What was read, for the run after this one."""
        return Base(
            self.watermark,
            {table: columns for table, (columns, _) in self.read.items()},
            {table: frame for table, (_, frame) in self.read.items()},
        )

    def _where(self, table: str) -> str:
        if table == "person":
            return self.selection.of_persons(table)
        # Accounts that came in while a run was under way are left out of it, never out of its base.
        return self.selection.of_accounts(table, everyone=True)

    def _since(self, table: str) -> str:
        assert self._base is not None  # asked for only with a base
        oldest = self._base.watermark.transaction % (1 << 32)
        return f" AND age({table}.xmin) <= (SELECT age('{oldest}'::xid))"


def read_watermark(connection: adbc.Connection) -> Watermark:
    """Where a read that begins now stands among the transactions."""
    row = fetch(
        connection,
        "SELECT system_identifier AS cluster, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest"
        " FROM pg_control_system()",
    )
    return Watermark(int(row["cluster"][0]), int(row["oldest"][0]))


def merge(base: Frame, changed: Frame) -> Frame:
    """The rows of ``base`` with those of ``changed`` in their place, and the new ones behind them.

    Rows are told apart by ``id``; the columns are those of ``changed``.

    >>> def frame(ids, values):
    ...     return Frame(len(ids), {"id": np.array(ids), "amount": np.array(values)}, {})
    >>> merge(frame([4, 7], [40, 70]), frame([9, 4], [90, 41]))["amount"].tolist()
    [41, 70, 90]
    """
    at = positions(changed["id"], base["id"])
    there, new = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
    columns, known = {}, {}
    for name, fresh in changed.columns.items():
        columns[name] = np.concatenate([base[name], fresh[new]])
        columns[name][at[there]] = fresh[there]
        if name in base.known or name in changed.known:
            mask = np.concatenate([_mask(base, name), _mask(changed, name)[new]])
            mask[at[there]] = _mask(changed, name)[there]
            known[name] = mask
    return Frame(base.size + len(new), columns, known)


def take(frame: Frame, rows: NDArray[np.bool_]) -> Frame:
    """The rows of a mask."""
    if rows.all():
        return frame
    return Frame(
        int(np.count_nonzero(rows)),
        {name: values[rows] for name, values in frame.columns.items()},
        {name: mask[rows] for name, mask in frame.known.items()},
    )


def pack(frame: Frame) -> bytes:
    """A frame as an Arrow file."""
    columns = {**frame.columns, **{f"known.{name}": mask for name, mask in frame.known.items()}}
    target = io.BytesIO()
    pl.DataFrame(columns).write_ipc(target, compression="lz4")
    return target.getvalue()


def unpack(content: bytes) -> Frame:
    """A frame out of the file :func:`pack` made."""
    table = pl.read_ipc(io.BytesIO(content))
    masks = [name for name in table.columns if name.startswith("known.")]
    return Frame(
        table.height,
        {name: table[name].to_numpy() for name in table.columns if name not in masks},
        {name.removeprefix("known."): table[name].to_numpy() for name in masks},
    )


def _reaches(base: Watermark, now: Watermark) -> bool:
    return base.cluster == now.cluster and 0 <= now.transaction - base.transaction < _OLDEST


def _unless_gone(table: str) -> str:
    if table not in _GONE:
        return ""
    column, gone = _GONE[table]
    return f" AND {table}.{column} <> {gone}"


def _without(frame: Frame, table: str) -> Frame:
    if table not in _GONE:
        return frame
    column, gone = _GONE[table]
    return take(frame, frame[column] != gone)


def _mask(frame: Frame, name: str) -> NDArray[np.bool_]:
    return frame.known.get(name, np.ones(frame.size, np.bool_))
