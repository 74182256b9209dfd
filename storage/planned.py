"""Queries over columns, planned once: the lists of ids in them are parameters, the rest is their name.

For a connection that reads a few rows by key again and again. Planning over the partitions costs such a
query more than running it.
"""

import re
from weakref import WeakKeyDictionary

import adbc_driver_postgresql.dbapi as adbc

from storage.held_connection import BY_KEY

_IDS = re.compile(r"'(\{[\d,]*\})'::bigint\[\]")
_MOST = 500
_planned: "WeakKeyDictionary[adbc.Connection, dict[str, str]]" = WeakKeyDictionary()


def plan_once(connection: adbc.Connection) -> None:
    """From now on :func:`execute` plans each shape of query on this connection once."""
    with connection.cursor() as cursor:
        for name, value in BY_KEY.items():
            cursor.execute(f"SET {name} = {value}")
    connection.commit()
    _planned[connection] = {}


def execute(connection: adbc.Connection, cursor: adbc.Cursor, query: str) -> None:
    """Execute a query, planned anew unless its connection plans once."""
    names = _planned.get(connection)
    if names is None:
        cursor.execute(query)
        return
    shape, lists = _shape_of(query)
    if shape not in names:
        _prepare(cursor, names, shape, len(lists))
    given = ", ".join(f"'{ids}'" for ids in lists)
    # Rows are asked for one message each: COPY, which the driver prefers, cannot take a prepared query.
    cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
    cursor.execute(f"EXECUTE {names[shape]}({given})" if lists else f"EXECUTE {names[shape]}")


def _shape_of(query: str) -> tuple[str, list[str]]:
    """A query with numbered parameters for its lists of ids, and these.

    >>> _shape_of("SELECT 1 FROM t WHERE id = ANY('{1,2}'::bigint[])")
    ('SELECT 1 FROM t WHERE id = ANY($1)', ['{1,2}'])
    """
    lists: list[str] = []

    def parameter(found: re.Match[str]) -> str:
        if found[1] not in lists:
            lists.append(found[1])
        return f"${lists.index(found[1]) + 1}"

    return _IDS.sub(parameter, query), lists


def _prepare(cursor: adbc.Cursor, names: dict[str, str], shape: str, lists: int) -> None:
    if len(names) >= _MOST:
        cursor.execute("DEALLOCATE ALL")
        names.clear()
    name = f"planned_{len(names)}"
    types = f"({', '.join(['bigint[]'] * lists)})" if lists else ""
    cursor.execute(f"PREPARE {name}{types} AS {shape}")
    names[shape] = name
