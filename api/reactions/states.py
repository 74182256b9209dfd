"""The facts of accounts as reactions read them: plain values by name, of the moment the event is worked.

The persons are locked by the caller, so nothing that is read here changes before it commits.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from api.reactions.rulebooks import Rulebook
from engine.book import Facts
from engine.days import day_number
from engine.facts import CATALOGUE, FactType
from engine.vocabulary import Relation
from storage.database import Database
from storage.day_book import DayReader, Money
from storage.reading import Selection
from storage.shard_tables import ShardTables
from storage.tables.accounts import Account

Scalar = int | str | bool | None
States = dict[int, dict[str, Scalar]]

PLAIN = frozenset(
    name
    for name, fact in CATALOGUE.items()
    if fact.derivation is None
    and fact.type in (FactType.NUMBER, FactType.MONEY, FactType.BOOLEAN)
    and name in Account.model_fields
)
"""Facts that stand in the account's row as they are: most reactions ask nothing else."""


def read_states(
    database: Database,
    connection: psycopg.Connection,
    rulebook: Rulebook,
    account_ids: Sequence[int],
    day: date,
) -> States:
    """The facts the rulebook's rules ask of some accounts, by account id; unknown ones are ``None``."""
    if rulebook.names <= PLAIN:
        return _from_rows(connection, sorted(rulebook.names), account_ids)
    return _from_columns(database, rulebook, account_ids, day)


def _from_rows(connection: psycopg.Connection, names: Sequence[str], account_ids: Sequence[int]) -> States:
    columns = sql.SQL(", ").join(map(sql.Identifier, ["id", *names]))
    rows = connection.execute(
        sql.SQL("SELECT {} FROM account WHERE id = ANY(%s)").format(columns), [list(account_ids)]
    ).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def _from_columns(database: Database, rulebook: Rulebook, account_ids: Sequence[int], day: date) -> States:
    """The same through the day book, which knows every fact there is."""
    selection = Selection(rulebook.portfolio_id, account_ids=tuple(account_ids))
    with database.columnar() as connection:
        reader = DayReader(connection, rulebook.portfolio_id, rulebook.catalogue, Money({}, {}))
        tables = ShardTables(connection, selection)
        book = reader.read(tables, day_number(day), rulebook.names, [Relation.TITULAR])
    facts = Facts(book.book, day_number(day))
    columns = {name: _scalars(facts, name) for name in rulebook.names}
    return {
        int(account_id): {name: values[row] for name, values in columns.items()}
        for row, account_id in enumerate(book.account_id)
    }


def _scalars(facts: Facts, name: str) -> list[Scalar]:
    fact = facts.book.catalogue[name]
    values, known = facts.read(name)
    words = facts.book.words(fact)
    plain: list[Any] = values.tolist()
    if fact.type is FactType.ENUM:
        plain = [words[code] if code < len(words) else None for code in plain]
    return [value if known is None or known[row] else None for row, value in enumerate(plain)]
