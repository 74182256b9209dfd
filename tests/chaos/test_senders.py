"""Senders that die, freeze or lose their servers: never a message twice, none lost that is not listed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from api.delivery.freezing import FROZEN
from storage.database import upgrade
from storage.embedded import EmbeddedServices
from tests.chaos.running import Installation, until
from tests.delivery.world import World

POINTS = ("1", "2", "3", "4:20", "5:2", "6")


@pytest.fixture
def installation(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Six sending numbers and a simulator."""
    with Installation(World(database_url).found().lanes(6), redis_url, tmp_path) as installed:
        yield installed


def test_kill_at_every_numbered_point_sends_nothing_twice(installation: Installation) -> None:
    installation.world.debtors(360, lanes=6)
    doomed = [
        installation.sender(lanes=str(lane), crash_at=point) for lane, point in enumerate(POINTS, start=1)
    ]
    until(lambda: all(sender.poll() == -signal.SIGKILL for sender in doomed))
    installation.sender()
    until(installation.is_settled)
    installation.judge(360)
    assert installation.unknown()  # the guard committed, and nobody can know about the post


def test_sender_that_wakes_after_its_lease_posts_nothing(installation: Installation) -> None:
    installation.world.debtors(600, lanes=6)
    frozen = installation.sender()
    until(lambda: len(installation.arrived()) > 60, every_s=0.05)
    os.kill(frozen.pid, signal.SIGSTOP)
    installation.sender()
    until(installation.is_settled)
    before = installation.arrived()
    os.kill(frozen.pid, signal.SIGCONT)
    until(lambda: frozen.poll() == FROZEN)
    assert installation.arrived() == before
    installation.judge(600)


def test_flushed_queue_loses_nothing(installation: Installation, redis_url: str) -> None:
    installation.world.debtors(300, lanes=6)
    installation.sender()
    until(lambda: len(installation.arrived()) > 30, every_s=0.05)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    until(installation.is_settled)
    installation.judge(300)
    assert installation.unknown() == set()


def test_database_stopped_at_once_while_sending(tmp_path: Path) -> None:
    servers = EmbeddedServices(tmp_path / "data")
    urls = servers.start()
    try:
        upgrade(urls.database_url)
        world = World(urls.database_url).found().lanes(6)
        with Installation(world, urls.redis_url, tmp_path) as installation:
            world.debtors(900, lanes=6)
            installation.sender()
            until(lambda: len(installation.arrived()) > 60, every_s=0.05)
            postmaster = servers.status().postgres_pid
            assert postmaster is not None
            os.kill(postmaster, signal.SIGQUIT)
            until(lambda: servers.status().postgres_pid is None)
            assert servers.start() == urls
            until(installation.is_settled)
            installation.judge(900)
    finally:
        servers.stop(force=True)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_two_hundred_random_kills_send_nothing_twice(installation: Installation) -> None:
    chance = random.Random(2026)
    installation.world.debtors(5_000, lanes=6)
    senders = [installation.sender(), installation.sender()]
    for _ in range(200):
        if installation.is_settled():
            break
        time.sleep(chance.uniform(0.5, 4.0))
        victim = chance.randrange(len(senders))
        installation.kill(senders[victim])
        senders[victim] = installation.sender()
    until(installation.is_settled)
    installation.judge(5_000)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("point", ["1", "2", "3", "4", "5", "6", "1:3", "2:3", "3:3", "4:100", "5:7", "6:2"])
def test_kill_at_each_point_alone_recovers_within_a_minute(installation: Installation, point: str) -> None:
    installation.world.debtors(600, lanes=6)
    doomed = installation.sender(crash_at=point)
    until(lambda: doomed.poll() == -signal.SIGKILL)
    installation.sender()
    until(installation.is_settled)
    installation.judge(600)
