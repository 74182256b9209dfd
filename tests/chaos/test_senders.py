"""Senders that die, freeze or lose their servers: never a message twice, none lost that is not listed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.delivery.freezing import FROZEN
from storage.database import upgrade
from storage.embedded import EmbeddedServices
from tests.chaos.figures import Figures
from tests.chaos.running import Installation, until
from tests.delivery.world import World

POINTS = ("1", "2", "3", "4:20", "5:2", "6")
EVERY_MESSAGE = "SELECT m::text FROM message m ORDER BY id"
KILLED = pytest.mark.criterion("R1")


@pytest.fixture
def installation(
    database_url: str, redis_url: str, tmp_path: Path, figures: Figures
) -> Iterator[Installation]:
    """Six sending numbers and a simulator."""
    with Installation(World(database_url).found().lanes(6), redis_url, tmp_path, figures) as installed:
        yield installed


@KILLED
def test_kill_at_every_numbered_point_sends_nothing_twice(installation: Installation) -> None:
    installation.world.debtors(360, lanes=6)
    doomed = [
        installation.sender(lanes=str(lane), crash_at=point) for lane, point in enumerate(POINTS, start=1)
    ]
    until(lambda: all(sender.poll() == -signal.SIGKILL for sender in doomed))
    installation.sender()
    installation.settle()
    installation.judge(360)
    assert installation.unknown()  # the guard committed, and nobody can know about the post


@pytest.mark.criterion("R3")
def test_sender_that_wakes_after_its_lease_posts_nothing(installation: Installation) -> None:
    installation.world.debtors(600, lanes=6)
    frozen = installation.sender()
    until(lambda: len(installation.arrived()) > 60, every_s=0.05)
    installation.freeze(frozen)
    installation.sender()
    installation.settle()
    before, rows = installation.arrived(), installation.world.rows(EVERY_MESSAGE)
    os.kill(frozen.pid, signal.SIGCONT)
    until(lambda: frozen.poll() == FROZEN)
    assert installation.arrived() == before
    assert installation.world.rows(EVERY_MESSAGE) == rows
    installation.judge(600)


@pytest.mark.criterion("R5")
def test_database_stopped_at_once_while_sending(tmp_path: Path, figures: Figures) -> None:
    stop_the_database_while_sending(tmp_path, figures, times=1)


@pytest.mark.criterion("R5")
@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_database_stopped_at_once_ten_times_while_sending(tmp_path: Path, figures: Figures) -> None:
    stop_the_database_while_sending(tmp_path, figures, times=10)


def stop_the_database_while_sending(folder: Path, figures: Figures, times: int) -> None:
    """SIGQUIT to its postmaster in the middle of every 900 messages; it is back a moment later."""
    servers = EmbeddedServices(folder / "data")
    urls = servers.start()
    try:
        upgrade(urls.database_url)
        world = World(urls.database_url).found().lanes(6)
        with Installation(world, urls.redis_url, folder, figures) as installation:
            installation.sender()
            for _ in range(times):
                before = len(installation.arrived())
                world.debtors(900, lanes=6)
                until(lambda seen=before: len(installation.arrived()) > seen + 60, every_s=0.05)  # type: ignore[misc]
                postmaster = servers.status().postgres_pid
                assert postmaster is not None
                os.kill(postmaster, signal.SIGQUIT)
                figures.add(kills=1)
                until(lambda: servers.status().postgres_pid is None)
                assert servers.start() == urls
                installation.settle()
            installation.judge(900 * times)
    finally:
        servers.stop(force=True)


@KILLED
@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_two_hundred_random_kills_send_nothing_twice(installation: Installation) -> None:
    chance = random.Random(2026)
    senders = [installation.sender(), installation.sender()]
    for _ in range(200):
        installation.world.debtors(25, lanes=6)  # new ones all the time: there is always work to be killed at
        time.sleep(chance.uniform(0.2, 2.5))
        victim = chance.randrange(len(senders))
        installation.kill(senders[victim])
        senders[victim] = installation.sender()
    installation.settle()
    installation.judge(5_000)
    assert installation.figures.told["kills"] == 200


@KILLED
@pytest.mark.chaos
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("point", ["1", "2", "3", "4", "5", "6", "1:3", "2:3", "3:3", "4:100", "5:7", "6:2"])
def test_kill_at_each_point_alone_recovers_within_a_minute(installation: Installation, point: str) -> None:
    installation.world.debtors(600, lanes=6)
    doomed = installation.sender(crash_at=point)
    until(lambda: doomed.poll() == -signal.SIGKILL)
    installation.sender()
    installation.settle()
    installation.judge(600)
