"""Generates load: as many accounts as asked, distributed like the demo book, straight into the tables."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg

from api.demo_book.book import SEATS, DemoBook, make_book, read_cards
from api.demo_book.places import MINIMUM_WORTH_WORKING
from api.demo_book.rows import save_owners, with_codes
from engine.errors import BookError
from engine.vocabulary import Consent
from storage.book_in.accounts import AccountsLoad
from storage.book_in.bulk import NewBook, fill
from storage.book_in.owners import close_load, creditor_ids, open_load
from storage.book_in.rebuilding import without_indexes
from storage.database import Database
from storage.vault import BlindIndex

PART = len(SEATS) * 1_000
"""Accounts made at a time: a whole number of the seating pattern, some hundred megabytes in memory."""

TABLES = ("person", "contact_point", "consent", "account", "account_party", "invoice")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Generated:
    """What was generated."""

    portfolio_id: int
    load_id: int
    accounts: int
    persons: int


def generate_book(
    database: Database,
    *,
    accounts: int,
    portfolio: str,
    as_of: date,
    index_key: bytes,
    progress: Progress = lambda _: None,
) -> Generated:
    """Put ``accounts`` generated accounts into a portfolio that has none; all of it or nothing.

    The portfolio's key is the seed: the same key, date and index key give the same book. ``progress``
    is told how many accounts each part brought. ``BookError`` when the portfolio has accounts.
    """
    persons = 0
    with database.connection() as connection:
        settings: dict[str, object] = {"minimum_worth_working": MINIMUM_WORTH_WORKING}
        portfolio_id = save_owners(connection, portfolio, f"Carga {portfolio}", settings)
        _expect_empty(connection, portfolio_id, portfolio)
        load_id = open_load(
            connection,
            portfolio_id,
            kind="accounts",
            scope="full",
            as_of=as_of,
            source="generate",
            content_hash=f"{portfolio}-{accounts}",
        )
        creditors = creditor_ids(connection)
        with without_indexes(connection, TABLES):
            for book in _ahead(_parts(accounts, as_of, BlindIndex(index_key), portfolio)):
                coded = with_codes(connection, book, creditors)
                fill(connection, AccountsLoad(portfolio_id, as_of, load_id), _new_book(coded))
                persons += book.persons.height
                progress(book.accounts.height)
        close_load(connection, load_id, rows=accounts, accepted=accounts, changed=accounts)
    with database.connection(autocommit=True) as connection:
        connection.execute(f"ANALYZE {', '.join(TABLES)}")
    return Generated(portfolio_id, load_id, accounts, persons)


def _parts(accounts: int, as_of: date, index: BlindIndex, seed: str) -> Iterator[DemoBook]:
    for first in range(0, accounts, PART):
        cards = _cards(first, min(PART, accounts - first))
        yield make_book(cards, as_of, index, seed=seed, first=first)


def _ahead(parts: Iterator[DemoBook]) -> Iterator[DemoBook]:
    """The parts, each made while the database still takes the one before."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, parts, None)
        while (book := coming.result()) is not None:
            coming = maker.submit(next, parts, None)
            yield book


def _cards(first: int, count: int) -> pl.DataFrame:
    """``count`` cards from ``first`` on; after the last one they begin again."""
    cards = read_cards()
    start = first % cards.height
    rounds = (start + count - 1) // cards.height + 1
    return pl.concat([cards] * rounds).slice(start, count)


def _expect_empty(connection: psycopg.Connection, portfolio_id: int, key: str) -> None:
    if connection.execute("SELECT 1 FROM account WHERE portfolio_id = %s LIMIT 1", [portfolio_id]).fetchone():
        raise BookError(
            f"el portafolio «{key}» ya tiene cuentas",
            code="generate.not_empty",
            place=key,
            hint="elija otra clave",
        )


def _new_book(book: DemoBook) -> NewBook:
    """The book with its channel bit sets written on the persons."""
    points = book.contact_points.group_by("identity_index").agg(
        reachable_channels=pl.col("channels").bitwise_or(),
        verified_channels=pl.col("channels").filter("verified").bitwise_or(),
    )
    bit = pl.lit(1, pl.Int64) * 2 ** pl.col("channel").cast(pl.Int64)
    said = book.consents.group_by("identity_index").agg(
        consented_channels=bit.filter(pl.col("state") == Consent.GRANTED).sum(),
        denied_channels=bit.filter(pl.col("state") == Consent.DENIED).sum(),
    )
    sets = ("reachable_channels", "verified_channels", "consented_channels", "denied_channels")
    persons = (
        book.persons.join(points, on="identity_index", how="left")
        .join(said, on="identity_index", how="left")
        .with_columns(pl.col(sets).fill_null(0).cast(pl.Int64))
    )
    return NewBook(persons, book.contact_points, book.consents, book.accounts, book.parties, book.invoices)
