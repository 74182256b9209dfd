"""The physical floor of a run: the same columns out, the same rows in, the same snapshot; nothing decided."""

import hashlib
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import polars as pl
import psycopg
from psycopg import sql

from benchmarks.timing import cpu_s
from storage import runs, snapshots
from storage.database import Database
from storage.reading import Selection
from storage.shard_tables import Base, ShardTables, pack

WRITTEN = (
    "account", "enrolment", "message", "message_item", "slot", "verdict", "effect", "exposure", "passage",
    "close_figure",
)  # fmt: skip
"""Tables a run writes."""


@dataclass(frozen=True)
class Shard:
    """One shard of the floor: what the run read and the rows it wrote, as they lie in files."""

    url: str
    selection: Selection
    earlier: tuple[str, str] | None
    columns: dict[str, list[str]]
    rows: Path
    scratch: Path


def measure(
    database: Database, run_id: int, since: int, scratch: Path, processes: int, postgres_pid: int
) -> tuple[float, float]:
    """The median of three floors by as many processes as the run had: seconds, and processor seconds.

    ``since`` is the oldest transaction under way when the run began: rows of that one or a younger one
    are the rows the run wrote.
    """
    shards = _shards(database, run_id, since, scratch)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(_warm, range(processes * 2)))
        floors = [_once(pool, database, shards, (os.getpid(), postgres_pid)) for _ in range(3)]
        return median(floor_s for floor_s, _ in floors), median(used for _, used in floors)


def _once(
    pool: ProcessPoolExecutor, database: Database, shards: Sequence[Shard], ours: Sequence[int]
) -> tuple[float, float]:
    with database.connection(autocommit=True) as connection:
        _empty_tables(connection)
        connection.execute("CHECKPOINT")
    used, began = cpu_s(ours), time.perf_counter()
    list(pool.map(_work, shards))
    return time.perf_counter() - began, cpu_s(ours) - used


def _warm(_: int) -> None:
    time.sleep(0.2)


def _empty_tables(connection: psycopg.Connection) -> None:
    connection.execute("DROP SCHEMA IF EXISTS floor CASCADE")
    connection.execute("CREATE SCHEMA floor")
    for table in WRITTEN:
        filled = connection.execute(
            "SELECT coalesce(reloptions, '{}') FROM pg_class WHERE oid = %s::regclass", [table]
        ).fetchall()[0][0]
        options = sql.SQL(f" WITH ({', '.join(filled)})" if filled else "")
        name = sql.Identifier(table)
        connection.execute(
            sql.SQL("CREATE TABLE floor.{} (LIKE public.{} INCLUDING ALL){}").format(name, name, options)
        )


def _work(shard: Shard) -> None:
    """One shard: read, snapshot, write."""
    with Database(shard.url).columnar() as connection:
        base = None if shard.earlier is None else snapshots.load_base(snapshots.Snapshot(*shard.earlier))
        tables = ShardTables(connection, shard.selection, base)
        for table, columns in shard.columns.items():
            tables.fetch(table, columns)
    _snapshot(tables.base(), shard.scratch)
    with Database(shard.url).connection() as connection:
        for table in WRITTEN:
            rows = shard.rows / f"{table}.csv"
            if rows.exists():
                target = sql.SQL("COPY floor.{} FROM STDIN (FORMAT csv)").format(sql.Identifier(table))
                with connection.cursor().copy(target) as copy:
                    copy.write(rows.read_bytes())


def _snapshot(base: Base, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for table, frame in base.frames.items():
        content = pack(frame)
        hashlib.sha256(content).hexdigest()
        (folder / f"base.{table}.arrow").write_bytes(content)
        pl.DataFrame(dict(frame.columns)).write_parquet(folder / f"{table}.parquet", compression="lz4")


def _shards(database: Database, run_id: int, since: int, scratch: Path) -> list[Shard]:
    """The shards of the run, with the rows they wrote put down as files."""
    found = []
    with database.connection() as connection:
        portfolio_id, count = connection.execute(
            "SELECT portfolio_id, shards FROM run WHERE id = %s", [run_id]
        ).fetchall()[0]
        done = connection.execute(
            "SELECT shard, snapshot, snapshot_hash FROM run_shard WHERE run_id = %s", [run_id]
        ).fetchall()
        for shard, url, sha256 in done:
            folder = scratch / "rows" / str(shard)
            folder.mkdir(parents=True, exist_ok=True)
            first, last = runs.shard_range(shard, count)
            _put_down(connection, folder, since, first, last, shard)
            meta = snapshots.load(snapshots.Snapshot(url, sha256))["meta"]
            found.append(
                Shard(
                    database.url,
                    Selection(portfolio_id, first, last),
                    _used_base(connection, run_id, shard),
                    meta["base"]["columns"],
                    folder,
                    scratch / "snapshots" / str(shard),
                )
            )
    return found


def _used_base(connection: psycopg.Connection, run_id: int, shard: int) -> tuple[str, str] | None:
    earlier = runs.earlier_snapshot(connection, run_id, shard)
    if earlier is None or not Path(earlier[0]).exists():
        return None
    return earlier


_OF_PERSON = "{}.person_id IN (SELECT id FROM person WHERE shard BETWEEN %s AND %s)"
_OF_ACCOUNT = "{}.account_id IN (SELECT id FROM account WHERE shard BETWEEN %s AND %s)"
_OF_SHARD = "{}.shard BETWEEN %s AND %s"
_RANGE = {
    "account": _OF_SHARD, "enrolment": _OF_SHARD, "message": _OF_SHARD, "message_item": _OF_ACCOUNT,
    "slot": _OF_PERSON, "verdict": _OF_ACCOUNT, "effect": _OF_ACCOUNT, "exposure": _OF_PERSON,
}  # fmt: skip


def _put_down(
    connection: psycopg.Connection, folder: Path, since: int, first: int, last: int, shard: int
) -> None:
    for table in WRITTEN:
        if table in _RANGE:
            where, bounds = _RANGE[table].format(table), [first, last]
        else:
            where, bounds = "shard BETWEEN %s AND %s", [shard, shard]
        query = f"SELECT * FROM {table} WHERE {where} AND age({table}.xmin) <= age('{since}'::xid)"
        with connection.cursor().copy(f"COPY ({query % tuple(bounds)}) TO STDOUT (FORMAT csv)") as copy:
            content = b"".join(bytes(block) for block in copy)
        if content:
            (folder / f"{table}.csv").write_bytes(content)
