"""Connections lent again and again, and queries planned once, answer as fresh ones would."""

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pytest

from storage.planned import plan_once
from storage.reading import fetch
from storage.shared_database import SharedDatabase


def backend(connection: psycopg.Connection) -> int:
    return connection.info.backend_pid


def test_a_connection_is_lent_again_and_what_was_refused_is_undone(database_url: str) -> None:
    database = SharedDatabase(database_url)
    with database.connection() as connection:
        first = backend(connection)
        connection.execute("CREATE TABLE told (n int)")
    with pytest.raises(LookupError), database.connection() as connection:
        connection.execute("INSERT INTO told VALUES (1)")
        raise LookupError
    with database.connection() as connection:
        assert backend(connection) == first
        assert connection.execute("SELECT count(*) FROM told").fetchone() == (0,)
    database.close()


def test_two_at_once_have_a_connection_each(database_url: str) -> None:
    database = SharedDatabase(database_url)
    with database.connection() as one, database.connection() as other:
        assert backend(one) != backend(other)
    database.close()


def test_a_connection_lost_while_idle_is_not_lent(database_url: str) -> None:
    database = SharedDatabase(database_url)
    with database.connection() as connection:
        first = backend(connection)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    with database.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert backend(connection) != first
    database.close()


def test_a_query_planned_once_answers_for_other_ids_and_later_rows(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as writer, adbc.connect(database_url) as connection:
        writer.execute("CREATE TABLE told (id bigint, word text, at date)")
        writer.execute("INSERT INTO told VALUES (1, 'uno', '2026-11-13'), (2, 'dos', NULL)")
        plan_once(connection)
        query = "SELECT id, word, at FROM told WHERE id = ANY('{%s}'::bigint[]) ORDER BY id"
        assert list(fetch(connection, query % "1")["word"]) == ["uno"]
        writer.execute("INSERT INTO told VALUES (3, 'tres', '2026-11-14')")
        connection.rollback()
        both = fetch(connection, query % "2,3")
        assert (list(both["word"]), list(both.known["at"])) == (["dos", "tres"], [False, True])
        planned = fetch(connection, "SELECT count(*) AS n FROM pg_prepared_statements WHERE name ~ 'planned'")
        assert planned["n"][0] == 2
