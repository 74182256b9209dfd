"""Versions that waited for their date take effect with its opening, and move the accounts as was chosen."""

from datetime import date, datetime

import psycopg

from api.usecases.strategies.migrate_enrolments import as_choices, relocations
from storage import publications, runs
from storage.ledger import append_line
from storage.person_lock import own_shards
from storage.relocating import relocate
from storage.versions import strategy_of


def take_effect(connection: psycopg.Connection, portfolio_id: int, day: date, now: datetime) -> int:
    """Put in force what was scheduled for ``day`` or before, while that date is being opened. How many.

    Moves of earlier publications can no longer be undone from here on.
    """
    publications.forget_moves(connection, portfolio_id)
    due = publications.due(connection, portfolio_id, day)
    if due:
        own_shards(connection, range(runs.SHARDS))
    for publication in due:
        publications.take_effect(connection, publication, day)
        strategy = strategy_of(connection, publication.strategy_id)
        told: dict[str, object] = {"version_id": publication.version_id, "by": publication.by}
        if publication.choices is not None:
            choices = as_choices(publication.choices)
            done = relocate(
                connection,
                portfolio_id,
                relocations(connection, strategy, publication.version_id, choices),
                runs.newest(connection, portfolio_id) or day,
                now,
                rate=publication.rate,
                publication_id=publication.id,
            )
            told |= {"moved": done.moved, "ended": done.ended, "in_flight": done.in_flight}
        append_line(connection, now, "strategy.in_force", f"strategy:{strategy.key}", told)
    return len(due)
