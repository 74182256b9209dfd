"""Keeps how a portfolio's files are read, under a name."""

import json
from pathlib import Path

from api.importing.mapping import ColumnMapping, parse_mapping
from engine.errors import BookError
from storage.book_in import lookups
from storage.book_in.owners import portfolio_id_of
from storage.database import Database


def read_mapping(path: Path) -> ColumnMapping:
    """The mapping of a JSON file; ``BookError`` when there is none or it holds something else."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise BookError(
            "el mapeo no se puede leer", code="mapping.invalid", place=str(path), hint=str(fault)[:200]
        ) from fault
    return parse_mapping(document, place=path.name)


def save_mapping(database: Database, portfolio: str, name: str, mapping: ColumnMapping) -> None:
    """Keep a mapping; one of the same name is replaced."""
    with database.connection() as connection:
        portfolio_id = portfolio_id_of(connection, portfolio)
        lookups.save_mapping(connection, portfolio_id, name, mapping.model_dump())


def saved_mappings(database: Database, portfolio: str) -> dict[str, ColumnMapping]:
    """The mappings of a portfolio by name."""
    with database.connection() as connection:
        bodies = lookups.mappings(connection, portfolio_id_of(connection, portfolio))
    return {name: parse_mapping(body, place=name) for name, body in bodies.items()}


def expect_mapping(database: Database, portfolio: str, name: str) -> ColumnMapping:
    """A saved mapping; ``BookError`` naming the known ones when there is none of that name."""
    kept = saved_mappings(database, portfolio)
    if name not in kept:
        raise BookError(
            f"no existe el mapeo «{name}»",
            code="mapping.unknown",
            place=portfolio,
            hint=f"mapeos: {', '.join(kept) or 'ninguno todavía'}",
        )
    return kept[name]
