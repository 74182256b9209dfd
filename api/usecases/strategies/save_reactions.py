"""Keeps a portfolio's own reactions: proposed by one person, put in force by another, never looser."""

import hashlib
import json
from typing import Any

import psycopg
from pydantic import ValidationError

from api.catalogue import catalogue_of
from api.clock import Clock
from api.usecases.book.find_portfolio import find_portfolio
from engine.errors import StrategyError
from engine.facts import Catalogue
from engine.findings import Finding
from engine.reactions import RuleSet, askable, check_rules
from storage import reaction_sets
from storage.database import Database
from storage.ledger import append_line
from storage.reaction_sets import StoredSet


class ReactionError(StrategyError):
    """A set of reactions with errors; ``findings`` are all of them."""

    code = "reaction.invalid"

    def __init__(self, findings: list[Finding]) -> None:
        first = findings[0]
        super().__init__(first.message_en, place=first.place, hint=first.hint)
        self.findings = findings


def check_reactions(document: object, catalogue: Catalogue) -> tuple[RuleSet, list[Finding]]:
    """A document as rules and all that is wrong with it; ``StrategyError`` when it is no set at all."""
    try:
        rules = RuleSet.model_validate(document)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise StrategyError(
            first["msg"],
            place=".".join(map(str, first["loc"])),
            hint='{"rules": [{"key", "on", "when", "do"}]}',
            code="reaction.unreadable",
        ) from None
    return rules, check_rules(rules, askable(catalogue))


def propose_reactions(
    database: Database, clock: Clock, portfolio: str, document: object, *, by: str
) -> StoredSet:
    """Keep a new version; ``ReactionError`` with every finding when it has errors."""
    with database.connection() as connection:
        found = find_portfolio(connection, portfolio)
        rules, findings = check_reactions(document, catalogue_of(found.settings))
        blocking = [finding for finding in findings if finding.blocks]
        if blocking:
            raise ReactionError(blocking)
        body: dict[str, Any] = rules.model_dump(mode="json", by_alias=True)
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        number = reaction_sets.propose(connection, found.id, body, digest, by, clock.now())
        told = {"number": number, "content_hash": digest, "by": by}
        append_line(connection, clock.now(), "reactions.proposed", f"portfolio:{portfolio}", told)
        return _expect(connection, found.id, number)


def approve_reactions(database: Database, clock: Clock, portfolio: str, number: int, *, by: str) -> StoredSet:
    """Put a proposed version in force; ``StrategyError`` to its own author, or when it was decided."""
    with database.connection() as connection:
        found = find_portfolio(connection, portfolio)
        proposed = _expect(connection, found.id, number)
        if proposed.state != "proposed":
            raise StrategyError(f"version {number} is {proposed.state}", code="reaction.decided")
        if proposed.proposed_by.casefold() == by.casefold():
            raise StrategyError("a second person approves", place=str(number), code="reaction.approval")
        reaction_sets.activate(connection, found.id, number, by, clock.now())
        told = {"number": number, "content_hash": proposed.content_hash, "by": by}
        append_line(connection, clock.now(), "reactions.approved", f"portfolio:{portfolio}", told)
        return _expect(connection, found.id, number)


def list_reactions(database: Database, portfolio: str) -> list[StoredSet]:
    """Every version of a portfolio's reactions, the newest first."""
    with database.connection() as connection:
        return reaction_sets.versions(connection, find_portfolio(connection, portfolio).id)


def _expect(connection: psycopg.Connection, portfolio_id: int, number: int) -> StoredSet:
    for each in reaction_sets.versions(connection, portfolio_id):
        if each.number == number:
            return each
    raise StrategyError(f"there is no version {number}", code="reaction.unknown")
