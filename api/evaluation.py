"""Evaluates a selection of accounts: loads the question, lets the engine answer, writes the decision.

The daily run, deliveries and events differ only in their selection and trigger. What another writer
changed meanwhile is evaluated again, three times at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg
from numpy.typing import NDArray

from api.catalogue import catalogue_of
from api.day_rooms import WHOLE, DayRooms, Share
from api.delivery.law import read_law
from api.returned import NOTHING, Returned, deliver, expire
from engine.assignment import holdout
from engine.book import Facts, Rows
from engine.contacts import ContactDesk
from engine.daily_close import Close
from engine.day import Decision, Question, evaluate
from engine.days import day_number
from engine.facts import Catalogue
from engine.place_calendar import PlaceCalendar
from engine.plan import Plan, compile_plan
from engine.strategy.document import Strategy
from engine.strategy.nodes.base import MessageNode
from engine.vocabulary import Bucket, EnrolmentState, Relation, Trigger
from storage.database import Database
from storage.day_book import DayBook, DayReader, Money
from storage.day_write import Writing, Written, write
from storage.day_write.messages import Dispatch
from storage.outbox.legs import Called, read_calls
from storage.person_lock import own_shards, share_shards
from storage.provider_templates import USABLE
from storage.reading import Selection, positions
from storage.shard_tables import Base, ShardTables
from storage.snapshots import Seen
from storage.standing import OpenEnrolments, Published, read_open, read_standing

TRIES = 3


@dataclass(frozen=True)
class Occasion:
    """Why and when an evaluation takes place: business date, instant, trigger, and its own number.

    ``released`` says that senders may have its messages; those of a run still wait for the run's release.
    ``share`` is, in the daily run, the part of each capacity these accounts may use, from where to where.
    """

    day: date
    at: datetime
    trigger: Trigger
    evaluation: int
    run_id: int | None = None
    shadow: bool = False
    released: bool = False
    share: Share = WHOLE


@dataclass(frozen=True)
class Evaluated:
    """What one selection came to: the last decision, the close over all accounts, and what was written."""

    decision: Decision
    close: Close
    written: Written
    book: DayBook


class Evaluator:
    """Everything about one portfolio that stays the same over many evaluations."""

    def __init__(self, database: Database, portfolio_id: int) -> None:
        self.database = database
        self.portfolio_id = portfolio_id
        with database.connection() as connection:
            self.country, self.settings = _portfolio(connection, portfolio_id)
            self.catalogue = catalogue_of(self.settings)
            self.published, self.entering = read_published(connection, portfolio_id, self.catalogue)
            self.templates = _templates(connection)
            self.lanes = _lanes(connection, portfolio_id)
            self.law = read_law(connection, portfolio_id)
            self.creditors = _creditors(connection)
            self.epoch = _epoch(connection)
        self.plans = [each.plan for each in self.published]
        self.rooms = DayRooms(database, portfolio_id, self.settings, self.plans)
        self.facts = frozenset[str]().union(*(plan.facts() for plan in self.plans)) | {"payday_calendar"}
        self.relations = sorted(
            {
                step.node.wish().to
                for plan in self.plans
                for step in plan.steps
                if isinstance(step.node, MessageNode)
            }
            | {Relation.TITULAR}
        )

    def evaluate(
        self,
        selection: Selection,
        occasion: Occasion,
        returned: Returned = NOTHING,
        seen: Callable[[Seen], None] | None = None,
        before_write: Callable[[psycopg.Connection], None] | None = None,
        before_commit: Callable[[psycopg.Connection, Close], None] | None = None,
        base: Base | None = None,
    ) -> Evaluated:
        """Evaluate and write; ``returned`` is what came back from outside and started this.

        ``seen`` is told what the first attempt read, before anything is written; ``before_write`` may still
        refuse by raising once the locks are held; ``before_commit`` joins the last transaction, with the
        close over all accounts selected. ``base`` spares reading again what
        has not changed since an earlier run.
        """
        with self.rooms.drawing(occasion.trigger):
            return self._evaluate(selection, occasion, returned, seen, before_write, before_commit, base)

    def _evaluate(
        self,
        selection: Selection,
        occasion: Occasion,
        returned: Returned,
        seen: Callable[[Seen], None] | None,
        before_write: Callable[[psycopg.Connection], None] | None,
        before_commit: Callable[[psycopg.Connection, Close], None] | None,
        base: Base | None,
    ) -> Evaluated:
        first: Close | None = None
        all_ids = np.empty(0, np.int64)
        for attempt in range(TRIES):
            with self.database.columnar() as connection:
                tables = ShardTables(connection, selection, base)
                question, opened, entry_no, book, called = self._load(tables, occasion, returned)
            if attempt == 0 and seen is not None:
                seen(Seen(question, book, self.published, opened, tables))
            decision = evaluate(question)
            with self.database.connection() as connection:
                self._lock(connection, selection, book)
                if before_write is not None:
                    before_write(connection)
                writing = self._writing(opened, entry_no, occasion, selection)
                written = write(connection, decision, replace(writing, called=called))
                if not occasion.shadow:
                    self.rooms.draw(connection, occasion.day, occasion.trigger, decision, written.lost)
                all_ids = book.account_id if first is None else all_ids
                rows = positions(book.account_id, all_ids)
                close = decision.close if first is None else _replace(first, rows, decision.close)
                last = not len(written.lost) or attempt == TRIES - 1
                if last:
                    close.enter(Bucket.ERROR, rows[written.lost], "changed meanwhile")
                if last and before_commit is not None:
                    before_commit(connection, close)
            if last:
                break
            first = close
            lost = book.account_id[written.lost]
            selection = Selection(self.portfolio_id, account_ids=tuple(int(each) for each in lost))
        return Evaluated(decision, close, written, book)

    def question(self, selection: Selection, occasion: Occasion) -> tuple[Question, DayBook]:
        """The question of a selection without deciding or writing anything: what-if and explain."""
        with self.database.columnar() as connection:
            return self.question_of(self.reader(connection), selection, occasion)

    def reader(self, connection: adbc.Connection) -> DayReader:
        """What reads this portfolio's books over a connection; it knows places and words as they are now."""
        return DayReader(connection, self.portfolio_id, self.catalogue, self._money())

    def question_of(
        self, reader: DayReader, selection: Selection, occasion: Occasion
    ) -> tuple[Question, DayBook]:
        """The same over a reader that is kept for many questions."""
        tables = ShardTables(reader.connection, selection)
        question, _, _, book, _ = self._load(tables, occasion, NOTHING, reader)
        return question, book

    def _load(
        self,
        tables: ShardTables,
        occasion: Occasion,
        returned: Returned,
        reader: DayReader | None = None,
    ) -> tuple[Question, list[OpenEnrolments], list[NDArray[np.int16]], DayBook, Called | None]:
        day = day_number(occasion.day)
        connection, selection = tables.connection, tables.selection
        reader = reader or self.reader(connection)
        book = reader.read(tables, day, self.facts, self.relations)
        opened = read_open(tables, book, self.published)
        standing, entry_no = read_standing(connection, selection, book, self.published, opened, self.entering)
        fates, enrolments = deliver(opened, returned.deliveries)
        called = None
        if returned.calls:
            called = read_calls(connection, returned.calls, occasion.day, self.published, opened)
        desk = ContactDesk(self.law.policy, book.people, book.history, day, int(occasion.at.timestamp()))
        question = Question(
            plans=self.plans,
            facts=Facts(book.book, day),
            open=enrolments,
            standing=standing,
            desk=desk,
            calendar=PlaceCalendar(self.law.policy.places, occasion.day, self.law.policy.special_days),
            holdout=self._holdout(book, occasion.day),
            at=int(occasion.at.timestamp() * 1_000_000),
            trigger=occasion.trigger,
            rooms=self.rooms.of(occasion.day, occasion.trigger, occasion.share),
            prices=self.rooms.prices,
            deliveries=fates,
            expired=expire(self.published, opened, returned.expired),
            calls=called.calls if called is not None else None,
            entering=self.entering,
            paused=frozenset(index for index, each in enumerate(self.published) if each.paused),
        )
        return question, opened, entry_no, book, called

    def _lock(self, connection: psycopg.Connection, selection: Selection, book: DayBook) -> None:
        if selection.account_ids is None:
            own_shards(connection, range(selection.first_shard, selection.last_shard + 1))
        else:
            share_shards(connection, {int(shard) for shard in book.book.column("shard")})

    def _writing(
        self,
        opened: Sequence[OpenEnrolments],
        entry_no: Sequence[NDArray[np.int16]],
        occasion: Occasion,
        selection: Selection,
    ) -> Writing:
        dispatch = Dispatch(
            portfolio_id=self.portfolio_id,
            run_id=occasion.run_id,
            evaluation=occasion.evaluation,
            templates=self.templates,
            lanes=self.lanes,
            countries=[place.country for place in self.law.policy.places],
            epoch=self.epoch,
            shadow=occasion.shadow,
            released=occasion.released,
        )
        return Writing(self.published, opened, entry_no, dispatch, selection.first_shard)

    def _holdout(self, book: DayBook, day: date) -> NDArray[np.bool_]:
        control = np.zeros(book.book.size, np.bool_)
        person = book.book.column("person_id")
        free = book.book.column("stops") == 0
        for creditor, (share_bp, seed, until) in self.creditors.items():
            if share_bp and (until is None or until > day):
                rows = np.flatnonzero(free & (book.book.column("creditor_id") == creditor))
                control[rows] = holdout(person[rows], seed, share_bp / 10_000)
        return control

    def _money(self) -> Money:
        floor = self.settings.get("minimum_worth_working", {})
        rates = self.settings.get("reporting_rates", {})
        return Money(
            {word: int(minor) for word, minor in floor.items()},
            {word: Fraction(str(rate)) for word, rate in rates.items()},
        )


