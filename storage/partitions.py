"""Month partitions: made ahead of need, dropped when their retention has passed."""

from collections.abc import Collection
from datetime import date, timedelta

import psycopg
from psycopg import sql

MONTHLY = {
    "message": "date",
    "item_attempt": "date",
    "slot": "date",
    "verdict": "date",
    "ledger": "timestamptz",
}
"""Partitioned tables and the type of their key."""


def months_around(day: date, ahead: int = 2) -> list[date]:
    """The first days of the month before ``day``, its own, and ``ahead`` more."""
    first = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    months = [first]
    for _ in range(ahead + 1):
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    return months


def ensure(connection: psycopg.Connection, day: date) -> None:
    """Make the partitions that a business date and the days around it need; does nothing twice."""
    months = months_around(day)
    if _are_there(connection, [f"{table}_{month:%Y_%m}" for month in months for table in MONTHLY]):
        return  # nearly always: nobody waits for anybody
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.partitions'))")
    for month in months:
        following = (month + timedelta(days=32)).replace(day=1)
        for table, kind in MONTHLY.items():
            suffix = " 00:00:00+00" if kind == "timestamptz" else ""
            connection.execute(
                sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})").format(
                    sql.Identifier(f"{table}_{month:%Y_%m}"),
                    sql.Identifier(table),
                    sql.Literal(f"{month}{suffix}"),
                    sql.Literal(f"{following}{suffix}"),
                )
            )


def _are_there(connection: psycopg.Connection, names: Collection[str]) -> bool:
    row = connection.execute(
        "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS wanted(name)",
        [list(names)],
    ).fetchone()
    return bool(row and row[0])


def drop_before(connection: psycopg.Connection, keep_from: date, tables: Collection[str]) -> list[str]:
    """Drop partitions of some tables whose whole month lies before ``keep_from``; returns their names."""
    limit = f"{keep_from:%Y_%m}"
    rows = connection.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = ANY(%s)",
        [sorted(tables)],
    ).fetchall()
    old = sorted(name for (name,) in rows if name[-7:] < limit)
    for name in old:
        connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
    return old
