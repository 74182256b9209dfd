"""Evaluate what waited for an instant that has come: waits in hours, and messages whose fallback may run."""

from collections.abc import Sequence
from functools import partial

import psycopg
import structlog

from api.bisecting import work_apart
from api.clock import BusinessClock
from api.evaluation import Evaluator, Occasion
from api.returned import Returned
from api.settings import load_settings
from engine.daily_close import Close
from engine.decided import DeadlineKind
from engine.vocabulary import Trigger
from storage import faults, runs, timers
from storage.database import Database
from storage.day_write.messages import new_number
from storage.reading import Selection
from storage.timers import DueTimer

BATCH = 500

_OF_TIMERS = 3 << 60
"""Set in the numbers of these evaluations: no other trigger has both bits."""

log = structlog.get_logger()


def work_timers(database: Database) -> int:
    """Work every timer that is due, portfolio by portfolio; how many.

    One that raises is tried again later and then set aside; the others go on.
    """
    worked = 0
    while True:
        with database.connection() as connection:
            due = timers.due(connection, BusinessClock(database).now(), BATCH)
        if not due:
            return worked
        faulty = work_apart(due, partial(_work, database, Evaluator(database, due[0].portfolio_id)))
        worked += len(due) - len(faulty)
        with database.connection() as connection:
            noted = {one.key: (one.account_id, fault) for one, fault in faulty}
            for key in faults.note(connection, timers.WORK, noted):
                log.error("timer.set_aside", timer=key)


def _work(database: Database, evaluator: Evaluator, due: Sequence[DueTimer]) -> None:
    now = BusinessClock(database).now()
    with database.connection() as connection:
        day = runs.newest(connection, evaluator.portfolio_id)
        run = None if day is None else runs.find(connection, evaluator.portfolio_id, day)
        number = new_number(connection, _OF_TIMERS)
        timers.begin(connection, due)
    assert day is not None and run is not None  # timers are set by evaluations of an opened date

    def finish(connection: psycopg.Connection, close: Close) -> None:
        del close
        timers.finish(connection, due, day, now)
        faults.forget(connection, timers.WORK, [one.key for one in due])

    evaluator.evaluate(
        Selection(evaluator.portfolio_id, account_ids=_accounts(database, due)),
        Occasion(
            day=day,
            at=now,
            trigger=Trigger.TIMER,
            evaluation=number,
            run_id=run.id,
            shadow=run.shadow,
            released=True,
        ),
        Returned(
            calls=[one.message_id for one in due if one.message_id is not None],
            expired={one.cause_id: (one.node, one.visit) for one in due if one.kind == DeadlineKind.WAIT},
        ),
        before_commit=finish,
    )


def _accounts(database: Database, due: Sequence[DueTimer]) -> tuple[int, ...]:
    """The accounts of the timers, and those their messages list besides."""
    messages = [one.message_id for one in due if one.message_id is not None]
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT DISTINCT account_id FROM message_item WHERE message_id = ANY(%s)", [messages]
        ).fetchall()
    return tuple(sorted({one.account_id for one in due} | {account for (account,) in rows}))


def work_due_timers() -> None:
    """The job ``timer.work``."""
    work_timers(Database(load_settings().database_url))