def read_published(
    connection: psycopg.Connection, portfolio_id: int, catalogue: Catalogue
) -> tuple[list[Published], list[int]]:
    """Every version accounts stand in or may enter, and the indices of those they may enter."""
    rows = connection.execute(
        """SELECT s.id, v.id, v.body, s.paused, s.active_version_id = v.id AND NOT s.paused
           FROM strategy s JOIN strategy_version v ON v.strategy_id = s.id
           WHERE s.portfolio_id = %s AND (v.id = s.active_version_id OR EXISTS (
               SELECT 1 FROM enrolment e WHERE e.portfolio_id = s.portfolio_id AND e.version_id = v.id
                 AND e.state <> %s))
           ORDER BY s.id, v.id""",
        [portfolio_id, int(EnrolmentState.ENDED)],
    ).fetchall()
    published = [
        Published(strategy_id, version_id, _plan(connection, strategy_id, body, catalogue), paused)
        for strategy_id, version_id, body, paused, _ in rows
    ]
    return published, [index for index, row in enumerate(rows) if row[4]]


def _plan(
    connection: psycopg.Connection, strategy_id: int, body: dict[str, Any], catalogue: Catalogue
) -> Plan:
    codes = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [strategy_id]
    ).fetchall()
    return compile_plan(Strategy.model_validate(body), dict(codes), catalogue)


