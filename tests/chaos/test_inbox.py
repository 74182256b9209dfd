"""The worker of what providers tell us is killed in the middle of it: told once, done once, nothing lost."""

import os
import random
import signal
import subprocess
import sys
import time
from uuid import UUID

import pytest

from api.inbox.sources import of_meta
from api.settings import child_environment
from benchmarks.inbox import STATES, post_of
from engine.vocabulary import MessageState
from storage.inbox import store
from tests.chaos.figures import Figures
from tests.chaos.running import until
from tests.delivery.world import NOON, World

pytestmark = [pytest.mark.criterion("R1"), pytest.mark.timeout(1200)]
SLEEPING = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


@pytest.fixture
def world(database_url: str) -> World:
    return World(database_url).found().lanes()


def posted(world: World, people: int) -> list[UUID]:
    """Messages the provider has taken."""
    messages = world.debtors(people)
    world.do("UPDATE message SET state = 4, applied = true, sending_at = %s WHERE state = 1", NOON)
    return messages


def tell(world: World, messages: list[UUID]) -> None:
    """Sent, delivered and read of each message lie in the inbox, stored and answered."""
    said = [
        {"id": f"wamid.{message}", "status": state, "timestamp": str(int(NOON.timestamp())),
         "recipient_id": "525512345678", "biz_opaque_callback_data": str(message)}
        for state in STATES
        for message in messages
    ]  # fmt: skip
    with world.connection() as connection:
        store(connection, of_meta(post_of(said), NOON))


def worker(world: World, redis_url: str) -> "subprocess.Popen[bytes]":
    environment = child_environment(DATABASE_URL=world.url, REDIS_URL=redis_url, CADENCIA_LOG_LEVEL="error")
    return subprocess.Popen([sys.executable, "-m", "api.worker", "inbox"], env=environment)


def kill(running: "subprocess.Popen[bytes]", figures: Figures) -> None:
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    figures.add(kills=1)


def judge(world: World, messages: int, figures: Figures) -> None:
    """Each message stands where the provider told last, each event of its account is there once."""
    assert world.states() == {MessageState.READ: messages}
    told = world.rows("SELECT account_id, kind, count(*) FROM account_event GROUP BY 1, 2")
    assert {count for _, _, count in told} == {1}
    assert len(told) == 2 * messages  # delivered and read
    assert world.rows("SELECT state, count(*) FROM inbox GROUP BY 1") == [("done", 3 * messages)]
    figures.add(messages=messages, twice=0, lost=0, unknown=0)


def is_worked(world: World) -> bool:
    return world.rows("SELECT 1 FROM inbox WHERE state = 'new' LIMIT 1") == []


def test_killed_in_the_middle_of_a_batch_it_is_worked_again_whole(
    world: World, redis_url: str, figures: Figures
) -> None:
    tell(world, posted(world, 200))
    world.do(
        "CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(5); RETURN NULL; END'"
    )
    world.do(
        "CREATE TRIGGER slow AFTER INSERT ON account_event FOR EACH STATEMENT EXECUTE FUNCTION take_long()"
    )
    doomed = worker(world, redis_url)
    until(lambda: bool(world.rows(SLEEPING)), within_s=180, every_s=0.1)
    kill(doomed, figures)
    assert world.rows("SELECT count(*) FROM account_event") == [(0,)]
    world.do("DROP TRIGGER slow ON account_event")
    heir = worker(world, redis_url)
    try:
        figures.settled(until(lambda: is_worked(world)))
        judge(world, 200, figures)
    finally:
        heir.kill()
        heir.wait()


@pytest.mark.chaos
def test_killed_thirty_times_at_random(world: World, redis_url: str, figures: Figures) -> None:
    chance = random.Random(30)
    for _ in range(30):
        tell(world, posted(world, 100))
        running = worker(world, redis_url)
        time.sleep(chance.uniform(0.5, 4.0))
        kill(running, figures)
    heir = worker(world, redis_url)
    try:
        figures.settled(until(lambda: is_worked(world)))
        judge(world, 3_000, figures)
    finally:
        heir.kill()
        heir.wait()
