"""The business clock: real time, unless a simulation has set it; one clock for every process."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.clock import BusinessClock, parse_clock, system_now
from api.delivery.simulator_clock import push_clock
from channels.simulator import SimulatorProcess
from engine.errors import CadenciaError
from storage.database import Database
from tests.delivery.world import NOON


def test_business_time_is_real_time_until_it_is_set(database_url: str) -> None:
    clock = BusinessClock(Database(database_url))
    assert abs(clock.now() - system_now()) < timedelta(seconds=1)
    assert clock.setting() is None


def test_a_clock_set_by_one_process_is_every_process_clock(database_url: str) -> None:
    BusinessClock(Database(database_url)).set(NOON, speed=0.0)
    other = BusinessClock(Database(database_url))
    assert other.now() == NOON
    assert other.ahead(60) == NOON


def test_time_runs_at_its_speed_and_jumps_keep_it(database_url: str) -> None:
    clock = BusinessClock(Database(database_url))
    clock.set(NOON, speed=600.0)
    setting = clock.jump(NOON + timedelta(days=1))
    assert setting.speed == 600.0
    assert setting.at(setting.real_at + timedelta(seconds=2)) == NOON + timedelta(days=1, minutes=20)


@pytest.mark.parametrize("spec", ["", "mañana", "2026-11-13T08:00:00", "2026-11-13T08:00:00Z x", "x600"])
def test_clock_that_cannot_be_read_is_refused(spec: str) -> None:
    with pytest.raises(CadenciaError):
        parse_clock(spec)


def test_clock_spec_says_start_and_speed() -> None:
    assert parse_clock("2026-11-13T08:00:00-06:00 x600") == (datetime(2026, 11, 13, 14, tzinfo=UTC), 600.0)


def test_simulator_stamps_its_ledger_in_business_time(database_url: str, tmp_path: Path) -> None:
    setting = BusinessClock(Database(database_url)).set(NOON, speed=0.0)
    with SimulatorProcess(tmp_path / "ledger.jsonl") as simulator:
        push_clock(simulator.url, setting)
        assert httpx.get(f"{simulator.url}/control/clock").json()["business"] == NOON.timestamp()
