"""Bring accounts that stand in older versions of a strategy to the newest one, node by node, counts first."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from api.clock import BusinessClock
from engine.errors import StrategyError
from engine.strategy.migrate import Choice, Move, migration
from storage import publications, runs
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import own_shards
from storage.relocating import Relocated, Relocation, relocate
from storage.terms import codes
from storage.versions import StrategyState, find_strategy, open_versions, standing_at

NEW_VERSION = "new_version"
"""The outcome of an enrolment that a publication ended."""

FLOOD_RATE = 0.2
"""The part of the waits an edit makes due at once that comes due each day (03, point 14)."""


@dataclass(frozen=True)
class NodeCount:
    """Accounts at one node of an older version, those with a message on its way, and where they would go."""

    version_id: int
    node: str
    accounts: int
    in_flight: int
    move: Move


def preview_migration(
    database: Database, portfolio_key: str, strategy_key: str, choices: Mapping[str, Choice] | None = None
) -> list[NodeCount]:
    """What a migration would do, without doing it: a line per older version and node that holds accounts."""
    with database.connection() as connection:
        strategy = find_strategy(connection, portfolio_key, strategy_key)
        moves = moves_to(connection, strategy, strategy.active_version_id, choices)
        return [
            NodeCount(version_id, node, accounts, in_flight, moves[version_id][node])
            for (version_id, node), (accounts, in_flight) in standing_at(connection, strategy).items()
            if version_id in moves
        ]


def migrate_enrolments(
    database: Database,
    portfolio_key: str,
    strategy_key: str,
    choices: Mapping[str, Choice] | None = None,
    *,
    by: str,
    rate: float = FLOOD_RATE,
) -> Relocated:
    """Apply the migration to every account in an older version; ``StrategyError`` for an impossible choice.

    Accounts whose message is on its way follow by themselves once its outcome is recorded, from the node
    they have then reached. Doing it twice changes nothing more.
    """
    clock = BusinessClock(database)
    with database.connection() as connection:
        own_shards(connection, range(runs.SHARDS))
        strategy = find_strategy(connection, portfolio_key, strategy_key)
        publication = publications.in_force(connection, strategy.id)
        if publication is None:
            raise StrategyError("nothing is in force", place=strategy_key, code="publication.none")
        publications.keep_choices(connection, publication.id, as_words(choices), rate)
        now = clock.now()
        day = runs.newest(connection, strategy.portfolio_id) or now.date()
        done = relocate(
            connection,
            strategy.portfolio_id,
            relocations(connection, strategy, publication.version_id, choices),
            day,
            now,
            rate=rate,
            publication_id=publication.id,
        )
        told = {"moved": done.moved, "ended": done.ended, "in_flight": done.in_flight, "by": by}
        append_line(connection, now, "strategy.migrated", f"strategy:{strategy_key}", told)
    return done


def relocations(
    connection: psycopg.Connection,
    strategy: StrategyState,
    to_version: int,
    choices: Mapping[str, Choice] | None,
) -> list[Relocation]:
    """Where everyone in another version of a strategy goes when ``to_version`` takes effect."""
    outcome = codes(connection, "outcome", [NEW_VERSION])[NEW_VERSION]
    moves = moves_to(connection, strategy, to_version, choices)
    return [
        _relocation(strategy, version_id, to_version, node, move, outcome)
        for version_id, by_node in moves.items()
        for node, move in by_node.items()
    ]


def moves_to(
    connection: psycopg.Connection,
    strategy: StrategyState,
    to_version: int,
    choices: Mapping[str, Choice] | None,
) -> dict[int, dict[str, Move]]:
    """The moves of each other version to this one; a choice about a node binds the versions that have it."""
    versions = open_versions(connection, strategy, to_version)
    newest = versions.pop(to_version)
    wanted = dict(choices or {})
    known = {node.id for version in versions.values() for node in version.nodes}
    strangers = {node: choice for node, choice in wanted.items() if node not in known}
    found = {}
    for version_id, old in versions.items():
        own = {node.id for node in old.nodes}
        chosen = {node: choice for node, choice in wanted.items() if node in own}
        found[version_id] = migration(old, newest, chosen | strangers)
    return found


def as_words(choices: Mapping[str, Choice] | None) -> publications.Choices:
    """Choices as a publication keeps them."""
    return {node: (choice.kind, choice.target) for node, choice in (choices or {}).items()}


def as_choices(words: Mapping[str, list[str]] | None) -> dict[str, Choice]:
    """The choices a publication has kept."""
    found = {}
    for node, (kind, target) in (words or {}).items():
        if kind == "exit":
            found[node] = Choice("exit")
        else:
            found[node] = Choice("move", target) if kind == "move" else Choice("stay")
    return found


def _relocation(
    strategy: StrategyState, version_id: int, to_version: int, node: str, move: Move, outcome: int
) -> Relocation:
    leaves_version = move.kind == "move"
    return Relocation(
        version_id=version_id,
        node=strategy.codes[node],
        to_version=to_version if leaves_version else version_id,
        to_node=strategy.codes[move.target if leaves_version else node],
        keeps_place=move.keeps_place,
        keeps_message=move.keeps_message,
        shift_days=move.shift_days,
        ends=move.kind == "exit",
        outcome=outcome if move.kind == "exit" else 0,
        stays=move.kind == "stay",
    )
