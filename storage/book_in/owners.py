"""Creditors and portfolios by their key, and the loads that bring a portfolio its book."""

from datetime import date

import psycopg
from psycopg.types.json import Jsonb

from engine.errors import BookError


def save_creditor(connection: psycopg.Connection, key: str, **columns: object) -> int:
    """Make or update the creditor of a key; returns its id."""
    return _save(connection, "creditor", key, columns)


def save_portfolio(connection: psycopg.Connection, key: str, **columns: object) -> int:
    """Make or update the portfolio of a key; ``settings`` given are laid over those it has."""
    settings = columns.pop("settings", {})
    portfolio_id = _save(connection, "portfolio", key, columns)
    connection.execute(
        "UPDATE portfolio SET settings = settings || %s WHERE id = %s", [Jsonb(settings), portfolio_id]
    )
    return portfolio_id


def portfolio_id_of(connection: psycopg.Connection, key: str) -> int:
    """The id of a portfolio; ``BookError`` naming the known ones when there is none of that key."""
    rows: dict[str, int] = dict(connection.execute("SELECT key, id FROM portfolio ORDER BY key").fetchall())
    if key not in rows:
        known = ", ".join(rows) or "no hay ninguno todavía"
        raise BookError(
            f"no existe el portafolio «{key}»",
            code="portfolio.unknown",
            place=key,
            hint=f"portafolios: {known}",
        )
    return rows[key]


def creditor_ids(connection: psycopg.Connection) -> dict[str, int]:
    """The ids of all creditors by key."""
    return dict(connection.execute("SELECT key, id FROM creditor").fetchall())


def open_load(
    connection: psycopg.Connection,
    portfolio_id: int,
    *,
    kind: str,
    scope: str,
    as_of: date,
    source: str,
    content_hash: str,
) -> int:
    """Write down that a load begins; returns its id. It counts once :func:`close_load` has run."""
    row = connection.execute(
        "INSERT INTO load (portfolio_id, kind, scope, as_of, source, content_hash, state)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'open') RETURNING id",
        [portfolio_id, kind, scope, as_of, source, content_hash],
    ).fetchone()
    assert row is not None
    return int(row[0])


def close_load(connection: psycopg.Connection, load_id: int, **figures: object) -> None:
    """Record what a load brought: ``rows``, ``accepted``, ``changed``, ``refused``, ``totals``."""
    totals = Jsonb(figures.pop("totals", {}))
    values = {"state": "accepted", **figures, "totals": totals}
    assignments = ", ".join(f"{column} = %({column})s" for column in values)
    connection.execute(
        f"UPDATE load SET {assignments} WHERE id = %(load_id)s",
        {**values, "load_id": load_id},
    )


def _save(connection: psycopg.Connection, table: str, key: str, columns: dict[str, object]) -> int:
    values = {"key": key, **columns}
    listed = ", ".join(values)
    marks = ", ".join(f"%({column})s" for column in values)
    updates = ", ".join(f"{column} = EXCLUDED.{column}" for column in values)
    row = connection.execute(
        f"INSERT INTO {table} ({listed}) VALUES ({marks})"
        f" ON CONFLICT (key) DO UPDATE SET {updates} RETURNING id",
        values,
    ).fetchone()
    assert row is not None
    return int(row[0])
