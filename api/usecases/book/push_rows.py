"""Lands rows a system pushes: many at once, or one, checked and saved by the code that imports files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from api.clock import Clock
from api.importing.mapping import ColumnMapping, parse_mapping
from api.importing.pushed import read_pushed
from api.importing.totals import ControlTotals
from api.usecases.book.import_book import ImportOrder, ImportReport, Scope, land_rows
from engine.errors import BookError
from engine.findings import Finding
from storage.book_in.lookups import mappings, portfolio_facts
from storage.database import Database


class RowRefused(BookError):
    """A single row that did not land; ``findings`` are all reasons."""

    code = "row.refused"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message_es, place=findings[0].place)
        self.findings = findings


@dataclass(frozen=True)
class Push:
    """Where pushed rows belong and what their sender says of them; without a date they are of today."""

    portfolio_id: int
    kind: str
    media_type: str
    scope: Scope = "delta"
    as_of: date | None = None
    totals: ControlTotals | None = None
    mapping: str | None = None


def push_rows(database: Database, clock: Clock, push: Push, body: bytes, *, index_key: bytes) -> ImportReport:
    """Land a body of rows; bad lines are listed while the good ones land."""
    with database.connection() as connection:
        row = connection.execute("SELECT key FROM portfolio WHERE id = %s", [push.portfolio_id]).fetchone()
        facts = portfolio_facts(connection, push.portfolio_id)
        saved = mappings(connection, push.portfolio_id) if push.mapping else {}
    assert row is not None
    mapping = ColumnMapping(kind=push.kind)
    if push.mapping:
        if push.mapping not in saved:
            raise BookError(
                f"no existe el mapeo «{push.mapping}»", code="mapping.unknown", place=push.mapping
            )
        mapping = parse_mapping(saved[push.mapping], push.mapping)
    if mapping.kind != push.kind:
        raise BookError(f"el mapeo es de {mapping.kind}", code="mapping.kind", place=push.mapping or "")
    raw = read_pushed(body, push.media_type, mapping)
    today = clock.now().astimezone(ZoneInfo(facts.timezone)).date()
    order = ImportOrder(
        path=Path(f"api.{push.kind}"),
        portfolio=row[0],
        mapping=mapping,
        as_of=push.as_of or today,
        scope=push.scope,
        totals=push.totals,
    )
    digest = hashlib.sha256(body).hexdigest()
    return land_rows(database, raw, order, digest, index_key=index_key)


def push_row(
    database: Database,
    clock: Clock,
    portfolio_id: int,
    kind: str,
    cells: Mapping[str, Any],
    *,
    index_key: bytes,
) -> ImportReport:
    """Land one row; ``RowRefused`` with every reason when it does not."""
    push = Push(portfolio_id, kind, "application/x-ndjson")
    report = push_rows(database, clock, push, orjson.dumps(dict(cells)), index_key=index_key)
    if report.refused:
        raise RowRefused(
            [
                Finding(f"{kind}.{refusal['column_name']}", refusal["column_name"], refusal["reason"],
                        refusal["reason"])
                for refusal in report.refusals.to_dicts()
            ]
        )  # fmt: skip
    return report
