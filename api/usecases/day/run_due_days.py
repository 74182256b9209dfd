"""Run the dates that are due by schedule: each portfolio once per local date, as soon as its book will do.

A portfolio's settings say ``run_at`` ("06:30", its local time; without it a portfolio is not scheduled)
and ``cut_off`` ("10:00"; default: three hours later, before midnight). While the book is too old or
implausible the date waits. At the cut-off it is skipped with an alarm, and a person runs it or not;
payments, opt-outs and stops work all the while, because events need no run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import structlog

from api.clock import Clock
from api.usecases.day.close_day import Closed
from api.usecases.day.run_day import run_day
from engine.errors import CadenciaError, RunError, ServiceError
from storage import heartbeats, runs
from storage.database import Database
from storage.ledger import append_line

CUT_OFF_AFTER = timedelta(hours=3)
HEARTBEAT = "schedule"
_BOOK_NOT_READY = ("run.stale_book", "run.few_rows", "run.many_arrears")

log = structlog.get_logger()


@dataclass(frozen=True)
class Schedule:
    """When a portfolio's day begins, and when somebody must be told that it has not; its local time."""

    run_at: time
    cut_off: time


@dataclass(frozen=True)
class Due:
    """A portfolio whose date should be run now."""

    portfolio_id: int
    key: str
    day: date
    after_cut_off: bool


RunOne = Callable[[str, date], Closed]
"""Runs a date of a portfolio, by key, to its close."""


def run_due_days(database: Database, clock: Clock, run_one: RunOne) -> list[Closed]:
    """Run what is due now; what waits or failed stands in the heartbeat ``schedule`` by portfolio.

    Any number of processes may call this at once: one of them works a portfolio, the others pass it by.
    """
    closed, details = [], dict[str, Any]()
    with database.connection() as connection:
        due = list(_due(connection, clock.now(), details))
    for one in due:
        with _alone(database, one.portfolio_id) as mine:
            if mine:
                done = _run(database, clock, one, run_one, details)
                closed += [done] if done is not None else []
    with database.connection() as connection:
        heartbeats.beat(connection, HEARTBEAT, details)
    return closed


def schedule_of(settings: dict[str, Any], place: str = "") -> Schedule | None:
    """The schedule in a portfolio's settings; ``None`` when it is run by hand.

    >>> schedule_of({"run_at": "06:30"})
    Schedule(run_at=datetime.time(6, 30), cut_off=datetime.time(9, 30))
    """
    if not settings.get("run_at"):
        return None
    run_at = _hour(settings, "run_at", place)
    if settings.get("cut_off"):
        return Schedule(run_at, _hour(settings, "cut_off", place))
    later = datetime.combine(date.min, run_at) + CUT_OFF_AFTER
    return Schedule(run_at, later.time() if later.date() == date.min else time.max)


def _hour(settings: dict[str, Any], name: str, place: str) -> time:
    try:
        return time.fromisoformat(settings[name])
    except (TypeError, ValueError):
        raise RunError(
            f"{name} is {settings[name]!r}", place=place, hint='as "06:30"', code="run.schedule"
        ) from None


def _due(connection: psycopg.Connection, now: datetime, details: dict[str, Any]) -> Iterator[Due]:
    rows = connection.execute(
        "SELECT id, key, timezone, settings FROM portfolio WHERE settings ? 'run_at' ORDER BY id"
    ).fetchall()
    for portfolio_id, key, timezone, settings in rows:
        try:
            schedule = schedule_of(settings, key)
        except RunError as wrong:
            log.error("schedule.unreadable", portfolio=key, error=str(wrong))
            details[key] = {"alarm": str(wrong)}
            continue
        local = now.astimezone(ZoneInfo(timezone))
        if schedule is not None and local.time() >= schedule.run_at:
            run = runs.find(connection, portfolio_id, local.date())
            if run is None or run.state == "open":
                yield Due(portfolio_id, key, local.date(), local.time() >= schedule.cut_off)
            elif run.state != "closed":
                details[key] = {"alarm": f"{local.date()} is {run.state}"}


def _run(
    database: Database, clock: Clock, due: Due, run_one: RunOne, details: dict[str, Any]
) -> Closed | None:
    """Run one date; ``None`` when it waits, or failed, which is told and tried again."""
    try:
        return run_one(due.key, due.day)
    except RunError as refusal:
        if refusal.code not in _BOOK_NOT_READY:
            log.error("schedule.failed", portfolio=due.key, day=str(due.day), error=str(refusal))
            details[due.key] = {"alarm": str(refusal)}
        elif due.after_cut_off:
            _give_up(database, clock, due, str(refusal))
            details[due.key] = {"alarm": str(refusal)}
        else:
            log.info("schedule.waits", portfolio=due.key, day=str(due.day), reason=str(refusal))
            details[due.key] = {"waits": str(refusal)}
    except (ServiceError, psycopg.OperationalError) as trouble:
        log.warning("schedule.interrupted", portfolio=due.key, day=str(due.day), error=str(trouble))
        details[due.key] = {"interrupted": str(trouble)}
    except CadenciaError as wrong:
        log.error("schedule.failed", portfolio=due.key, day=str(due.day), error=str(wrong))
        details[due.key] = {"alarm": str(wrong)}
    return None


def _give_up(database: Database, clock: Clock, due: Due, reason: str) -> None:
    """Skip a date whose book did not come in time, once, and raise the alarm."""
    with database.connection() as connection:
        if runs.skip(connection, due.portfolio_id, due.day, reason):
            log.error("schedule.not_run", portfolio=due.key, day=str(due.day), reason=reason)
            body = {"portfolio": due.key, "day": str(due.day), "reason": reason}
            append_line(connection, clock.now(), "run.not_opened", f"portfolio:{due.key}", body)


@contextmanager
def _alone(database: Database, portfolio_id: int) -> Iterator[bool]:
    """Whether no other scheduler works this portfolio; holds the others off meanwhile."""
    with database.connection(autocommit=True) as connection:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(hashtext('cadencia.schedule'), %s)", [portfolio_id]
        ).fetchone()
        yield bool(row and row[0])


def run_with(database: Database, snapshots_url: str, work: Callable[[], Any]) -> RunOne:
    """Runs dates through what ``work()`` offers at that moment: day workers, or this process (``None``)."""
    return lambda key, day: run_day(database, key, day, snapshots_url=snapshots_url, work=work())
