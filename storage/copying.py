"""Polars frames into PostgreSQL by COPY: into a table that is new to them, or into a staging table."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

_TYPES: Mapping[type[pl.DataType], str] = {
    pl.Int8: "smallint",
    pl.Int16: "smallint",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.UInt8: "smallint",
    pl.Boolean: "boolean",
    pl.String: "text",
    pl.Binary: "bytea",
    pl.Date: "date",
    pl.Datetime: "timestamptz",
}
_CHUNK = 1 << 20


def copy_in(connection: psycopg.Connection, table: str, frame: pl.DataFrame) -> int:
    """COPY a frame into the columns of its names; returns its rows.

    Nulls become NULL, instants must be UTC, binary becomes ``bytea``. Nothing is checked besides what
    the table itself checks.
    """
    if frame.is_empty():
        return 0
    target = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    with connection.cursor() as cursor, cursor.copy(target) as copy:
        for part in frame.iter_slices(100_000):
            text = memoryview(_csv(part))
            for start in range(0, len(text), _CHUNK):
                copy.write(text[start : start + _CHUNK])
    return frame.height


def copy_unless_there(
    connection: psycopg.Connection, table: str, frame: pl.DataFrame, types: Mapping[str, str] | None = None
) -> int:
    """Put in the rows whose key is not there yet; how many of them there were.

    Rows are nearly always new: they go in by one COPY, and only when one of them is there already
    does all of it go the long way, through a staging table. The caller is inside a transaction.
    """
    if frame.is_empty():
        return 0
    try:
        with connection.transaction():
            return copy_in(connection, table, frame)
    except psycopg.errors.UniqueViolation:
        stage(connection, f"new_{table}", frame, types, counted=False)
        columns = names(frame.columns)
        return connection.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING").format(
                sql.Identifier(table), columns, columns, sql.Identifier(f"new_{table}")
            )
        ).rowcount


def stage(
    connection: psycopg.Connection,
    name: str,
    frame: pl.DataFrame,
    types: Mapping[str, str] | None = None,
    *,
    counted: bool = True,
) -> None:
    """Put a frame into a temporary table of its own shape that ends with the transaction.

    ``types`` names PostgreSQL types that differ from the dtype's own, such as ``{"custom": "jsonb"}``.
    Without ``counted`` the planner has only the table's size to go by, which is enough for one join.
    """
    own = types or {}
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(own.get(column) or _TYPES[type(dtype)]))
        for column, dtype in frame.schema.items()
    )
    table = sql.Identifier(name)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    connection.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(table, columns))
    copy_in(connection, name, frame)
    if counted:
        connection.execute(sql.SQL("ANALYZE {}").format(table))


def new_ids(connection: psycopg.Connection, table: str, count: int) -> pl.Series:
    """``count`` fresh ascending ids of a table's identity column, taken from its sequence."""
    with connection.cursor(binary=True) as cursor:
        # The sequence is looked up once: asked for in every row, that alone takes minutes a million.
        cursor.execute(
            "SELECT string_agg(int8send(nextval(s.sequence)), '') FROM"
            " (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) s,"
            " generate_series(1, %s)",
            [table, count],
        )
        row = cursor.fetchone()
    octets = row[0] if row and row[0] else b""
    return pl.Series("id", np.frombuffer(octets, ">i8").astype(np.int64), dtype=pl.Int64).sort()


def names(columns: Sequence[str], prefix: str = "") -> sql.Composable:
    """A comma-separated list of quoted columns, each after ``prefix`` when one is given."""
    mark = sql.SQL(f"{prefix}.") if prefix else sql.SQL("")
    return sql.SQL(", ").join(sql.Composed([mark, sql.Identifier(column)]) for column in columns)


def _csv(frame: pl.DataFrame) -> bytes:
    binary = [name for name, dtype in frame.schema.items() if dtype == pl.Binary]
    instants = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    texts = frame.with_columns(
        *(pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name) for name in binary),
        *(pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00").alias(name) for name in instants),
    )
    # Text is always quoted, so an empty field is NULL and "" is the empty text.
    return texts.write_csv(quote_style="non_numeric", include_header=False).encode()
