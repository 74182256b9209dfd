"""Migrations: up from nothing, down one step and up again, and equal to the tables the code declares."""

from datetime import date

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, pool
from sqlmodel import SQLModel

import storage.tables  # noqa: F401  registers the metadata
from storage import partitions
from storage.database import downgrade, upgrade


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows} - {"alembic_version"}


def columns(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        return set(
            connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            ).fetchall()
        )


def test_an_empty_database_is_brought_up_down_one_step_and_up_again(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    newest = columns(empty_database_url)
    assert {"account", "enrolment", "message", "run"} <= tables(empty_database_url)
    downgrade(empty_database_url)
    assert columns(empty_database_url) < newest
    upgrade(empty_database_url)
    assert columns(empty_database_url) == newest


def test_the_tables_are_those_the_code_declares(database_url: str) -> None:
    dialect = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(dialect, poolclass=pool.NullPool).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


def test_month_partitions_are_made_once_and_dropped_by_whole_months(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        partitions.ensure(connection, date(2026, 11, 13))
        partitions.ensure(connection, date(2026, 11, 14))
        assert "message_2026_11" in tables_seen(connection)
        dropped = partitions.drop_before(connection, date(2026, 11, 30), {"message", "slot"})
        assert dropped and all(name.endswith("2026_10") for name in dropped)
        assert "message_2026_11" in tables_seen(connection)


def tables_seen(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')").fetchall()
    return {name for (name,) in rows}
