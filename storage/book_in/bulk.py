"""A book that is new as a whole, straight into the tables by COPY: ids first, nothing is compared."""

from dataclasses import dataclass

import polars as pl
import psycopg

from storage import person_keys
from storage.book_in.accounts import AccountsLoad
from storage.copying import copy_in, new_ids


@dataclass(frozen=True)
class NewBook:
    """Frames as :mod:`storage.book_in.people` and :mod:`storage.book_in.accounts` take them.

    ``persons`` also carries its channel bit sets: nobody reads the points again to compute them.
    """

    persons: pl.DataFrame
    contact_points: pl.DataFrame
    consents: pl.DataFrame
    accounts: pl.DataFrame
    parties: pl.DataFrame
    invoices: pl.DataFrame


def fill(connection: psycopg.Connection, load: AccountsLoad, book: NewBook) -> None:
    """COPY a book none of whose people and accounts is known yet; a known one fails the transaction.

    Rows go in sorted by shard and person, so that a shard's rows lie together on disk.
    """
    shard = pl.col("identity_index").bin.slice(0, 1).bin.encode("hex").str.to_integer(base=16).cast(pl.Int16)
    persons = book.persons.with_columns(shard=shard, language=pl.lit("es")).sort("identity_index")
    persons = persons.with_columns(new_ids(connection, "person", persons.height))
    people = persons.select("identity_index", "shard", person_id="id")
    keys = person_keys.copy_keys(connection, persons["identity_index"].to_list())
    sealed = person_keys.sealed(persons, "name", person_keys.NAME, "identity_index", keys)
    copy_in(connection, "person", sealed)
    points = person_keys.sealed(book.contact_points, "value", person_keys.VALUE, "value_index", keys)
    copy_in(connection, "contact_point", _of_people(points, people).drop("shard"))
    copy_in(connection, "consent", _of_people(book.consents, people).drop("shard"))

    late = (pl.col("amount_to_cure") > 0) & (pl.col("effective_due_on") < load.as_of)
    accounts = _of_people(book.accounts, people).with_columns(
        new_ids(connection, "account", book.accounts.height),
        portfolio_id=pl.lit(load.portfolio_id, pl.Int32),
        load_id=pl.lit(load.load_id, pl.Int64),
        amount_as_of=pl.lit(load.as_of),
        episode=pl.when(late).then(1).otherwise(0).cast(pl.Int32),
    )
    copy_in(connection, "account", accounts)
    numbers = accounts.select(account="number", account_id="id")
    parties = book.parties.rename({"number": "account"}).join(numbers, on="account")
    copy_in(connection, "account_party", _of_people(parties, people).drop("shard", "account"))
    copy_in(connection, "invoice", book.invoices.join(numbers, on="account").drop("account"))


def _of_people(frame: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The frame with ``person_id`` and ``shard`` in place of the identity, in the order of the people."""
    return (
        frame.join(people, on="identity_index").drop("identity_index").sort("person_id", maintain_order=True)
    )
