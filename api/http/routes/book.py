"""The book coming in: accounts, persons, invoices and what happened, many rows at once or one."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.rows import Row, row_model
from api.http.service import Parts
from api.importing.pushed import MEDIA_TYPES
from api.importing.totals import parse_totals
from api.index_key import index_key
from api.usecases.book.import_book import ImportReport
from api.usecases.book.push_rows import Push, push_row, push_rows

router = resource("/portfolios/{portfolio}", "book")

Loader = Annotated[Caller, may("book.write")]
Kind = Literal[
    "accounts", "persons", "invoices", "payments", "reversals", "promises", "outside_contacts", "protections",
    "consents",
]  # fmt: skip
Number = Annotated[str, Path(min_length=1, max_length=100, examples=["4821-0001"])]
MOST_REFUSALS = 1_000

AccountRow: type[Row] = row_model("accounts", "AccountRow", without=("account",))
PersonRow: type[Row] = row_model("persons", "PersonRow")
InvoiceRow: type[Row] = row_model("invoices", "InvoiceRow", without=("account", "number"))


class RefusalOut(BaseModel):
    """A row or cell that did not land: its line (1 is the first row; under a CSV header, 2) and why."""

    line: int
    column: str
    value: str
    reason: str


class LoadOut(BaseModel):
    """What a push did."""

    load: int = Field(description="The load's number.")
    rows: int
    accepted: int
    inserted: int
    changed: int
    refused: int
    omitted: int = Field(description="Cells left out of rows that landed: telephones and mailboxes.")
    refusals: list[RefusalOut] = Field(description=f"The first {MOST_REFUSALS}.")
    missing: list[str] = Field(description="Accounts a full load did not bring.")


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES},
    }
}


@router.post("/{kind}/loads", openapi_extra=_BODY)
async def load_rows(
    request: Request,
    parts: Parts,
    who: Loader,
    portfolio: str,
    kind: Kind,
    scope: Annotated[
        Literal["delta", "full"], Query(description="`full`: accounts it does not bring are missing.")
    ] = "delta",
    as_of: Annotated[
        date | None, Query(description="The date the rows are of; today where it is not said.")
    ] = None,
    totals: Annotated[str, Query(max_length=500, examples=["rows=300,outstanding_balance=1234567.89"])] = "",
    mapping: Annotated[str | None, Query(max_length=100, description="A saved mapping of columns.")] = None,
) -> LoadOut:
    """Land rows as NDJSON, CSV, Parquet or Arrow: good ones land, bad ones are listed with their line."""
    del who
    push = Push(
        parts.doorkeeper.portfolio_id(portfolio),
        kind,
        request.headers.get("content-type", ""),
        scope,
        as_of,
        parse_totals(totals) if totals else None,
        mapping,
    )
    body = await request.body()
    key = index_key(parts.settings)
    report = await run_in_threadpool(push_rows, parts.database, parts.clock, push, body, index_key=key)
    parts.doorbell.ring("react.events")
    return _told(report)


@router.put("/accounts/{number}")
def save_account(parts: Parts, who: Loader, portfolio: str, number: Number, row: AccountRow) -> LoadOut:  # type: ignore[valid-type]
    """Add an account with its person, or change what is said of it."""
    del who
    return _land(parts, portfolio, "accounts", {"account": number, **_cells(row)})


@router.put("/persons")
def save_person(parts: Parts, who: Loader, portfolio: str, row: PersonRow) -> LoadOut:  # type: ignore[valid-type]
    """Add a person by identity document, or change what is said of them; new addresses are unverified."""
    del who
    return _land(parts, portfolio, "persons", _cells(row))


@router.put("/accounts/{number}/invoices/{invoice}")
def save_invoice(
    parts: Parts,
    who: Loader,
    portfolio: str,
    number: Number,
    invoice: Number,
    row: InvoiceRow,  # type: ignore[valid-type]
) -> LoadOut:
    """Add an invoice of an account, or change it."""
    del who
    return _land(parts, portfolio, "invoices", {"account": number, "number": invoice, **_cells(row)})


def _cells(row: Any) -> dict[str, Any]:
    cells: dict[str, Any] = row.cells()
    return cells


def _land(parts: Any, portfolio: str, kind: str, cells: dict[str, Any]) -> LoadOut:
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    key = index_key(parts.settings)
    return _told(push_row(parts.database, parts.clock, portfolio_id, kind, cells, index_key=key))


def _told(report: ImportReport) -> LoadOut:
    refusals = [
        RefusalOut(
            line=each["line"],
            column=each["column_name"] or "",
            value=each["value"] or "",
            reason=each["reason"],
        )
        for each in report.refusals.head(MOST_REFUSALS).to_dicts()
    ]
    return LoadOut(
        load=report.load_id,
        rows=report.rows,
        accepted=report.accepted,
        inserted=report.inserted,
        changed=report.changed,
        refused=report.refused,
        omitted=report.omitted,
        refusals=refusals,
        missing=report.missing,
    )
