"""A portfolio's own facts out of the accounts' ``custom`` document, typed; what cannot be read is unknown."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from engine.facts import Fact, FactType
from storage.tables.accounts import Account
from storage.tables.people import Person

TAKEN = frozenset(Account.model_fields) | frozenset(Person.model_fields) | {"account_id", "place", "holdout"}
"""Names of columns the book carries besides facts: no portfolio may call a fact of its own like that."""

_WHOLE = r"^-?[0-9]{1,18}(\.0+)?$"
_ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def typed(fact: Fact, table: str = "account") -> str:
    """The SQL expression that reads ``fact`` out of ``table.custom``; NULL where no such value stands.

    Numbers are whole, money is minor units, dates are ISO, truths are ``true`` and ``false``; an enum is
    the index of its word, a set the bits of its words, in the order the portfolio declared them.
    """
    value, text = (f"({table}.custom{arrow}{_quoted(fact.name)})" for arrow in ("->", "->>"))
    if fact.type in (FactType.NUMBER, FactType.MONEY):
        return f"CASE WHEN {text} ~ '{_WHOLE}' THEN {text}::numeric::bigint END"
    if fact.type is FactType.DATE:
        valid = f"{text} ~ '{_ISO_DATE}' AND pg_input_is_valid({text}, 'date')"
        return f"CASE WHEN {valid} THEN {text}::date END"
    if fact.type is FactType.BOOLEAN:
        return f"CASE {text} WHEN 'true' THEN true WHEN 'false' THEN false END"
    words = f"ARRAY[{', '.join(map(_quoted, fact.values))}]::text[]"
    if fact.type is FactType.ENUM:
        return f"(array_position({words}, {text}) - 1)::smallint"
    bits = f"SELECT bit_or(1::bigint << (array_position({words}, word) - 1))"
    members = f"jsonb_array_elements_text(CASE jsonb_typeof({value}) WHEN 'array' THEN {value} END) AS word"
    strangers = f"SELECT bool_or(array_position({words}, word) IS NULL)"
    return (
        f"CASE WHEN jsonb_typeof({value}) = 'array' AND ({strangers} FROM {members}) IS NOT TRUE"
        f" THEN coalesce(({bits} FROM {members}), 0) END"
    )


def count_unreadable(
    connection: psycopg.Connection, portfolio_id: int, facts: Sequence[Fact]
) -> dict[str, int]:
    """How many accounts hold a value of each fact that is not of its type; facts without any are left out."""
    if not facts:
        return {}
    counts = [
        sql.SQL("count(*) FILTER (WHERE {given} AND ({typed}) IS NULL)").format(
            given=sql.SQL(f"account.custom->>{_quoted(fact.name)} IS NOT NULL"), typed=sql.SQL(typed(fact))
        )
        for fact in facts
    ]
    row = connection.execute(
        sql.SQL("SELECT {} FROM account WHERE portfolio_id = {}").format(
            sql.SQL(", ").join(counts), sql.Literal(portfolio_id)
        )
    ).fetchone()
    found = zip((fact.name for fact in facts), row or (), strict=True)
    return {name: count for name, count in found if count}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
