"""How each kind of file is checked against the book and saved: accounts here, the others in happenings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl
import psycopg

from api.importing import debts, happenings, told
from api.importing.context import Context, coded, save_people
from api.importing.mapping import find_columns
from api.importing.people import IDENTITY, NEWS, people, with_identity, with_places
from api.importing.reading import RawFile
from api.importing.rows import Home, Rows, typed_rows
from storage.book_in.accounts import AccountsLoad, mark_missing, save_accounts, save_parties
from storage.book_in.lookups import accounts_of, known_accounts
from storage.book_in.merging import Merged
from storage.copying import stage
from storage.events import revise_enrolments

CODEBTOR = "codebtor_"


@dataclass(frozen=True)
class Landed:
    """What saving changed, and the accounts that a full load did not bring."""

    merged: Merged
    missing: list[str] = field(default_factory=list)


class Kind(NamedTuple):
    """``check`` refuses rows against the book and completes them; ``save`` writes the good ones."""

    check: Callable[[psycopg.Connection, Rows, Context], Rows]
    save: Callable[[psycopg.Connection, pl.DataFrame, Context], Merged]


def prepare(connection: psycopg.Connection, raw: RawFile, context: Context) -> Rows:
    """A file's rows, typed and checked against the book."""
    home = Home(context.currency, context.portfolio.country, context.portfolio.timezone)
    rows = typed_rows(raw, context.mapping, home, _currencies(connection, raw, context))
    if context.mapping.kind == "accounts":
        return _check_accounts(rows, context, home)
    return _KINDS[context.mapping.kind].check(connection, rows, context)


def save(connection: psycopg.Connection, rows: Rows, context: Context, load_id: int, *, full: bool) -> Landed:
    """Write the rows nothing of which was refused."""
    if context.mapping.kind != "accounts":
        merged = _save_happenings(connection, rows.good(), context)
    else:
        merged = _save_accounts(connection, rows.good(), context, load_id)
    if NEWS in rows.values.columns:
        told.remember(connection, rows)
    if not full:
        return Landed(merged)
    # A refused line names an account that is not missing, only wrong.
    named = rows.values.select(number="account").drop_nulls().unique()
    stage(connection, "staged_account", named)
    return Landed(merged, mark_missing(connection, context.portfolio.id))


def _save_happenings(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save what happened; a day that read the book before decides these people's accounts again."""
    merged = _KINDS[context.mapping.kind].save(connection, values, context)
    if merged.inserted or merged.changed:
        revise_enrolments(connection, accounts_of(connection, values[IDENTITY].unique().to_list()))
    return merged


def _check_accounts(rows: Rows, context: Context, home: Home) -> Rows:
    rows = debts.without_duplicates(rows)
    rows = told.with_news(
        context.connection, with_identity(rows, home, context.index), context.index, home.country
    )
    if "codebtor_id_number" in rows.values.columns:
        rows = with_identity(rows, home, context.index, CODEBTOR)
    rows = with_places(rows, home, context.known)
    rows = debts.with_dates(rows, context.as_of)
    return context.with_creditor(rows)


def _save_accounts(
    connection: psycopg.Connection, values: pl.DataFrame, context: Context, load_id: int
) -> Merged:
    if values.is_empty():
        stage(connection, "staged_account", values.select(number="account"))
        return Merged()
    placed_by_address = "region" in values.columns
    who = people(values, context.index, context.as_of)
    save_people(connection, who, once=() if placed_by_address else ("place_id",))
    values = values.with_columns(currency=context.currency_of(values))
    frame = debts.accounts(_with_custom(values, context), context.as_of)
    for word in ("product", "currency"):
        if word in frame.columns:
            frame = coded(connection, frame, word)
    load = AccountsLoad(context.portfolio.id, context.as_of, load_id)
    merged = save_accounts(connection, load, frame)
    if f"{CODEBTOR}{IDENTITY}" in values.columns:
        _save_codebtors(connection, values, context)
    return merged


def _save_codebtors(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> None:
    who = people(values, context.index, context.as_of, CODEBTOR)
    if who.persons.is_empty():
        return
    save_people(connection, who, once=("place_id",))
    named = values.filter(pl.col(f"{CODEBTOR}{IDENTITY}").is_not_null())
    relation = pl.col("codebtor_relation") if "codebtor_relation" in named.columns else pl.lit(2)
    parties = named.select(
        pl.col(f"{CODEBTOR}{IDENTITY}").alias(IDENTITY), number="account", relation=relation.cast(pl.Int16)
    )
    save_parties(connection, context.portfolio.id, parties)


def _with_custom(values: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The rows with the portfolio's own facts as one JSON text each."""
    names = [name for name in context.mapping.custom if name in values.columns]
    if not names:
        return values
    return values.with_columns(custom=pl.struct(names).struct.json_encode()).drop(
        name for name in names if name != "custom"
    )


def _currencies(connection: psycopg.Connection, raw: RawFile, context: Context) -> pl.DataFrame | None:
    """The currencies of the accounts a file names, for the kinds that say no currency themselves."""
    if context.mapping.kind == "accounts":
        return None
    header = find_columns(context.mapping, raw.headers).get("account")
    if header is None:
        return None
    numbers = raw.rows[header].drop_nulls().str.strip_chars().unique().to_list()
    return known_accounts(connection, context.portfolio.id, numbers).drop_nulls("currency")


def _check_people(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    home = Home(context.currency, context.portfolio.country, context.portfolio.timezone)
    rows = told.with_news(connection, with_identity(rows, home, context.index), context.index, home.country)
    return with_places(rows, home, context.known)


def _land_people(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save persons of whom no account is told; what is new of their addresses is not verified."""
    who = people(values, context.index, context.as_of)
    save_people(connection, who, once=() if "region" in values.columns else ("place_id",))
    return Merged(changed=who.persons.height)


_KINDS: Mapping[str, Kind] = {
    "persons": Kind(_check_people, _land_people),
    "payments": Kind(happenings.check_payments, happenings.land_payments),
    "reversals": Kind(happenings.check_reversals, happenings.land_reversals),
    "invoices": Kind(happenings.check_account, happenings.land_invoices),
    "promises": Kind(happenings.check_promises, happenings.land_promises),
    "outside_contacts": Kind(happenings.check_contacts, happenings.land_contacts),
    "protections": Kind(happenings.check_person, happenings.land_protections),
    "consents": Kind(happenings.check_person, happenings.land_consents),
}
