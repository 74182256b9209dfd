"""Evaluate accounts at once because something happened to them: exits, answers, released waits.

An event may decide a new message only from what the person's day has left: the slot, the caps, and a
reserve of the day's capacities. It never displaces a message that is queued. For equal facts a second
evaluation is empty.
"""

from collections.abc import Mapping, Sequence

import psycopg
import structlog

from api.bisecting import work_apart
from api.clock import BusinessClock
from api.evaluation import Evaluator, Occasion
from api.settings import load_settings
from engine.vocabulary import Trigger
from storage import faults, runs
from storage.database import Database
from storage.day_write.messages import new_number
from storage.events import WORK, mark_applied, new_events
from storage.reading import Selection

BATCH = 5_000

log = structlog.get_logger()

_OF_EVENTS = 1 << 61
"""Set in the numbers of these evaluations, so that no daily run has one of them."""


def evaluate_now(database: Database, account_ids: Sequence[int]) -> int:
    """Evaluate accounts on the newest opened date of their portfolios; how many messages were decided.

    Accounts of a portfolio that never ran are left to its first run.
    """
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT portfolio_id, array_agg(id ORDER BY id) FROM account WHERE id = ANY(%s) GROUP BY 1",
            [list(account_ids)],
        ).fetchall()
    return sum(_evaluate(database, portfolio_id, tuple(ids)) for portfolio_id, ids in rows)


def evaluate_new_events(database: Database) -> int:
    """Evaluate every account something happened to since it was last looked at; how many events.

    An event is marked after its evaluation: whoever is killed between them evaluates once more, to no
    effect. Accounts whose evaluation raises are tried again later, then their events are set aside.
    """
    seen = 0
    while True:
        with database.connection() as connection:
            events = new_events(connection, BATCH)
        if not events:
            return seen
        accounts = sorted({account_id for _, account_id in events})
        faulty = dict(work_apart(accounts, lambda some: evaluate_now(database, some)))
        done = [event_id for event_id, account_id in events if account_id not in faulty]
        with database.connection() as connection:
            mark_applied(connection, done)
            _set_aside(connection, events, faulty)
        seen += len(done)


def _set_aside(
    connection: psycopg.Connection, events: Sequence[tuple[int, int]], faulty: Mapping[int, Exception]
) -> None:
    noted = {str(event): (account, faulty[account]) for event, account in events if account in faulty}
    for key in faults.note(connection, WORK, noted):
        log.error("event.set_aside", number=key)
    done = [str(event_id) for event_id, account_id in events if account_id not in faulty]
    faults.forget(connection, WORK, done)


def _evaluate(database: Database, portfolio_id: int, account_ids: tuple[int, ...]) -> int:
    with database.connection() as connection:
        day = runs.newest(connection, portfolio_id)
        run = None if day is None else runs.find(connection, portfolio_id, day)
        number = new_number(connection, _OF_EVENTS)
    if day is None or run is None:
        return 0
    evaluator = Evaluator(database, portfolio_id)
    occasion = Occasion(
        day=day,
        at=BusinessClock(database).now(),
        trigger=Trigger.EVENT,
        evaluation=number,
        run_id=run.id,
        shadow=run.shadow,
        released=True,  # with its run: what belongs to a date waits for the close of that date
    )
    return evaluator.evaluate(Selection(portfolio_id, account_ids=account_ids), occasion).written.messages


def evaluate_events() -> None:
    """The job ``reaction.evaluate``."""
    evaluate_new_events(Database(load_settings().database_url))
