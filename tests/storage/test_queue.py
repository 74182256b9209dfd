"""The doorbell: one ring waits at a time, and neither a running nor a dead job swallows the next one."""

import pytest
import redis
from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Job, JobStatus

from storage.queue import Doorbell


@pytest.fixture
def waiting(redis_url: str) -> Queue:
    return Queue("day", connection=redis.Redis.from_url(redis_url))


def test_the_same_ring_waits_once(redis_url: str, waiting: Queue) -> None:
    doorbell = Doorbell(redis_url)
    assert doorbell.ring("day.shard", 1, 0) and doorbell.ring("day.shard", 1, 0)
    assert doorbell.ring("day.shard", 1, 1)
    assert waiting.get_job_ids() == ["day_shard-1-0", "day_shard-1-1"]


@pytest.mark.parametrize("state", [JobStatus.STARTED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.QUEUED])
def test_a_job_no_longer_in_the_queue_does_not_swallow_a_ring(
    redis_url: str, waiting: Queue, state: JobStatus
) -> None:
    doorbell = Doorbell(redis_url)
    doorbell.ring("day.shard", 1, 0)
    (job_id,) = waiting.get_job_ids()
    waiting.connection.lpop(waiting.key)  # a worker took it
    Job.fetch(job_id, connection=waiting.connection).set_status(state)
    assert doorbell.ring("day.shard", 1, 0)
    assert len(waiting.get_job_ids()) == 1


def test_a_queue_that_is_away_loses_the_ring_and_says_so() -> None:
    assert not Doorbell("redis://127.0.0.1:1/0").ring("day.shard", 1, 0)


@pytest.mark.parametrize("said", [ValueError, InvalidJobOperation])
def test_a_ring_is_not_lost_when_its_job_ends_at_that_moment(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, said: type[Exception]
) -> None:
    doorbell = Doorbell(redis_url)
    connection = redis.Redis.from_url(redis_url)
    assert doorbell.ring("react.events")
    queue = Queue("react", connection=connection)
    queue.remove("react_events")  # a worker has taken it

    def ended(*_: object, **__: object) -> None:
        raise said("Execution not found in Redis")

    monkeypatch.setattr("rq.job.Job.delete", ended)
    assert doorbell.ring("react.events")
    assert queue.get_job_ids() == ["react_events-2"]
    doorbell.close()
