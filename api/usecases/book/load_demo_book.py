"""Loads the demo book: 30,000 real credit-card debts of people who do not exist."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg

from api.demo_book.book import DemoBook, make_book, read_cards
from api.demo_book.places import MINIMUM_WORTH_WORKING
from api.demo_book.rows import save_owners, with_codes
from api.demo_book.story import Roles, cast, outside_contacts, seat, stratified
from storage.book_in.accounts import AccountsLoad, mark_missing, save_accounts, save_invoices, save_parties
from storage.book_in.outside_contacts import save_outside_contacts
from storage.book_in.owners import close_load, creditor_ids, open_load
from storage.book_in.people import refresh_channels, save_consents, save_contact_points, save_persons
from storage.database import Database
from storage.vault import BlindIndex

PORTFOLIO = "demo"
AS_OF = date(2026, 11, 12)
DEMO_INDEX_KEY = b"the people of the demo do not exist"


@dataclass(frozen=True)
class DemoLoaded:
    """What a demo load left in the book, and who plays which part in the story."""

    portfolio_id: int
    load_id: int
    accounts: int
    persons: int
    changed: int
    roles: Roles


def load_demo_book(
    database: Database,
    *,
    limit: int | None = None,
    as_of: date = AS_OF,
    index_key: bytes = DEMO_INDEX_KEY,
) -> DemoLoaded:
    """Put the demo book into the portfolio ``demo``, as a full load; a second time it changes nothing.

    ``limit`` takes a slice of that many accounts in which every part of the story is still played.
    The parts stand in the portfolio's settings under ``story``: account numbers of the candidates.
    """
    book = make_book(seat(read_cards()), as_of, BlindIndex(index_key))
    roles = cast(book, as_of)
    if limit is not None:
        book = stratified(book, roles, limit)
    with database.connection() as connection:
        portfolio_id = save_owners(connection, PORTFOLIO, "Cartera demo", _settings(roles))
        load_id = open_load(
            connection,
            portfolio_id,
            kind="accounts",
            scope="full",
            as_of=as_of,
            source="demo_book",
            content_hash=f"demo-{limit or 'all'}",
        )
        creditors = creditor_ids(connection)
        coded = with_codes(connection, book, creditors)
        persons = save_persons(connection, coded.persons)
        save_contact_points(connection, coded.contact_points)
        save_consents(connection, coded.consents)
        refresh_channels(connection, coded.persons["identity_index"])
        accounts = save_accounts(connection, AccountsLoad(portfolio_id, as_of, load_id), coded.accounts)
        mark_missing(connection, portfolio_id)
        save_parties(connection, portfolio_id, coded.parties)
        save_invoices(connection, portfolio_id, coded.invoices)
        _save_contacts(connection, portfolio_id, book, roles, as_of, creditors)
        height, changed = book.accounts.height, accounts.inserted + accounts.changed
        close_load(connection, load_id, rows=height, accepted=height, changed=changed)
    return DemoLoaded(portfolio_id, load_id, height, book.persons.height, changed + persons.changed, roles)


def _save_contacts(
    connection: psycopg.Connection,
    portfolio_id: int,
    book: DemoBook,
    roles: Roles,
    as_of: date,
    creditors: dict[str, int],
) -> None:
    contacts = outside_contacts(book, roles, as_of)
    creditor_id = pl.col("creditor").replace_strict(creditors, return_dtype=pl.Int32)
    frame = contacts.with_columns(creditor_id=creditor_id).drop("creditor")
    save_outside_contacts(connection, portfolio_id, frame, as_of)


def _settings(roles: Roles) -> dict[str, object]:
    return {
        "minimum_worth_working": MINIMUM_WORTH_WORKING,
        "payment_link": "https://pagos.bancodemo.example/p",
        "payment_methods": "transferencia, tarjeta o tiendas de conveniencia",
        "portal_identity": "phone",
        "story": roles,
        "fictitious": "dato ficticio",
    }
