"""Gets the shards of a run worked by the RQ workers, rung until the tables say that all are done."""

from collections.abc import Callable
from time import sleep

import redis
from rq import Queue, Worker

from api.clock import steady
from engine.errors import RunError
from storage import runs
from storage.database import Database
from storage.queue import Doorbell

RING_AGAIN_S = 30.0
POLL_S = 0.05
WORK_S = 6 * 3600
"""A worker may be at the shards of one run for so long; each shard is its own transaction."""


class DayWorkers:
    """The daily workers behind a doorbell."""

    def __init__(self, database: Database, redis_url: str, ring_again_s: float = RING_AGAIN_S) -> None:
        self._database = database
        self._redis_url = redis_url
        self._ring_again_s = ring_again_s

    def alive(self) -> int:
        """How many workers listen for shards now; 0 when the queue itself is away."""
        try:
            with redis.Redis.from_url(self._redis_url, socket_timeout=2.0) as connection:
                return Worker.count(connection=connection, queue=Queue("day", connection=connection))
        except redis.RedisError:
            return 0

    def work(
        self,
        run_id: int,
        shards: list[int],
        *,
        progress: Callable[[int, int], None] | None = None,
        patience_s: float = 3600.0,
    ) -> None:
        """Ring for shards and wait until they are done; lost rings are repeated.

        Every worker is rung for all shards and takes those that are free. When none was finished for
        ``ring_again_s`` each shard is rung for by itself: a worker that is frozen keeps what it took.
        ``RunError`` when no shard was finished for ``patience_s``.
        """
        doorbell = Doorbell(self._redis_url)
        rung_at, moved_at, left_before = -self._ring_again_s, steady(), len(shards)
        while True:
            with self._database.connection() as connection:
                left = runs.open_shards(connection, run_id)
            if progress is not None:
                progress(len(shards) - len(left), len(shards))
            if not left:
                doorbell.close()
                return
            if len(left) < left_before:
                moved_at, left_before = steady(), len(left)
            if steady() - moved_at > patience_s:
                raise RunError(
                    f"{len(left)} shards are not done",
                    hint="cadencia status: do day workers run?",
                    code="run.stuck",
                )
            if steady() - rung_at > self._ring_again_s:
                self._ring(doorbell, run_id, left, stuck=steady() - moved_at > self._ring_again_s)
                rung_at = steady()
            sleep(POLL_S)

    def _ring(self, doorbell: Doorbell, run_id: int, left: list[int], stuck: bool) -> None:
        for place in range(min(max(self.alive(), 1), len(left))):
            doorbell.ring("day.shards", run_id, place, timeout_s=WORK_S)
        for shard in left if stuck else ():
            doorbell.ring("day.shard", run_id, shard)
