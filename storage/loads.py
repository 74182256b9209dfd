"""What was loaded into a portfolio's book, and what of it was refused."""

from typing import Any

import psycopg
from psycopg.rows import dict_row


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
        return cursor.execute(
            """SELECT r.id, r.line, r.column_name AS "column", r.value, r.reason
               FROM refusal r JOIN load l ON l.id = r.load_id
               WHERE l.portfolio_id = %s AND l.id = %s AND r.id > %s ORDER BY r.id LIMIT %s""",
            [portfolio_id, load_id, after, most],
        ).fetchall()