def _replace(first: Close, rows: Rows, again: Close) -> Close:
    """The first close with the accounts at ``rows``, which were evaluated again, counted anew."""
    for row, bucket, reason in zip(rows, again.bucket, again.reason, strict=True):
        first.enter(Bucket(int(bucket)), np.array([row]), again.reasons[reason])
    return first


def _portfolio(connection: psycopg.Connection, portfolio_id: int) -> tuple[str, dict[str, Any]]:
    country, settings = connection.execute(
        "SELECT country, settings FROM portfolio WHERE id = %s", [portfolio_id]
    ).fetchall()[0]
    return country, dict(settings)


def _templates(connection: psycopg.Connection) -> dict[str, int]:
    """The template of each key: its newest version the house and its provider approve; a held one only
    where there is no other.

    A strategy in force may name a template that was paused since: the guard refuses its messages.
    """
    rows = connection.execute(
        f"SELECT DISTINCT ON (key) key, id FROM template t ORDER BY key, {USABLE} DESC,"
        " state = 'approved' DESC, version DESC"
    ).fetchall()
    return dict(rows)


def _lanes(connection: psycopg.Connection, portfolio_id: int) -> dict[int, list[int]]:
    lanes: dict[int, list[int]] = {}
    for channel, lane in connection.execute(
        "SELECT channel, lane FROM sender WHERE portfolio_id = %s ORDER BY lane", [portfolio_id]
    ):
        lanes.setdefault(channel, []).append(lane)
    return lanes


def _creditors(connection: psycopg.Connection) -> dict[int, tuple[int, str, date | None]]:
    rows = connection.execute(
        "SELECT id, holdout_share_bp, holdout_seed, holdout_until FROM creditor"
    ).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _epoch(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(restore_epoch), 0) FROM installation").fetchone()
    return int(row[0]) if row else 0
