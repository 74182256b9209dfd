"""The demo's words as the codes and ids of a database: places, products, currencies, creditors."""

from dataclasses import replace

import polars as pl
import psycopg

from api.demo_book.book import DemoBook
from api.demo_book.places import COUNTRIES, MARKETS
from storage.book_in.owners import save_creditor, save_portfolio
from storage.book_in.places import place_ids
from storage.terms import codes


def save_owners(connection: psycopg.Connection, key: str, name: str, settings: dict[str, object]) -> int:
    """Make the demo's creditors, one in each country, and the portfolio; returns the portfolio's id."""
    for country in COUNTRIES:
        market = MARKETS[country]
        save_creditor(
            connection,
            market.creditor,
            name=market.creditor_name,
            country=country,
            reporting_currency=market.currency,
            holdout_share_bp=500,
            holdout_seed=f"holdout/{market.creditor}",
        )
    return save_portfolio(
        connection, key, name=name, country="MX", timezone="America/Mexico_City", settings=settings
    )


def with_codes(connection: psycopg.Connection, book: DemoBook, creditors: dict[str, int]) -> DemoBook:
    """The book with ``place_id``, term codes and ``creditor_id`` in place of words."""
    persons = _placed(connection, book.persons)
    method = codes(connection, "preferred_payment_method", _words(persons, "preferred_payment_method"))
    product = codes(connection, "product", _words(book.accounts, "product"))
    currency = codes(connection, "currency", _words(book.accounts, "currency"))
    accounts = book.accounts.with_columns(
        _coded("product", product),
        _coded("currency", currency),
        creditor_id=pl.col("creditor").replace_strict(creditors, return_dtype=pl.Int32),
    ).drop("creditor", "country")
    return replace(
        book, persons=persons.with_columns(_coded("preferred_payment_method", method)), accounts=accounts
    )


def _placed(connection: psycopg.Connection, persons: pl.DataFrame) -> pl.DataFrame:
    by_place = place_ids(connection, (p for code in COUNTRIES for p in MARKETS[code].places(code)))
    ids = {f"{country}-{part}": number for (country, part, _), number in by_place.items()}
    where = pl.concat_str("country", "subdivision", separator="-")
    return persons.with_columns(place_id=where.replace_strict(ids, return_dtype=pl.Int16)).drop(
        "country", "subdivision"
    )


def _words(frame: pl.DataFrame, column: str) -> list[str]:
    return frame[column].unique().to_list()


def _coded(column: str, by_word: dict[str, int]) -> pl.Expr:
    return pl.col(column).replace_strict(by_word, return_dtype=pl.Int16)
