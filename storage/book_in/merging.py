"""Upserts that write only what changed: INSERT ... ON CONFLICT ... WHERE a column differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

from storage.copying import names


@dataclass(frozen=True)
class Merged:
    """How many rows came in new and how many were written because they differed."""

    inserted: int = 0
    changed: int = 0

    def __add__(self, other: "Merged") -> "Merged":
        return Merged(self.inserted + other.inserted, self.changed + other.changed)


@dataclass(frozen=True)
class Upsert:
    """One upsert of a staged frame.

    ``columns`` are written and compared; ``beside`` (extra assignments by column) is written with
    them but alone is no change; ``unless_equal`` adds conditions that count as a difference.
    ``source`` is the SELECT that yields ``keys``, ``columns`` and ``once`` (columns of an insert only).
    """

    table: str
    keys: Sequence[str]
    columns: Sequence[str]
    source: sql.Composable
    once: Sequence[str] = ()
    beside: Mapping[str, LiteralString] = field(default_factory=dict)
    unless_equal: Sequence[LiteralString] = ()

    def run(self, connection: psycopg.Connection, arguments: Mapping[str, object] | None = None) -> Merged:
        """Execute it; ``arguments`` are the named parameters of ``source``."""
        row = connection.execute(self._statement(), arguments or {}).fetchone()
        assert row is not None
        return Merged(row[0], row[1])

    def _statement(self) -> sql.Composed:
        table = sql.Identifier(self.table)
        written = [*self.keys, *self.columns, *self.once]
        return sql.SQL(
            "WITH written AS (INSERT INTO {table} ({written}) {source}"
            " ON CONFLICT ({keys}) {resolution} RETURNING xmax = 0 AS fresh)"
            " SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written"
        ).format(
            table=table,
            written=names(written),
            source=self.source,
            keys=names(self.keys),
            resolution=self._resolution(table),
        )

    def _resolution(self, table: sql.Identifier) -> sql.Composable:
        if not self.columns:
            return sql.SQL("DO NOTHING")
        assignments: list[sql.Composable] = [
            sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(column)) for column in self.columns
        ]
        assignments += [
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.SQL(value))
            for column, value in self.beside.items()
        ]
        differs = sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
            names(self.columns, self.table), names(self.columns, "EXCLUDED")
        )
        conditions: list[sql.Composable] = [differs, *(sql.SQL(text) for text in self.unless_equal)]
        return sql.SQL("DO UPDATE SET {} WHERE {}").format(
            sql.SQL(", ").join(assignments), sql.SQL(" OR ").join(conditions)
        )
