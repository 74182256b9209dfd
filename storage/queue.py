"""RQ by job name, as a doorbell only: the tables know every job, so a flushed queue loses nothing."""

from collections.abc import Callable

import redis
import structlog
from rq import Queue
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus

QUEUES = ("day", "in", "out", "react")
ENTRY = "api.jobs.run"
"""The one function RQ calls, with a job's name and arguments."""

SENDERS = "cadencia.senders"
"""The channel on which long-lived senders listen."""

QUEUE_OF = {"day": "day", "delivery": "in", "reaction": "in", "react": "react", "webhook": "in"}
"""Which queue a job waits in, by the noun of its name (``noun.verb``)."""

MOST_AT_ONCE = 3
"""How often the same job may run at the same time before a ring for it is left to the next sweep."""

log = structlog.get_logger()


def queue_of(name: str) -> str:
    """The queue a job waits in.

    >>> queue_of("day.shard"), queue_of("reaction.evaluate"), queue_of("react.events")
    ('day', 'in', 'react')
    """
    return QUEUE_OF.get(name.split(".")[0], "in")


class Doorbell:
    """Rings for work. When Valkey is away the ring is lost, and the next sweep rings again."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=2.0, socket_connect_timeout=2.0)

    def ring(self, name: str, *arguments: object, timeout_s: int = 600) -> bool:
        """Queue one job by name unless the same one waits already; whether it waits now.

        One that runs does not count as waiting: it may have read its work before this ring, or be the
        ghost of a worker that is dead. What failed, or was lost on its way to a worker, is queued anew.
        """
        queue = Queue(queue_of(name), connection=self._redis)
        identity = "-".join([name.replace(".", "_"), *map(str, arguments)])

        def enqueue(job_id: str) -> None:
            queue.enqueue(
                ENTRY, args=(name, *arguments), job_id=job_id, unique=True, result_ttl=0, failure_ttl=3600,
                job_timeout=timeout_s,
            )  # fmt: skip

        def ring() -> None:
            for job_id in (identity, *(f"{identity}-{again}" for again in range(2, MOST_AT_ONCE + 1))):
                if queue.get_job_position(job_id) is not None:
                    return None
                try:
                    return enqueue(job_id)
                except DuplicateJobError:
                    if _forget_unless_running(job_id, self._redis):
                        return enqueue(job_id)
            return None

        return self._try(ring)

    def call_senders(self) -> bool:
        """Tell every sender that there may be something to send."""
        return self._try(lambda: self._redis.publish(SENDERS, "due"))

    def close(self) -> None:
        """Give the connection back."""
        self._redis.close()

    def _try(self, ring: Callable[[], object]) -> bool:
        try:
            ring()
        except DuplicateJobError:  # somebody else rang just now
            return True
        except redis.RedisError as away:
            log.warning("queue.away", error=str(away))
            return False
        return True


def _forget_unless_running(job_id: str, connection: redis.Redis) -> bool:
    """Drop what is left of a job that neither waits nor runs; whether its id is free now."""
    try:
        job = Job.fetch(job_id, connection=connection)
    except NoSuchJobError:
        return True
    try:
        if job.get_status() is JobStatus.STARTED:
            return False
        job.delete()
    except (ValueError, InvalidJobOperation):  # it began or ended while we looked: another id is free
        return False
    return True
