"""What a portfolio's reactions are: its own set beside the locked one, and the facts they may ask."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from api.catalogue import SETTING, catalogue_of
from engine.facts import Catalogue
from engine.reactions import LOCKED, RuleSet, askable, asked
from storage.reaction_sets import active_sets


@dataclass(frozen=True)
class Rulebook:
    """One portfolio's reactions: ``names`` are the facts of accounts its rules read."""

    portfolio_id: int
    country: str
    zone: ZoneInfo
    settings: Mapping[str, Any]
    catalogue: Catalogue
    facts: Catalogue
    custom: RuleSet | None
    names: frozenset[str]

    def day(self, at: datetime) -> date:
        """The local date of an instant."""
        return at.astimezone(self.zone).date()


def read_rulebooks(connection: psycopg.Connection, portfolio_ids: Sequence[int]) -> dict[int, Rulebook]:
    """The rulebooks of portfolios, by id."""
    rows = connection.execute(
        "SELECT id, country, timezone, settings FROM portfolio WHERE id = ANY(%s)", [list(portfolio_ids)]
    ).fetchall()
    sets = active_sets(connection, portfolio_ids)
    books = {}
    for portfolio_id, country, zone, settings in rows:
        catalogue, facts = _catalogues(json.dumps(settings.get(SETTING) or []))
        stored = sets.get(portfolio_id)
        custom = None if stored is None else _rules(json.dumps(stored.body))
        read = asked(LOCKED) | (asked(custom) if custom else frozenset())
        names = frozenset(name for name in read if name in catalogue)
        books[portfolio_id] = Rulebook(
            portfolio_id, country, ZoneInfo(zone), settings, catalogue, facts, custom, names
        )
    return books


@lru_cache(64)
def _catalogues(declared: str) -> tuple[Catalogue, Catalogue]:
    """The catalogue of a portfolio and what its reactions may ask; the same objects for the same facts."""
    catalogue = catalogue_of({SETTING: json.loads(declared)})
    return catalogue, askable(catalogue)


@lru_cache(64)
def _rules(body: str) -> RuleSet:
    return RuleSet.model_validate_json(body)
