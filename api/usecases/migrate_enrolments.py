"""Bring accounts that stand in older versions of a strategy to the newest one, node by node, counts first."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from api.clock import BusinessClock
from engine.strategy.migrate import Choice, Move, migration
from storage import runs
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
        moves = _moves(connection, strategy, choices)
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

    Accounts whose message is on its way stay where they are: once its outcome is recorded, the same
    call moves them from the node they have then reached. Doing it twice changes nothing more.
    """
    clock = BusinessClock(database)
    with database.connection() as connection:
        own_shards(connection, range(runs.SHARDS))
        strategy = find_strategy(connection, portfolio_key, strategy_key)
        outcome = codes(connection, "outcome", [NEW_VERSION])[NEW_VERSION]
        relocations = [
            _relocation(strategy, version_id, node, move, outcome)
            for version_id, moves in _moves(connection, strategy, choices).items()
            for node, move in moves.items()
            if move.kind != "stay"
        ]
        now = clock.now()
        day = runs.newest(connection, strategy.portfolio_id) or now.date()
        done = relocate(connection, strategy.portfolio_id, relocations, day, now, rate=rate)
        told = {"moved": done.moved, "ended": done.ended, "in_flight": done.in_flight, "by": by}
        append_line(connection, now, "strategy.migrated", f"strategy:{strategy_key}", told)
    return done


def _moves(
    connection: psycopg.Connection, strategy: StrategyState, choices: Mapping[str, Choice] | None
) -> dict[int, dict[str, Move]]:
    """The moves of each older version; a choice about a node binds the versions that have it."""
    versions = open_versions(connection, strategy)
    newest = versions.pop(strategy.active_version_id)
    wanted = dict(choices or {})
    known = {node.id for version in versions.values() for node in version.nodes}
    strangers = {node: choice for node, choice in wanted.items() if node not in known}
    found = {}
    for version_id, old in versions.items():
        own = {node.id for node in old.nodes}
        chosen = {node: choice for node, choice in wanted.items() if node in own}
        found[version_id] = migration(old, newest, chosen | strangers)
    return found


def _relocation(strategy: StrategyState, version_id: int, node: str, move: Move, outcome: int) -> Relocation:
    ends = move.kind == "exit"
    return Relocation(
        version_id=version_id,
        node=strategy.codes[node],
        to_version=version_id if ends else strategy.active_version_id,
        to_node=strategy.codes[node if ends else move.target],
        keeps_place=move.keeps_place,
        keeps_message=move.keeps_message,
        shift_days=move.shift_days,
        ends=ends,
        outcome=outcome if ends else 0,
    )
