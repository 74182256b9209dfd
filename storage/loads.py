"""What was loaded into a portfolio's book, and what of it was refused."""

from typing import Any

import polars as pl
import psycopg
from psycopg.rows import dict_row

from storage.cells import open_or_erased
from storage.copying import copy_in
from storage.person_keys import ensure_keys, keys_of

_OWNER, _VALUE = b"refusal", "refusal:value"
"""Refused cells have one key of their own: a row that was refused belongs to no person."""


def list_loads(
    connection: psycopg.Connection, portfolio_id: int, before: int | None, most: int
) -> list[dict[str, Any]]:
    """Loads, the newest first, from before a number."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """SELECT id AS load, kind, scope, as_of, source, rows, accepted, changed, refused, state,
                      loaded_at
               FROM load
               WHERE portfolio_id = %(portfolio)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
               ORDER BY id DESC LIMIT %(most)s""",
            {"portfolio": portfolio_id, "before": before, "most": most},
        ).fetchall()


def list_refusals(
    connection: psycopg.Connection, portfolio_id: int, load_id: int, after: int, most: int
) -> list[dict[str, Any]]:
    """Refusals of one load of the portfolio, in their order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            """SELECT r.id, r.line, r.column_name AS "column", r.value, r.reason
               FROM refusal r JOIN load l ON l.id = r.load_id
               WHERE l.portfolio_id = %s AND l.id = %s AND r.id > %s ORDER BY r.id LIMIT %s""",
            [portfolio_id, load_id, after, most],
        ).fetchall()
    key = keys_of(connection, [_OWNER]).get(_OWNER)
    for row in found:
        row["value"] = open_or_erased(key, row["value"], _VALUE, str(row["line"]).encode())
    return found


def write_refusals(connection: psycopg.Connection, load_id: int, refusals: pl.DataFrame) -> None:
    """Keep the refusals of a load: ``line``, ``column_name``, ``value`` (kept encrypted), ``reason``."""
    if refusals.is_empty():
        return
    key = ensure_keys(connection, [_OWNER])[_OWNER]
    cells = [
        key.seal(value, _VALUE, str(line).encode())
        for line, value in zip(refusals["line"], refusals["value"].fill_null(""), strict=True)
    ]
    frame = refusals.with_columns(
        pl.Series("value", cells, dtype=pl.String),
        pl.col("column_name").fill_null(""),
        load_id=pl.lit(load_id, pl.Int64),
    )
    copy_in(connection, "refusal", frame)
