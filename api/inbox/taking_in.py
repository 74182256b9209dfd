"""Stores what providers post: posts that come together share a commit, and each is answered after it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from api.clock import Clock
from engine.errors import ServiceError
from storage.database import Database
from storage.held_connection import HeldConnection
from storage.inbox import Arrived, store

MOST_AT_ONCE = 100
GATHER_S = 0.04
"""How long posts gather before they are written: eight to a commit cost half of what one each does
(processor time of the API and of PostgreSQL, benchmarks/inbox.py), and no provider minds the wait."""

Post = Callable[[datetime], Sequence[Arrived]]
"""One post, cut into rows when the business instant of its arrival is known."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Waiting:
    post: Post
    stored: asyncio.Future[None]


class TakingIn:
    """One writer of the running loop: posts of one moment share a commit, with those that come meanwhile."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._connection = HeldConnection(database)
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, post: Post) -> None:
        """Return once the post is committed; ``ServiceError`` lets its provider post it again."""
        waiting = _Waiting(post, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await waiting.stored

    async def _write(self) -> None:
        while self._waiting:
            if len(self._waiting) < MOST_AT_ONCE:
                await asyncio.sleep(GATHER_S)
            batch = self._waiting[:MOST_AT_ONCE]
            del self._waiting[: len(batch)]
            await self._write_batch(batch)

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        """Write a batch; when it cannot be stored, each of its posts alone, so that one harms no other."""
        try:
            await asyncio.to_thread(self._store, [waiting.post for waiting in batch])
        except Exception as fault:
            if len(batch) > 1 and not isinstance(fault, ServiceError):
                for waiting in batch:
                    await self._write_batch([waiting])
                return
            log.error("inbox.not_stored", fault=type(fault).__name__, posts=len(batch))
            trouble = ServiceError("the post could not be stored", hint=type(fault).__name__)
            for waiting in batch:
                if not waiting.stored.done():
                    waiting.stored.set_exception(trouble)
            return
        for waiting in batch:
            if not waiting.stored.done():
                waiting.stored.set_result(None)

    def _store(self, posts: Sequence[Post]) -> None:
        now = self._clock.now()
        rows = [row for post in posts for row in post(now)]
        with self._connection.transaction() as connection:
            store(connection, rows)
