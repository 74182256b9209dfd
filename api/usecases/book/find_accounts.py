"""Find accounts of a portfolio: by number, or by identity, phone or mailbox through the blind index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import psycopg

from api.importing.phones import read_phones
from engine.errors import BookError
from storage.accounts_seen import AccountSeen, accounts_where
from storage.contact_points import persons_at, variants
from storage.database import Database
from storage.vault import BlindIndex, identity_of

By = Literal["number", "identity", "phone", "email"]
MOST = 50


@dataclass(frozen=True)
class Wanted:
    """What is looked for; ``id_type`` (RFC, CC, RUT, ...) goes with an identity."""

    by: By
    value: str
    id_type: str = ""


def find_accounts(
    database: Database, portfolio_id: int, wanted: Wanted, *, index_key: bytes
) -> list[AccountSeen]:
    """At most fifty accounts; none where nobody fits. ``BookError`` for what is no phone or identity."""
    index = BlindIndex(index_key)
    with database.connection() as connection:
        if wanted.by == "number":
            return accounts_where(connection, portfolio_id, "a.number = %(value)s", wanted.value, MOST)
        if wanted.by == "identity":
            found = index.of(identity_of(wanted.id_type, wanted.value))
            return accounts_where(connection, portfolio_id, "p.identity_index = %(value)s", found, MOST)
        persons = _persons_at(connection, portfolio_id, wanted, index)
        return accounts_where(connection, portfolio_id, "p.id = ANY(%(value)s)", list(persons), MOST)


def expect_account(database: Database, portfolio_id: int, number: str) -> AccountSeen:
    """The account of this number; ``BookError`` when there is none."""
    with database.connection() as connection:
        found = accounts_where(connection, portfolio_id, "a.number = %(value)s", number, 1)
    if not found:
        raise BookError("there is no such account", place=number, code="account.unknown")
    return found[0]


def _persons_at(
    connection: psycopg.Connection, portfolio_id: int, wanted: Wanted, index: BlindIndex
) -> Sequence[int]:
    address = wanted.value.strip().casefold()
    if wanted.by == "phone":
        ((country,),) = connection.execute(
            "SELECT country FROM portfolio WHERE id = %s", [portfolio_id]
        ).fetchall()
        pair = (wanted.value.strip(), str(country))
        phone = read_phones([pair], lambda _: set())[pair]
        if not phone.value:
            raise BookError(phone.reason, place="value", code="account.phone")
        address = phone.value
    return persons_at(connection, address, index.all(variants(address)))
