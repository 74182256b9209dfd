"""The scheduler's clockwork: looks every few seconds whether a date is due, and runs it."""

import asyncio

import structlog

from api.clock import BusinessClock
from api.day_workers import DayWorkers
from api.settings import Settings
from api.usecases.access.decide_approval import carry_out_due
from api.usecases.day.close_deliveries import close_deliveries
from api.usecases.day.run_due_days import run_due_days, run_with
from api.usecases.upkeep.forget_answers import forget_answers
from engine.errors import ServiceError
from storage.database import Database

LOOK_S = 15.0

log = structlog.get_logger()


async def run_dates(settings: Settings) -> None:
    """Run due dates until cancelled: by the day workers, or in this process while none is alive."""
    database = Database(settings.database_url)
    clock, workers = BusinessClock(database), DayWorkers(database, settings.redis_url)
    run_one = run_with(
        database, settings.snapshots_address, lambda: workers.work if workers.alive() else None
    )
    while True:
        try:
            await asyncio.to_thread(carry_out_due, database, clock)  # before their date runs
            await asyncio.to_thread(forget_answers, database)
            await asyncio.to_thread(close_deliveries, database, clock)
            for closed in await asyncio.to_thread(run_due_days, database, clock, run_one):
                log.info("schedule.ran", day=str(closed.day), state=closed.state, said=closed.sentence())
        except ServiceError as trouble:
            log.warning("schedule.interrupted", error=str(trouble))
        except Exception:  # whatever it was, tomorrow's dates must run
            log.exception("schedule.accident")
        await asyncio.sleep(LOOK_S)
