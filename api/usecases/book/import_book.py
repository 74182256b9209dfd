"""Brings a file into the book: good rows land, bad ones are refused one by one, or the whole file is.

Everything is written in one transaction, after everything was checked. Loading a file twice changes
nothing the second time.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

import polars as pl
import psycopg

from api.clock import BusinessClock
from api.importing.context import Context
from api.importing.kinds import Landed, prepare, save
from api.importing.mapping import ColumnMapping
from api.importing.people import IDENTITY
from api.importing.reading import RawFile, read_file
from api.importing.rows import REFUSAL_SCHEMA, Rows
from api.importing.totals import ControlTotals, check_totals
from engine.errors import BookError
from storage.book_in.lookups import newest_load
from storage.book_in.owners import close_load, open_load, portfolio_id_of
from storage.database import Database
from storage.loads import write_refusals
from storage.person_lock import own_shards
from storage.vault import BlindIndex

Scope = Literal["full", "delta"]
Stage = Callable[[str], None]


@dataclass(frozen=True)
class ImportReport:
    """What a file did.

    ``refusals`` has ``line``, ``column_name``, ``value`` and ``reason``; ``refused`` counts rows that
    did not land, ``omitted`` cells left out of rows that did. ``missing`` are the accounts a full load
    did not bring.
    """

    load_id: int
    rows: int
    accepted: int
    inserted: int
    changed: int
    refused: int
    omitted: int
    refusals: pl.DataFrame
    missing: list[str]

    def sentence(self) -> str:
        """What came of the file, in Spanish."""
        return (
            f"{self.rows} filas: entraron {self.accepted}"
            f" ({self.inserted} nuevas, {self.changed} con cambios),"
            f" se rechazaron {self.refused}; {self.omitted} datos omitidos."
        )

    def document(self) -> dict[str, object]:
        """The report as JSON."""
        figures = {name: getattr(self, name) for name in _FIGURES}
        return {**figures, "refusals": self.refusals.to_dicts(), "missing": self.missing}


_FIGURES = ("load_id", "rows", "accepted", "inserted", "changed", "refused", "omitted")


@dataclass(frozen=True)
class ImportOrder:
    """What a person says about a file: the portfolio, how to read it, full or delta, as of when."""

    path: Path
    portfolio: str
    mapping: ColumnMapping
    as_of: date
    scope: Scope = "delta"
    totals: ControlTotals | None = None


def expect_scope(word: str) -> Scope:
    """The scope a word names; ``BookError`` when it is another word."""
    for scope in get_args(Scope):
        if word == scope:
            return cast(Scope, scope)
    raise BookError(f"no existe el alcance «{word}»", code="load.scope", place="--scope", hint="full o delta")


def import_book(
    database: Database, order: ImportOrder, *, index_key: bytes, on_stage: Stage = lambda _: None
) -> ImportReport:
    """Read, check and save one file; ``on_stage`` is told each step's name in Spanish.

    Raises ``BookError``, with nothing written, when the file as a whole cannot be believed: damaged,
    empty, without its columns, ambiguous dates or amounts, control totals that do not match, older
    than what is loaded, or a full load of something that is not accounts.
    """
    _check_scope(order)
    on_stage("leyendo")
    raw = read_file(order.path, order.mapping)
    content_hash = hashlib.sha256(order.path.read_bytes()).hexdigest()
    return land_rows(database, raw, order, content_hash, index_key=index_key, on_stage=on_stage)


def land_rows(
    database: Database,
    raw: RawFile,
    order: ImportOrder,
    content_hash: str,
    *,
    index_key: bytes,
    on_stage: Stage = lambda _: None,
) -> ImportReport:
    """The same for rows that are read already, from wherever they came; ``order.path`` names them."""
    _check_scope(order)
    with database.connection() as connection:
        portfolio_id = portfolio_id_of(connection, order.portfolio)
        _check_age(connection, portfolio_id, order)
        context = Context.of(
            connection,
            portfolio_id,
            order.mapping,
            order.as_of,
            BlindIndex(index_key),
            BusinessClock(database).now(),
        )
        on_stage("limpiando")
        rows = prepare(connection, raw, context)
        checked = check_totals(rows, raw, order.totals)
        on_stage("guardando")
        _own_shards(connection, rows, full=order.scope == "full")
        load_id = open_load(
            connection,
            portfolio_id,
            kind=order.mapping.kind,
            scope=order.scope,
            as_of=order.as_of,
            source=order.path.name,
            content_hash=content_hash,
        )
        landed = save(connection, rows, context, load_id, full=order.scope == "full")
        total = raw.rows.height + len(raw.ragged)
        write_refusals(connection, load_id, rows.refusals)
        close_load(
            connection,
            load_id,
            rows=total,
            accepted=total - rows.refused_rows,
            changed=landed.merged.inserted + landed.merged.changed,
            refused=rows.refused_rows,
            totals=checked,
        )
    return _report(load_id, total, rows, landed)


def _check_scope(order: ImportOrder) -> None:
    if order.scope == "full" and order.mapping.kind != "accounts":
        raise BookError(
            "solo un archivo de cuentas puede ser una carga completa",
            code="load.scope",
            place=order.path.name,
            hint="use --scope delta",
        )


def _check_age(connection: psycopg.Connection, portfolio_id: int, order: ImportOrder) -> None:
    newest = newest_load(connection, portfolio_id, order.mapping.kind)
    if order.mapping.kind == "accounts" and newest is not None and order.as_of < newest:
        raise BookError(
            f"el archivo es del {order.as_of} y ya se cargó uno del {newest}",
            code="load.stale",
            place=order.path.name,
            hint="no se cambió nada",
        )


def _own_shards(connection: psycopg.Connection, rows: Rows, *, full: bool) -> None:
    """Keep events, senders and the daily write away from the persons of the file while it is saved."""
    named = [column for column in rows.values.columns if column.endswith(IDENTITY)]
    identities = pl.concat([rows.values[column].drop_nulls().alias("who") for column in named])
    own_shards(connection, range(256) if full else {index[0] for index in identities})


def _report(load_id: int, total: int, rows: Rows, landed: Landed) -> ImportReport:
    refusals = rows.refusals.select(*REFUSAL_SCHEMA).sort("line", maintain_order=True)
    return ImportReport(
        load_id=load_id,
        rows=total,
        accepted=total - rows.refused_rows,
        inserted=landed.merged.inserted,
        changed=landed.merged.changed,
        refused=rows.refused_rows,
        omitted=rows.omitted_cells,
        refusals=refusals,
        missing=landed.missing,
    )
