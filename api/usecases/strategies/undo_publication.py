"""Take a publication back before the next date opens: the version before it is in force again."""

from dataclasses import dataclass

import psycopg

from api.clock import BusinessClock
from engine.errors import StrategyError
from storage import publications, runs
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import own_shards
from storage.publications import Publication
from storage.versions import any_strategy, version_number


@dataclass(frozen=True)
class Stays:
    """An account that has gone on since and stays where it stands; ``node`` is the node's id."""

    account: str
    node: str


@dataclass(frozen=True)
class Undone:
    """The version taken back, the one in force again (``None``: none was), and what became of accounts."""

    number: int
    back_to: int | None
    restored: int
    stay: tuple[Stays, ...]


def undo_publication(database: Database, portfolio_key: str, strategy_key: str, *, by: str) -> Undone:
    """Undo the newest publication of a strategy, or the one that waits for its date (03, point 14).

    Accounts it moved stand again where it found them, unless they have gone on since: those are listed.
    ``StrategyError`` when a date has opened since.
    """
    with database.connection() as connection:
        own_shards(connection, range(runs.SHARDS))
        strategy = any_strategy(connection, portfolio_key, strategy_key)
        newest = runs.newest(connection, strategy.portfolio_id)
        publication = publications.scheduled(connection, strategy.id)
        if publication is None:
            publication = publications.in_force(connection, strategy.id)
            if publication is None:
                raise StrategyError("nothing is in force", place=strategy_key, code="publication.none")
            if publication.in_force_since != newest:
                raise _too_late(strategy_key, publication)
        restored, left = publications.undo(connection, publication)
        nodes = {code: node for node, code in strategy.codes.items()}
        done = Undone(
            version_number(connection, publication.version_id) or 0,
            _back_to(connection, strategy.active_version_id, publication),
            restored,
            tuple(Stays(each.account, nodes[each.node]) for each in left),
        )
        told = {"version": done.number, "back_to": done.back_to, "restored": restored, "stay": len(left)}
        now = BusinessClock(database).now()
        append_line(connection, now, "strategy.undone", f"strategy:{strategy_key}", told | {"by": by})
    return done


def _back_to(
    connection: psycopg.Connection, active_version_id: int | None, publication: Publication
) -> int | None:
    """The number of the version in force after the undoing."""
    waited = publication.state == publications.SCHEDULED
    return version_number(connection, active_version_id if waited else publication.previous_version_id)


def _too_late(strategy_key: str, publication: Publication) -> StrategyError:
    return StrategyError(
        f"a date has opened since the publication took effect ({publication.in_force_since})",
        place=strategy_key,
        hint="publish the version before it once more",
        code="publication.too_late",
    )
