"""Holds the books of the portfolios that are being drawn for, and answers what-ifs from them."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import Any, Protocol

import structlog

from api.clock import Clock, steady
from api.what_if.evaluating import figures_of
from api.what_if.held_book import HeldBook, hold_book, stamp_of
from api.what_if.walking import walk_account
from engine.errors import AccessError, CadenciaError, ServiceError
from engine.strategy.document import Strategy, read_strategy
from engine.strategy.migrate import Choice
from storage.database import Database
from storage.held_connection import HeldConnection

MOST_BOOKS = 4
"""Portfolios held at once; the one asked about longest ago makes room."""

MOST_ANSWERS = 256

LOOK_S = 1.0
"""How often it is asked whether a held book is still the newest."""

PATIENCE_S = 20.0
"""How long a first question waits for its book; a larger one is told to ask again."""

log = structlog.get_logger()


class WhatIf(Protocol):
    """Whatever answers what-ifs: the resident process, or the same within a test."""

    def figures(
        self, portfolio: str, document: Mapping[str, Any], choices: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The figures of a draft, as :meth:`api.what_if.figures.Figures.document` has them."""
        ...

    def walk(self, portfolio: str, document: Mapping[str, Any], account: str) -> dict[str, Any]:
        """One account through a draft, step by step."""
        ...


class Resident:
    """Books in memory by portfolio, read again in the background when something has changed."""

    def __init__(self, database: Database, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._database, self._clock, self._patience_s = database, clock, patience_s
        self._connection = HeldConnection(database)
        self._lock = threading.Lock()
        self._books: OrderedDict[int, tuple[float, HeldBook]] = OrderedDict()
        self._reading: dict[int, Future[HeldBook]] = {}
        self._readers = ThreadPoolExecutor(1, "what-if-reader")
        self._evaluating = threading.Lock()
        self._answers: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()

    def figures(
        self, portfolio: str, document: Mapping[str, Any], choices: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The figures of a draft; ``StrategyError`` when it cannot be read or compiled."""
        draft = read_strategy(json.dumps(document))
        held = self._book(self._portfolio_id(portfolio))
        asked = (held.portfolio_id, held.stamp, draft.content_hash(), json.dumps(choices, sort_keys=True))
        with self._evaluating:
            known = self._answers.get(asked)
            if known is None:
                known = figures_of(held, draft, _choices(choices)).document()
                self._answers[asked] = known
                if len(self._answers) > MOST_ANSWERS:
                    self._answers.popitem(last=False)
        return known

    def walk(self, portfolio: str, document: Mapping[str, Any], account: str) -> dict[str, Any]:
        """One account through a draft, as it would be evaluated on the next date to run."""
        draft: Strategy = read_strategy(json.dumps(document))
        return walk_account(self._database, self._portfolio_id(portfolio), draft, account, self._clock.now())

    def preload(self) -> None:
        """Begin to read every portfolio that has a published strategy."""
        with self._connection.transaction() as connection:
            rows = connection.execute(
                "SELECT DISTINCT portfolio_id FROM strategy WHERE active_version_id IS NOT NULL ORDER BY 1"
            ).fetchall()
        for (portfolio_id,) in rows[:MOST_BOOKS]:
            self._read(portfolio_id)

    def refresh(self, portfolio: str) -> None:
        """Read a portfolio now, and wait for it."""
        self._wait(self._read(self._portfolio_id(portfolio)))

    def _portfolio_id(self, key: str) -> int:
        with self._connection.transaction() as connection:
            row = connection.execute("SELECT id FROM portfolio WHERE key = %s", [key]).fetchone()
        if row is None:
            raise AccessError(f"there is no portfolio {key!r}", place=key, code="portfolio.unknown")
        return int(row[0])

    def _book(self, portfolio_id: int) -> HeldBook:
        """The held book; while a newer one is being read, the older one still answers."""
        with self._lock:
            held = self._books.get(portfolio_id)
            if held is not None:
                self._books.move_to_end(portfolio_id)
        if held is None:
            return self._wait(self._read(portfolio_id))
        looked_at, book = held
        if steady() - looked_at >= LOOK_S:
            with self._connection.transaction() as connection:
                stamp = stamp_of(connection, portfolio_id, self._clock.now())
            with self._lock:
                self._books[portfolio_id] = (steady(), book)
            if stamp != book.stamp:
                self._read(portfolio_id)
        return book

    def _read(self, portfolio_id: int) -> Future[HeldBook]:
        with self._lock:
            reading = self._reading.get(portfolio_id)
            if reading is None:
                reading = self._readers.submit(self._hold, portfolio_id)
                self._reading[portfolio_id] = reading
            return reading

    def _hold(self, portfolio_id: int) -> HeldBook:
        began = steady()
        try:
            book = hold_book(self._database, portfolio_id, self._clock.now())
            with self._lock:
                self._books[portfolio_id] = (steady(), book)
                while len(self._books) > MOST_BOOKS:
                    self._books.popitem(last=False)
        finally:
            with self._lock:
                self._reading.pop(portfolio_id, None)
        log.info("what_if.read", portfolio=portfolio_id, day=str(book.day), s=round(steady() - began, 2))
        return book

    def _wait(self, reading: Future[HeldBook]) -> HeldBook:
        try:
            return reading.result(self._patience_s)
        except TimeoutError:
            raise ServiceError(
                "the portfolio is being read into memory", hint="ask again soon", code="service.warming"
            ) from None


def _choices(said: Mapping[str, Any]) -> dict[str, Choice]:
    try:
        return {node: Choice(each["kind"], each.get("target", "")) for node, each in said.items()}
    except (KeyError, TypeError, AttributeError):
        raise CadenciaError("choices are kind and target by node", code="what_if.choices") from None
