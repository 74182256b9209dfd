"""An empty portfolio of one Mexican creditor, and a way to import text into it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.importing.mapping import parse_mapping
from api.importing.totals import parse_totals
from api.usecases.book.import_book import ImportOrder, ImportReport, import_book
from storage.database import Database
from tests.factories import clear
from tests.factories.book import INDEX_KEY, BookFactory

AS_OF = date(2026, 11, 12)


class Desk:
    """Imports files into the portfolio ``prueba`` and asks the database what came of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.book = BookFactory(database)

    def load(
        self,
        content: str | bytes | Path,
        *,
        kind: str = "accounts",
        scope: Any = "delta",
        totals: str = "",
        as_of: date = AS_OF,
        **mapping: Any,
    ) -> ImportReport:
        """Import text (CSV), bytes (CSV) or a file."""
        path = content if isinstance(content, Path) else self.folder / "archivo.csv"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        order = ImportOrder(
            path=path,
            portfolio="prueba",
            mapping=parse_mapping({"kind": kind, **mapping}),
            as_of=as_of,
            scope=scope,
            totals=parse_totals(totals) if totals else None,
        )
        return import_book(self.database, order, index_key=INDEX_KEY)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.database.connection() as connection:
            return connection.execute(query.encode()).fetchall()

    def names(self) -> list[str]:
        """The names in the book, in the clear."""
        with self.database.connection() as connection:
            return clear.names(connection)

    def addresses(self) -> list[str]:
        """The phones and mailboxes in the book, in the clear."""
        with self.database.connection() as connection:
            return clear.addresses(connection)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    return Desk(Database(database_url), tmp_path)
