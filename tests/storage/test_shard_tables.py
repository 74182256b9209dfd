"""Yesterday's rows plus those written since are the rows of today, whatever writers do meanwhile."""

import random
import threading
import time
from collections.abc import Iterator

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import polars as pl
import psycopg
import pytest

from storage.reading import Frame, Selection
from storage.shard_tables import Base, ShardTables, Watermark, pack, unpack

ROWS = 400
ACCOUNT = ["id", "person_id", "amount_to_cure", "minimum_payment", "effective_due_on", "dispute_open"]
PERSON = ["id", "risk_score", "stops"]
ENROLMENT = ["id", "account_id", "node", "state", "due_on", "revision"]
SHARDS = Selection(portfolio_id=1, first_shard=0, last_shard=9)

CHANGES = (
    "UPDATE account SET amount_to_cure = amount_to_cure + 1 WHERE id = %s",
    "UPDATE account SET minimum_payment = nullif(coalesce(minimum_payment, 0), 7) WHERE id = %s",
    "UPDATE person SET risk_score = coalesce(risk_score, 0) + 1 WHERE id = %s",
    "UPDATE enrolment SET state = (state + 1) %% 6, due_on = NULL WHERE id = %s",
    "UPDATE enrolment SET node = node + 1, due_on = '2026-11-20' WHERE id = %s",
)


@pytest.fixture
def book_url(database_url: str) -> str:
    """As many persons, accounts and enrolments, in twelve shards."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO person (identity_index, shard, name, place_id)"
            " SELECT int8send(n), n %% 12, 'Ana', 1 FROM generate_series(1, %s) n",
            [ROWS],
        )
        connection.execute(
            "INSERT INTO account (portfolio_id, creditor_id, person_id, shard, number, effective_due_on)"
            " SELECT 1, 1, id, shard, id::text, '2026-11-01' FROM person"
        )
        connection.execute(
            "INSERT INTO enrolment (account_id, person_id, portfolio_id, shard, strategy_id, version_id,"
            " node, state, entered_on, arrived_on, anchor_at) SELECT id, person_id, 1, shard, 1, 1, 1, 1,"
            " '2026-11-01', '2026-11-01', now() FROM account"
        )
    _wait_until_settled(database_url)
    return database_url


def _wait_until_settled(url: str) -> None:
    """Until no transaction of the whole server is older than what the book was written by.

    Tests beside this one share the server, and a base counts everything since the oldest as changed.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        ((written,),) = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchall()
        for _ in range(600):
            query = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            if connection.execute(query).fetchall()[0][0] > written:
                return
            time.sleep(0.05)
    raise AssertionError("a transaction beside this test does not end")


@pytest.fixture
def writers(book_url: str) -> Iterator[threading.Event]:
    """Three writers whose transactions overlap: long and short, with savepoints, some taken back."""
    stop = threading.Event()
    threads = [threading.Thread(target=_write, args=(book_url, seed, stop)) for seed in range(3)]
    for thread in threads:
        thread.start()
    yield stop
    stop.set()
    for thread in threads:
        thread.join()


def test_base_and_changes_are_a_full_read_while_others_write(book_url: str, writers: threading.Event) -> None:
    base = None
    for _ in range(25):
        with adbc.connect(book_url) as connection:
            with connection.cursor() as cursor:  # both reads see one state of the database
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            merged, full = ShardTables(connection, SHARDS, base), ShardTables(connection, SHARDS)
            assert _read(merged) == _read(full)
        # The base of the next round is read statement by statement, as a run does.
        with adbc.connect(book_url) as connection:
            tables = ShardTables(connection, SHARDS, base)
            _read(tables)
            base = _through_files(tables.base())


def test_only_what_changed_is_read_again(book_url: str) -> None:
    base = _base(book_url)
    with psycopg.connect(book_url) as connection:
        connection.execute("UPDATE account SET amount_to_cure = 7 WHERE shard = 3")
    poisoned = Base(base.watermark, base.columns, {**base.frames, "person": _marked(base.frames["person"])})
    with adbc.connect(book_url) as connection:
        tables = ShardTables(connection, SHARDS, poisoned)
        accounts, persons = tables.fetch("account", ACCOUNT), tables.fetch("person", PERSON)
    assert (persons["risk_score"] == -1).all()
    assert sorted(set(accounts["amount_to_cure"].tolist())) == [0, 7]


