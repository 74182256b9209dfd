"""Files of a book: looked at, mapped and imported; what was loaded and what was refused."""

import tempfile
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from fastapi import File, Form, UploadFile
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.routes.book import MOST_REFUSALS, LoadOut, RefusalOut
from api.http.service import Parts, Service
from api.importing.fields import KINDS
from api.importing.mapping import ColumnMapping, find_columns, parse_mapping
from api.importing.reading import LINE, read_file
from api.importing.totals import parse_totals
from api.index_key import index_key
from api.usecases.book.find_portfolio import find_portfolio
from api.usecases.book.import_book import ImportOrder, ImportReport, import_book
from api.usecases.book.save_mapping import expect_mapping, saved_mappings
from api.usecases.book.save_mapping import save_mapping as keep_mapping
from api.usecases.day.run_day import local_date
from engine.errors import BookError
from storage.ledger import append_line
from storage.loads import list_loads, list_refusals

router = resource("/portfolios/{portfolio}", "files")

Loader = Annotated[Caller, may("book.write")]
Name = Annotated[str, InPath(min_length=1, max_length=100, examples=["core nocturno"])]
LoadId = Annotated[int, InPath(ge=1, le=2**53)]
FileIn = Annotated[UploadFile, File(description="CSV, XLSX or Parquet.")]
KindIn = Annotated[str, Form(max_length=40, description="accounts, persons, payments, ...")]
MappingIn = Annotated[str, Form(max_length=100, description="Name of a saved mapping; empty: guessed.")]
SHOWN = 20


class Look(BaseModel):
    """What a file holds, and which column would be which field; `problem` says what is lacking."""

    headers: list[str]
    rows: int
    columns: dict[str, str] = Field(description="Header by field.")
    fields: list[str] = Field(description="Every field of this kind of file.")
    required: list[str]
    sample: list[dict[str, str | None]]
    problem: str


class MappingOut(BaseModel):
    """A saved mapping."""

    name: str
    mapping: ColumnMapping


class MappingsOut(BaseModel):
    """The saved mappings of a portfolio."""

    items: list[MappingOut]


class LoadLine(BaseModel):
    """One load in short."""

    load: int
    kind: str
    scope: str
    as_of: date
    source: str
    rows: int
    accepted: int
    changed: int
    refused: int
    state: str
    loaded_at: datetime


class RefusalLine(BaseModel):
    """A row or cell that did not land."""

    id: int
    line: int
    column: str
    value: str
    reason: str


@router.post("/look/files")
def look_at_file(
    portfolio: str,
    who: Loader,
    parts: Parts,
    file: FileIn,
    kind: KindIn = "accounts",
    mapping: MappingIn = "",
) -> Look:
    """Look at a file without loading it: its headers, the columns found, the first rows."""
    wanted = _mapping(parts, portfolio, mapping, kind)
    with tempfile.TemporaryDirectory() as folder:
        raw = read_file(_kept(file, folder), wanted)
    try:
        columns, problem = find_columns(wanted, raw.headers), ""
    except BookError as lacking:
        columns, problem = {}, lacking.message
    return Look(
        headers=raw.headers,
        rows=raw.rows.height + len(raw.ragged),
        columns=columns,
        fields=[field.name for field in KINDS[wanted.kind]],
        required=[field.name for field in KINDS[wanted.kind] if field.required],
        sample=raw.rows.drop(LINE).head(SHOWN).to_dicts(),
        problem=problem,
    )


