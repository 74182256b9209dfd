"""Writes outcomes down in small batches and gives back what was never posted; keeps them until written."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import structlog

from api.clock import Clock
from api.delivery.crash_points import AFTER_RECORD, CrashPoints
from api.delivery.posting import Answered
from api.delivery.refused import consequence_of
from engine.errors import ServiceError
from storage.held_connection import HeldConnection
from storage.outbox.consequences import carry_out
from storage.outbox.leases import Leased, give_back
from storage.outbox.outcomes import quarantine, record

BATCH_S = 0.05
MOST_AT_ONCE = 500

log = structlog.get_logger()


class Recorder:
    """One task and one connection; everything handed to it is kept until it is written."""

    def __init__(
        self,
        connection: HeldConnection,
        clock: Clock,
        written: Callable[[UUID], None],
        settled: Callable[[int], None],
        crash: CrashPoints | None = None,
    ) -> None:
        self._connection = connection
        self._written = written
        self._settled = settled
        self._clock = clock
        self._crash = crash or CrashPoints()
        self._answers: list[Answered] = []
        self._unposted: list[Any] = []
        self._poisoned: list[tuple[Leased, str]] = []
        self._more = asyncio.Event()

    def answered(self, answer: Answered) -> None:
        """A post has an outcome."""
        self._answers.append(answer)
        self._more.set()

    def unposted(self, messages: Sequence[Any]) -> None:
        """Messages this worker holds and will certainly not post."""
        self._unposted.extend(messages)
        self._more.set()

    def poisoned(self, message: Leased, fault: Exception) -> None:
        """A message that cannot even be read: it fails alone, so that the others go on."""
        self._poisoned.append((message, f"{type(fault).__name__}: {fault}"[:300]))
        self._more.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._more.wait()
            await asyncio.sleep(BATCH_S)
            try:
                await self.flush()
            except ServiceError as trouble:
                log.warning("delivery.record", error=str(trouble), waiting=len(self._answers))
                await asyncio.sleep(0.5)

    async def flush(self) -> None:
        """Write everything handed in so far; on ``ServiceError`` all of it is kept."""
        while self._answers or self._unposted or self._poisoned:
            answers, unposted = self._answers[:MOST_AT_ONCE], self._unposted[:MOST_AT_ONCE]
            poisoned = self._poisoned[:MOST_AT_ONCE]
            await asyncio.shield(asyncio.to_thread(self._write, answers, unposted, poisoned))
            for message_id in _ids(answers, unposted, poisoned):
                self._written(message_id)
            for portfolio_id in {answer.cleared.message.portfolio_id for answer in answers}:
                self._settled(portfolio_id)
            del self._answers[: len(answers)]
            del self._unposted[: len(unposted)]
            del self._poisoned[: len(poisoned)]
        self._more.clear()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _write(
        self, answers: Sequence[Answered], unposted: Sequence[Any], poisoned: Sequence[tuple[Leased, str]]
    ) -> None:
        now = self._clock.now()
        with self._connection.transaction() as connection:
            if answers:
                record(connection, [answer.outcome for answer in answers], now)
                carry_out(connection, [c for answer in answers if (c := consequence_of(answer))], now)
            if unposted:
                give_back(connection, unposted)
            if poisoned:
                quarantine(connection, poisoned, now)
        if answers:
            self._crash(AFTER_RECORD)


def _ids(
    answers: Sequence[Answered], unposted: Sequence[Any], poisoned: Sequence[tuple[Leased, str]]
) -> Iterator[UUID]:
    yield from (answer.outcome.id for answer in answers)
    yield from (message.id for message in unposted)
    yield from (message.id for message, _ in poisoned)
