"""Accounts whose message was on its way when a version took effect follow it once the outcome is there."""

import psycopg

from api.clock import BusinessClock
from api.usecases.strategies.migrate_enrolments import as_choices, relocations
from storage import publications, runs
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import own_shards
from storage.relocating import relocate
from storage.versions import strategy_of


def follow_publications(database: Database, portfolio_id: int) -> int:
    """Move whoever has had their outcome, from the node then reached; how many moved or left.

    Nobody waits: one small question. Nothing is asked of a person (03, point 14).
    """
    with database.connection() as connection:
        if not publications.to_follow(connection, portfolio_id):
            return 0
        own_shards(connection, range(runs.SHARDS))
        # Asked again under the locks: another process may have moved them meanwhile.
        waiting = publications.to_follow(connection, portfolio_id)
        return sum(_follow(connection, database, each) for each in waiting)


def _follow(connection: psycopg.Connection, database: Database, publication: publications.Publication) -> int:
    strategy = strategy_of(connection, publication.strategy_id)
    now = BusinessClock(database).now()
    done = relocate(
        connection,
        strategy.portfolio_id,
        relocations(connection, strategy, publication.version_id, as_choices(publication.choices)),
        runs.newest(connection, strategy.portfolio_id) or now.date(),
        now,
        rate=publication.rate,
        publication_id=publication.id,
        followers=True,
    )
    publications.forget_settled(connection, publication.id)
    told = {"moved": done.moved, "ended": done.ended, "in_flight": done.in_flight, "by": publication.by}
    append_line(connection, now, "strategy.followed", f"strategy:{strategy.key}", told)
    return done.moved + done.ended