@router.post("/import/files", status_code=201)
def import_file(
    portfolio: str,
    who: Loader,
    parts: Parts,
    file: FileIn,
    kind: KindIn = "accounts",
    mapping: MappingIn = "",
    scope: Annotated[Literal["delta", "full"], Form()] = "delta",
    as_of: Annotated[date | None, Form(description="The date the rows are of; today where not said.")] = None,
    totals: Annotated[str, Form(max_length=500, examples=["rows=300"])] = "",
) -> LoadOut:
    """Bring a file into the book: good rows land, bad ones are listed with line, column and reason."""
    with parts.database.connection() as connection:
        found = find_portfolio(connection, portfolio)
    with tempfile.TemporaryDirectory() as folder:
        order = ImportOrder(
            path=_kept(file, folder),
            portfolio=portfolio,
            mapping=_mapping(parts, portfolio, mapping, kind),
            as_of=as_of or local_date(parts.clock, found.timezone),
            scope=scope,
            totals=parse_totals(totals) if totals else None,
        )
        report = import_book(parts.database, order, index_key=index_key(parts.settings))
    with parts.database.connection() as connection:
        body: dict[str, object] = {"load": report.load_id, "rows": report.rows, "by": who.person}
        append_line(connection, parts.clock.now(), "book.loaded", f"portfolio:{found.id}", body)
    return _told(report)


@router.get("/loads")
def read_loads(
    portfolio: str, who: Loader, parts: Parts, limit: Limit = 100, after: After = ""
) -> Page[LoadLine]:
    """What was loaded, the newest first."""
    place = place_of(after, int)
    with parts.database.connection() as connection:
        rows = list_loads(
            connection, parts.doorkeeper.portfolio_id(portfolio), place[0] if place else None, limit + 1
        )
    page, following = cut(rows, limit, lambda row: (row["load"],))
    return Page(items=[LoadLine(**row) for row in page], next=following)


@router.get("/loads/{load}/refusals")
def read_refusals(
    portfolio: str, load: LoadId, who: Loader, parts: Parts, limit: Limit = 100, after: After = ""
) -> Page[RefusalLine]:
    """What a load refused, line by line."""
    place = place_of(after, int)
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        rows = list_refusals(connection, portfolio_id, load, place[0] if place else 0, limit + 1)
    page, following = cut(rows, limit, lambda row: (row["id"],))
    return Page(items=[RefusalLine(**row) for row in page], next=following)


@router.get("/mappings")
def read_mappings(portfolio: str, who: Loader, parts: Parts) -> MappingsOut:
    """The saved column mappings."""
    kept = saved_mappings(parts.database, portfolio)
    return MappingsOut(items=[MappingOut(name=name, mapping=mapping) for name, mapping in kept.items()])


@router.put("/mappings/{name}")
def save_mapping(portfolio: str, name: Name, asked: ColumnMapping, who: Loader, parts: Parts) -> MappingOut:
    """Keep a mapping; one of the same name is replaced."""
    mapping = parse_mapping(asked.model_dump(), place=name)
    keep_mapping(parts.database, portfolio, name, mapping)
    with parts.database.connection() as connection:
        subject = f"portfolio:{parts.doorkeeper.portfolio_id(portfolio)}"
        body: dict[str, Any] = {"name": name, "by": who.person}
        append_line(connection, parts.clock.now(), "mapping.saved", subject, body)
    return MappingOut(name=name, mapping=mapping)


def _told(report: ImportReport) -> LoadOut:
    figures = {name: value for name, value in report.document().items() if name in LoadOut.model_fields}
    refusals = [
        RefusalOut(
            line=row["line"], column=row["column_name"] or "", value=row["value"] or "", reason=row["reason"]
        )
        for row in report.refusals.head(MOST_REFUSALS).to_dicts()
    ]
    return LoadOut.model_validate(figures | {"load": report.load_id, "refusals": refusals})


def _mapping(parts: Service, portfolio: str, name: str, kind: str) -> ColumnMapping:
    if name:
        return expect_mapping(parts.database, portfolio, name)
    return parse_mapping({"kind": kind}, place="kind")


def _kept(file: UploadFile, folder: str) -> Path:
    """The upload as a file, under a name that is only a name."""
    name = PurePath(file.filename or "").name or "file.csv"
    path = Path(folder) / f"upload{PurePath(name).suffix.lower()[:10]}"
    with path.open("wb") as target:
        while piece := file.file.read(1 << 20):
            target.write(piece)
    return path
