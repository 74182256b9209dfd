"""Killed between a failed status and its fallback, or worked twice at once: never two, none lost."""

import multiprocessing
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from api.clock import BusinessClock
from api.delivery.crash_points import AFTER_APPLY, BEFORE_APPLY_COMMIT, CrashPoints
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.work_timers import work_timers
from storage.database import Database
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.provider import Provider
from tests.acceptance.timeline import Debt, Timeline

pytestmark = [pytest.mark.timeout(180), pytest.mark.criterion("R1")]

PEOPLE = 5
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["api.usecases.day.apply_outcomes"])


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Provider:
    """Five people whose WhatsApp was accepted this morning."""
    timeline = Timeline(database_url, tmp_path)
    for number in range(PEOPLE):
        timeline.debtor(f"Persona {number}")
    late = {"on": "not_delivered", "channel": "sms", "template": "recado", "hours": 4}
    timeline.publish(path("mora", enter(), send("aviso", fallback=late), wait(9), end()))
    timeline.day(0)
    return Provider(timeline)


def everyone(provider: Provider) -> list[Debt]:
    rows = provider.timeline.rows(
        "SELECT name, p.id, a.id FROM person p JOIN account a ON a.person_id = p.id ORDER BY a.id"
    )
    return [Debt(*row) for row in rows]


def fallbacks(provider: Provider) -> Counter[int]:
    """How many fallbacks each account has."""
    rows = provider.timeline.rows("SELECT account_id FROM message_item WHERE leg > 0")
    return Counter(account_id for (account_id,) in rows)


def apply(url: str, portfolio_id: int, crash_at: str) -> None:
    """What the worker does with outcomes, told where to die."""
    apply_outcomes(Database(url), portfolio_id, crash=CrashPoints(crash_at))


@pytest.mark.parametrize("point", [BEFORE_APPLY_COMMIT, AFTER_APPLY])
def test_a_worker_killed_between_the_failure_and_the_fallback(provider: Provider, point: int) -> None:
    people = everyone(provider)
    for each in people:
        provider.says_unheard(each, "failed")
    timeline = provider.timeline
    arguments = (timeline.url, timeline.book.portfolio_id, str(point))
    worker = _PROCESSES.Process(target=apply, args=arguments)
    worker.start()
    worker.join(120)
    assert worker.exitcode == -signal.SIGKILL
    provider.act()
    assert fallbacks(provider) == Counter({each.account_id: 1 for each in people})
    assert len(timeline.rows("SELECT 1 FROM message WHERE leg > 0")) == PEOPLE
    assert timeline.rows("SELECT count(*) FROM slot") == [(PEOPLE,)]


@pytest.mark.criterion("R3")
def test_two_workers_at_once_and_a_timer_beside_them(provider: Provider) -> None:
    people = everyone(provider)
    timeline = provider.timeline
    for each in people:
        provider.says_unheard(each, "failed")
    timeline.do("UPDATE timer SET due_at = %s", BusinessClock(timeline.database).now())
    faults: list[BaseException] = []

    def work(task: Any, *arguments: Any) -> None:
        try:
            task(Database(timeline.url), *arguments)
        except BaseException as fault:  # told below: a thread has nobody to raise to
            faults.append(fault)

    portfolio = timeline.book.portfolio_id
    tasks = [(apply_outcomes, portfolio), (apply_outcomes, portfolio), (work_timers,), (work_timers,)]
    threads = [threading.Thread(target=work, args=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    provider.act()
    assert faults == []
    assert timeline.rows("SELECT work, reason FROM fault") == []
    assert fallbacks(provider) == Counter({each.account_id: 1 for each in people})
    assert len(timeline.rows("SELECT 1 FROM message WHERE leg > 0")) == PEOPLE
