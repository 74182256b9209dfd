"""What a portfolio knows already, for files that name accounts, people, creditors and mappings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg
from psycopg.types.json import Jsonb


@dataclass(frozen=True)
class PortfolioFacts:
    """A portfolio and what its files may leave out."""

    id: int
    country: str
    timezone: str
    settings: dict[str, object]


def portfolio_facts(connection: psycopg.Connection, portfolio_id: int) -> PortfolioFacts:
    """The country, zone and settings of a portfolio."""
    row = connection.execute(
        "SELECT id, country, timezone, settings FROM portfolio WHERE id = %s", [portfolio_id]
    ).fetchone()
    assert row is not None
    return PortfolioFacts(*row)


def creditors(connection: psycopg.Connection) -> pl.DataFrame:
    """All creditors: ``id``, ``key``, ``name``, ``currency``."""
    rows = connection.execute("SELECT id, key, name, reporting_currency FROM creditor ORDER BY id").fetchall()
    schema = {"id": pl.Int32, "key": pl.String, "name": pl.String, "currency": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def known_accounts(connection: psycopg.Connection, portfolio_id: int, numbers: Sequence[str]) -> pl.DataFrame:
    """The accounts of these numbers: ``account``, ``currency``, ``creditor_id``, ``identity_index``."""
    rows = connection.execute(
        "SELECT a.number, t.word, a.creditor_id, p.identity_index FROM account a"
        " JOIN person p ON p.id = a.person_id"
        " LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency"
        " WHERE a.portfolio_id = %s AND a.number = ANY(%s)",
        [portfolio_id, list(numbers)],
    ).fetchall()
    schema = {
        "account": pl.String,
        "currency": pl.String,
        "creditor_id": pl.Int32,
        "identity_index": pl.Binary,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def account_ids(connection: psycopg.Connection, portfolio_id: int, numbers: Sequence[str]) -> list[int]:
    """The ids of the portfolio's accounts of these numbers."""
    rows = connection.execute(
        "SELECT id FROM account WHERE portfolio_id = %s AND number = ANY(%s) ORDER BY id",
        [portfolio_id, list(numbers)],
    ).fetchall()
    return [account_id for (account_id,) in rows]


def known_payments(
    connection: psycopg.Connection, portfolio_id: int, references: Sequence[str]
) -> pl.DataFrame:
    """The payments of these references: ``source``, ``reference`` and ``identity_index`` of the person."""
    rows = connection.execute(
        "SELECT p.source, p.reference, o.identity_index FROM payment p"
        " JOIN account a ON a.id = p.account_id JOIN person o ON o.id = a.person_id"
        " WHERE a.portfolio_id = %s AND p.reference = ANY(%s)",
        [portfolio_id, list(references)],
    ).fetchall()
    schema = {"source": pl.String, "reference": pl.String, "identity_index": pl.Binary}
    return pl.DataFrame(rows, schema=schema, orient="row")


def known_people(connection: psycopg.Connection, identities: Sequence[bytes]) -> set[bytes]:
    """Which of these identity indexes the book has."""
    rows = connection.execute(
        "SELECT identity_index FROM person WHERE identity_index = ANY(%b::bytea[])", [list(identities)]
    ).fetchall()
    return {bytes(index) for (index,) in rows}


def accounts_of(connection: psycopg.Connection, identities: Sequence[bytes]) -> list[int]:
    """The ids of every account of these persons."""
    rows = connection.execute(
        "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id"
        " WHERE p.identity_index = ANY(%b::bytea[]) ORDER BY a.id",
        [list(identities)],
    ).fetchall()
    return [account_id for (account_id,) in rows]


def known_values(connection: psycopg.Connection, indexes: Sequence[bytes]) -> set[bytes]:
    """Which of these contact-point indexes the book has."""
    rows = connection.execute(
        "SELECT DISTINCT value_index FROM contact_point WHERE value_index = ANY(%b::bytea[])", [list(indexes)]
    ).fetchall()
    return {bytes(index) for (index,) in rows}


def newest_load(connection: psycopg.Connection, portfolio_id: int, kind: str) -> date | None:
    """The date of the newest accepted load of a kind."""
    row = connection.execute(
        "SELECT max(as_of) FROM load WHERE portfolio_id = %s AND kind = %s AND state = 'accepted'",
        [portfolio_id, kind],
    ).fetchone()
    return row[0] if row else None


def save_mapping(
    connection: psycopg.Connection, portfolio_id: int, name: str, body: dict[str, object]
) -> None:
    """Keep a column mapping of a portfolio under a name."""
    connection.execute(
        "INSERT INTO mapping (portfolio_id, name, body) VALUES (%s, %s, %s)"
        " ON CONFLICT (portfolio_id, name) DO UPDATE SET body = EXCLUDED.body",
        [portfolio_id, name, Jsonb(body)],
    )


def mappings(connection: psycopg.Connection, portfolio_id: int) -> dict[str, dict[str, object]]:
    """The saved mappings of a portfolio by name."""
    return dict(
        connection.execute(
            "SELECT name, body FROM mapping WHERE portfolio_id = %s ORDER BY name", [portfolio_id]
        ).fetchall()
    )
