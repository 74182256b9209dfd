"""Valkey is the doorbell only: flushed or away, everything is sent in time and the API goes on answering."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import redis

from api.delivery.sweeper import SWEEP_S
from api.demo.stage import free_port
from api.settings import Settings
from channels.simulator import read_ledger
from storage.database import upgrade
from storage.embedded import EmbeddedServices
from tests.chaos.figures import Figures
from tests.chaos.running import Installation, until
from tests.delivery.world import World
from tests.ledger.story import serving

LATEST_S = SWEEP_S + 5.0
pytestmark = [pytest.mark.criterion("R4"), pytest.mark.timeout(300)]


@dataclass
class House:
    """Servers of its own, an API, a sender that has long begun, and a provider."""

    servers: EmbeddedServices
    installation: Installation
    settings: Settings

    def write_to(self, people: int) -> None:
        """Messages fall due now; each is at the provider within a sweep and five seconds."""
        began, before = time.time(), len(self.installation.arrived())
        self.installation.world.debtors(people, lanes=6)
        until(lambda: len(self.installation.arrived()) == before + people, every_s=0.1)
        accepted = read_ledger(self.installation.ledger, "accepted")
        assert max(float(line["real_at"]) for line in accepted) - began < LATEST_S

    def health(self) -> tuple[int, str]:
        """What the API says of itself."""
        answer = httpx.get(f"{self.settings.api_url}/health", timeout=10)
        return answer.status_code, str(answer.json()["status"])

    def stop_valkey(self) -> None:
        """At once, without a word."""
        pid = self.servers.status().valkey_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.installation.figures.add(kills=1)
        until(lambda: self.servers.status().valkey_pid is None)


@pytest.fixture
def house(figures: Figures) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="cadencia-queue-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        servers = EmbeddedServices(folder / "data")
        urls = servers.start()
        try:
            upgrade(urls.database_url)
            world = World(urls.database_url).found().lanes(6)
            settings = Settings(
                database_url=urls.database_url,
                redis_url=urls.redis_url,
                api_port=free_port(),
                log_level="error",
            )
            with Installation(world, urls.redis_url, folder, figures) as installation, serving(settings):
                installation.sender()
                world.debtors(12, lanes=6)
                until(lambda: len(installation.arrived()) == 12)
                yield House(servers, installation, settings)
        finally:
            servers.stop(force=True)


def test_a_flushed_queue_delays_nothing(house: House) -> None:
    with redis.Redis.from_url(house.settings.redis_url) as client:
        client.flushall()
    house.write_to(120)
    assert house.health() == (200, "ok")
    house.installation.settle()
    house.installation.judge(132)


@pytest.mark.parametrize("away_s", [3.0, pytest.param(30.0, marks=pytest.mark.chaos)])
def test_without_its_queue_the_service_sends_in_time_and_answers(house: House, away_s: float) -> None:
    house.stop_valkey()
    back_at = time.monotonic() + away_s
    house.write_to(120)
    assert house.health() == (200, "degraded")
    until(lambda: time.monotonic() > back_at)
    house.servers.start()
    until(lambda: house.health() == (200, "ok"))
    house.write_to(120)
    house.installation.settle()
    house.installation.judge(252)
    assert house.installation.unknown() == set()
