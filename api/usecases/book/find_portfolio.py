"""Finds a portfolio by its key, with what a run needs to know of it."""

from dataclasses import dataclass
from typing import Any

import psycopg

from engine.errors import RunError


@dataclass(frozen=True)
class Portfolio:
    """What a run needs to know of its portfolio."""

    id: int
    key: str
    timezone: str
    shadow: bool
    settings: dict[str, Any]


def find_portfolio(connection: psycopg.Connection, key: str) -> Portfolio:
    """The portfolio with this key; ``RunError`` when there is none."""
    row = connection.execute(
        "SELECT id, key, timezone, shadow, settings FROM portfolio WHERE key = %s", [key]
    ).fetchone()
    if row is None:
        rows = connection.execute("SELECT key FROM portfolio ORDER BY key").fetchall()
        known = ", ".join(one for (one,) in rows) or "none yet, cadencia portfolio makes one"
        raise RunError(f"there is no portfolio {key!r}", hint=f"known: {known}", code="portfolio.unknown")
    return Portfolio(*row)
