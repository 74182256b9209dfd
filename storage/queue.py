"""RQ by job name, as a doorbell only: the tables know every job, so a flushed queue loses nothing."""

from collections.abc import Callable

import redis
import structlog
from rq import Queue
from rq.exceptions import DuplicateJobError

QUEUES = ("day", "in", "out")
ENTRY = "api.jobs.run"
"""The one function RQ calls, with a job's name and arguments."""

SENDERS = "cadencia.senders"
"""The channel on which long-lived senders listen."""

QUEUE_OF = {"day": "day", "delivery": "in", "reaction": "in"}
"""Which queue a job waits in, by the noun of its name (``noun.verb``)."""

log = structlog.get_logger()


class Doorbell:
    """Rings for work. When Valkey is away the ring is lost, and the next sweep rings again."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=2.0, socket_connect_timeout=2.0)

    def ring(self, name: str, *arguments: object, timeout_s: int = 600) -> bool:
        """Queue one job by name unless the same one waits already; whether it waits now."""
        queue = Queue(QUEUE_OF.get(name.split(".")[0], "in"), connection=self._redis)
        identity = "-".join([name.replace(".", "_"), *map(str, arguments)])
        return self._try(
            lambda: queue.enqueue(
                ENTRY, args=(name, *arguments), job_id=identity, unique=True, result_ttl=0,
                failure_ttl=3600, job_timeout=timeout_s,
            )
        )  # fmt: skip

    def call_senders(self) -> bool:
        """Tell every sender that there may be something to send."""
        return self._try(lambda: self._redis.publish(SENDERS, "due"))

    def close(self) -> None:
        """Give the connection back."""
        self._redis.close()

    def _try(self, ring: Callable[[], object]) -> bool:
        try:
            ring()
        except DuplicateJobError:
            return True
        except redis.RedisError as away:
            log.warning("queue.away", error=str(away))
            return False
        return True
