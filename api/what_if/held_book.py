"""The book of one portfolio held in memory for the next date to run, and whether it is still the newest."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from api.evaluation import Evaluator, Occasion
from api.what_if.desk import RememberingDesk
from engine.contacts import ContactDesk
from engine.day import Question
from engine.facts import Catalogue
from engine.vocabulary import Relation, Trigger
from storage import runs
from storage.database import Database
from storage.reading import Selection

OPENS = time(6, 30)
"""The local hour a date is evaluated at: nothing of its windows is over."""

EVERYONE = (Relation.TITULAR, Relation.CODEUDOR, Relation.AVAL)

Stamp = tuple[Any, ...]
"""What a held book was read of: another stamp, and it is read again."""


@dataclass(frozen=True)
class HeldBook:
    """A question about the whole portfolio, with every fact a draft may ask for."""

    portfolio_id: int
    day: date
    question: Question
    catalogue: Catalogue
    stamp: Stamp
    as_of: datetime


def hold_book(database: Database, portfolio_id: int, now: datetime) -> HeldBook:
    """Read the portfolio for the next date to run: today's, or tomorrow's once today's has run.

    Events that no published version waits for are not read: for a draft that begins to wait for them, they
    have not happened yet.
    """
    with database.connection() as connection:
        stamp = stamp_of(connection, portfolio_id, now)
        day, at = next_date(connection, portfolio_id, now)
    evaluator = Evaluator(database, portfolio_id)
    evaluator.facts = frozenset(evaluator.catalogue)
    evaluator.relations = sorted(EVERYONE)
    occasion = Occasion(day=day, at=at, trigger=Trigger.DAILY, evaluation=0)
    question, _ = evaluator.question(Selection(portfolio_id), occasion)
    desk = _remembering(question.desk)
    return HeldBook(portfolio_id, day, replace(question, desk=desk), evaluator.catalogue, stamp, now)


def stamp_of(connection: psycopg.Connection, portfolio_id: int, now: datetime) -> Stamp:
    """The next date to run, and what changes the book or the strategies as a whole: runs, loads, versions."""
    day, _ = next_date(connection, portfolio_id, now)
    row = connection.execute(
        """SELECT (SELECT max(id) FROM run WHERE portfolio_id = %(id)s AND closed_at IS NOT NULL),
                  (SELECT max(id) FROM load WHERE portfolio_id = %(id)s),
                  (SELECT array_agg((id, active_version_id, paused) ORDER BY id)::text FROM strategy
                   WHERE portfolio_id = %(id)s),
                  (SELECT md5(settings::text) FROM portfolio WHERE id = %(id)s)""",
        {"id": portfolio_id},
    ).fetchall()[0]
    return (day, *row)


def next_date(connection: psycopg.Connection, portfolio_id: int, now: datetime) -> tuple[date, datetime]:
    """The next date to run, today's or tomorrow's, and the instant it is evaluated at."""
    ((timezone,),) = connection.execute(
        "SELECT timezone FROM portfolio WHERE id = %s", [portfolio_id]
    ).fetchall()
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    newest = runs.newest(connection, portfolio_id)
    day = today if newest is None or newest < today else newest + timedelta(days=1)
    return day, datetime.combine(day, OPENS, zone).astimezone(UTC)


def _remembering(desk: ContactDesk) -> RememberingDesk:
    return RememberingDesk(desk.policy, desk.people, desk.history, desk.day, desk.earliest)
