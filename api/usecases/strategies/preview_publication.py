"""What publishing a document would do with the accounts in flight: node by node, counts first."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import StrategyError
from engine.strategy.document import Strategy
from engine.strategy.migrate import Choice, Move, migration
from storage.database import Database
from storage.versions import find_strategy, open_versions, standing_at


@dataclass(frozen=True)
class InFlight:
    """Accounts at one node of a version, those with a message on its way, and what would become of them."""

    version_id: int
    node: str
    accounts: int
    in_flight: int
    move: Move


def preview_publication(
    database: Database,
    portfolio_key: str,
    document: Strategy,
    choices: Mapping[str, Choice] | None = None,
) -> list[InFlight]:
    """A line per version and node that holds accounts; none where the strategy was never published."""
    with database.connection() as connection:
        try:
            strategy = find_strategy(connection, portfolio_key, document.key)
        except StrategyError:
            return []
        versions = open_versions(connection, strategy)
        standing = standing_at(connection, strategy)
    known = {node.id for version in versions.values() for node in version.nodes}
    strangers = {node: choice for node, choice in (choices or {}).items() if node not in known}
    lines = []
    for version_id, old in versions.items():
        own = {node.id for node in old.nodes}
        chosen = {node: choice for node, choice in (choices or {}).items() if node in own}
        moves = migration(old, document, chosen | strangers)
        lines += [
            InFlight(version_id, node, *counts, moves[node])
            for (version, node), counts in standing.items()
            if version == version_id and node in moves
        ]
    return lines
