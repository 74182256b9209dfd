"""Pilots: a template's messages go to a share of its people first, until a person lets the rest follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from engine.errors import TemplateError


@dataclass(frozen=True)
class PilotRow:
    """One pilot that runs: of which template, to what share in basis points, since when and by whom."""

    template_key: str
    share_bp: int
    started_by: str
    started_at: datetime


def start(connection: psycopg.Connection, template_key: str, share_bp: int, by: str) -> None:
    """From the next guard on only the share is written to; ``TemplateError`` when one runs already."""
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO pilot (template_key, share_bp, started_by) VALUES (%s, %s, %s)",
                [template_key, share_bp, by],
            )
    except psycopg.errors.UniqueViolation as running:
        raise TemplateError(
            "a pilot of this template runs already", place=template_key, code="pilot.running",
            hint="end it first",
        ) from running  # fmt: skip


def end(connection: psycopg.Connection, template_key: str, by: str, now: datetime) -> None:
    """Let the rest follow; ``TemplateError`` when no pilot of the template runs."""
    ended = connection.execute(
        "UPDATE pilot SET ended_by = %s, ended_at = %s WHERE template_key = %s AND ended_at IS NULL",
        [by, now, template_key],
    ).rowcount
    if not ended:
        raise TemplateError("no pilot of this template runs", place=template_key, code="pilot.unknown")


def running(connection: psycopg.Connection) -> Sequence[PilotRow]:
    """The pilots that run, by template."""
    with connection.cursor(row_factory=class_row(PilotRow)) as cursor:
        return cursor.execute(
            "SELECT template_key, share_bp, started_by, started_at FROM pilot"
            " WHERE ended_at IS NULL ORDER BY template_key"
        ).fetchall()