def test_a_row_written_by_a_transaction_that_was_open_at_the_read_is_read_again(book_url: str) -> None:
    with psycopg.connect(book_url) as slow:
        slow.execute("UPDATE account SET amount_to_cure = 99 WHERE shard = 4")
        base = _base(book_url)
    with adbc.connect(book_url) as connection:
        accounts = ShardTables(connection, SHARDS, base).fetch("account", ACCOUNT)
    assert 99 in accounts["amount_to_cure"]


def test_accounts_that_came_in_during_a_run_are_in_the_next(book_url: str) -> None:
    during = Selection(1, 0, 9, newest_account_id=ROWS // 2)
    with adbc.connect(book_url) as connection:
        tables = ShardTables(connection, during)
        assert tables.fetch("account", ACCOUNT)["id"].max() <= ROWS // 2
        base = tables.base()
    with adbc.connect(book_url) as connection:
        full = ShardTables(connection, SHARDS).fetch("account", ACCOUNT)
        assert ShardTables(connection, SHARDS, base).fetch("account", ACCOUNT).size == full.size


@pytest.mark.parametrize("of", ["another cluster", "long ago", "the future", "fewer columns"])
def test_a_base_that_does_not_fit_is_not_used(book_url: str, of: str) -> None:
    base = _base(book_url)
    mark = base.watermark
    strange = {
        "another cluster": Watermark(mark.cluster + 1, mark.transaction),
        "long ago": Watermark(mark.cluster, mark.transaction - (1 << 31)),
        "the future": Watermark(mark.cluster, mark.transaction + 1_000_000),
    }.get(of, mark)
    columns = {**base.columns, "person": ("id",)} if of == "fewer columns" else base.columns
    frames = {**base.frames, "person": _marked(base.frames["person"])}
    with adbc.connect(book_url) as connection:
        persons = ShardTables(connection, SHARDS, Base(strange, columns, frames)).fetch("person", PERSON)
    assert not (persons["risk_score"] == -1).any()


def _write(url: str, seed: int, stop: threading.Event) -> None:
    chance = random.Random(seed)
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.is_set():
            try:
                with connection.transaction():
                    for _ in range(chance.randint(1, 12)):
                        with connection.transaction(force_rollback=chance.random() < 0.2):
                            connection.execute(chance.choice(CHANGES), [chance.randint(1, ROWS)])
                    if chance.random() < 0.2:
                        raise psycopg.Rollback
            except psycopg.errors.DeadlockDetected:
                continue


def _base(url: str) -> Base:
    with adbc.connect(url) as connection:
        tables = ShardTables(connection, SHARDS)
        _read(tables)
        return tables.base()


def _read(tables: ShardTables) -> list[list[tuple[object, ...]]]:
    """Every row of the three tables, in the order of their ids."""
    wanted = (("account", ACCOUNT), ("person", PERSON), ("enrolment", ENROLMENT))
    return [_rows(tables.fetch(table, columns)) for table, columns in wanted]


def _rows(frame: Frame) -> list[tuple[object, ...]]:
    table = pl.DataFrame({name: frame.columns[name] for name in sorted(frame.columns)}).with_columns(
        pl.when(pl.Series(mask)).then(pl.col(name)).alias(name) for name, mask in frame.known.items()
    )
    return table.sort("id").rows()


def _through_files(base: Base) -> Base:
    frames = {table: unpack(pack(frame)) for table, frame in base.frames.items()}
    return Base(base.watermark, base.columns, frames)


def _marked(frame: Frame) -> Frame:
    """The frame with a risk score no database has."""
    return Frame(frame.size, {**frame.columns, "risk_score": np.full(frame.size, -1, np.int32)}, {})
