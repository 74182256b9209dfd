"""R10: work that always raises is tried a few times, then set aside and seen; the rest goes on."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import Settings
from api.status import read_set_aside
from api.usecases.day.apply_outcomes import apply_outcomes
from api.usecases.day.evaluate_now import evaluate_new_events
from api.usecases.day.work_timers import work_timers
from storage.faults import MOST_TRIES
from tests.acceptance.paths import end, enter, path, send, wait_for
from tests.acceptance.provider import Provider
from tests.acceptance.timeline import Debt, Timeline

pytestmark = pytest.mark.criterion("R10")


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    timeline = Timeline(database_url, tmp_path)
    wait = wait_for("reply", days=5, reply="fin", timeout="fin")
    late = {"on": "not_read", "channel": "sms", "template": "recado", "hours": 2}
    timeline.publish(path("mora", enter(), send("aviso", fallback=late), wait, end()))
    return timeline


def poison(timeline: Timeline, debt: Debt, node: int = 999) -> int:
    """Let the account stand at a node no strategy has: whatever evaluates it raises."""
    ((before,),) = timeline.rows("SELECT node FROM enrolment WHERE account_id = %s", debt.account_id)
    timeline.do("UPDATE enrolment SET node = %s WHERE account_id = %s", node, debt.account_id)
    return int(before)


def later(timeline: Timeline) -> None:
    """The pause after a fault is over."""
    timeline.do("UPDATE fault SET next_at = clock_timestamp()")


def tries(timeline: Timeline) -> list[tuple[str, int, bool]]:
    return timeline.rows("SELECT work, tries, set_aside_at IS NOT NULL FROM fault ORDER BY key")


def test_one_event_that_always_raises_is_set_aside_and_the_rest_goes_on(timeline: Timeline) -> None:
    ana, luis, rosa = (timeline.debtor(name) for name in ("Ana", "Luis", "Rosa"))
    day = timeline.day(1)
    for each in (ana, luis, rosa):
        day.reply_unheard(each)
    poison(timeline, ana)
    assert evaluate_new_events(timeline.database) == 2
    day.expect(luis, left="fin").expect(rosa, left="fin")
    assert evaluate_new_events(timeline.database) == 0
    assert tries(timeline) == [("event", 1, False)]
    for _ in range(MOST_TRIES - 1):
        later(timeline)
        evaluate_new_events(timeline.database)
    assert tries(timeline) == [("event", MOST_TRIES, True)]
    later(timeline)
    evaluate_new_events(timeline.database)
    assert tries(timeline) == [("event", MOST_TRIES, True)]
    (told,), count = read_set_aside(timeline.url)
    assert (told.work, told.account_id, count) == ("event", ana.account_id, 1)
    assert "IndexError" in told.reason


def test_pauses_grow(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(1).reply_unheard(ana)
    poison(timeline, ana)
    pauses = []
    for _ in range(3):
        evaluate_new_events(timeline.database)
        pauses += timeline.rows("SELECT round(extract(epoch FROM next_at - clock_timestamp())) FROM fault")
        later(timeline)
    assert [int(pause) for (pause,) in pauses] == [10, 20, 40]


def test_what_is_cured_in_time_goes_through_and_is_forgotten(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(1)
    day.reply_unheard(ana)
    node = poison(timeline, ana)
    assert evaluate_new_events(timeline.database) == 0
    poison(timeline, ana, node)
    later(timeline)
    assert evaluate_new_events(timeline.database) == 1
    assert tries(timeline) == []
    day.expect(ana, left="fin")


def test_an_outcome_that_raises_holds_nobody_up(timeline: Timeline) -> None:
    ana, luis = timeline.debtor("Ana"), timeline.debtor("Luis")
    day = timeline.day(0, deliver=False)
    timeline.do("UPDATE account SET currency = 999 WHERE id = %s", ana.account_id)
    timeline.deliver()
    day.expect(luis, at="espera").expect(ana, at="aviso", state="sending")
    assert tries(timeline) == [("message", 1, False)]
    timeline.do("UPDATE account SET currency = 0 WHERE id = %s", ana.account_id)
    later(timeline)
    assert apply_outcomes(timeline.database, timeline.book.portfolio_id) == 1
    day.expect(ana, at="espera")
    assert tries(timeline) == []


def test_a_timer_that_raises_holds_nobody_up(timeline: Timeline) -> None:
    ana, luis = timeline.debtor("Ana"), timeline.debtor("Luis")
    timeline.day(0)
    poison(timeline, ana)
    Provider(timeline).passes(hours=2)
    assert (Provider(timeline).legs(ana), len(Provider(timeline).legs(luis))) == ([], 1)
    assert tries(timeline) == [("timer", 1, False)]
    assert work_timers(timeline.database) == 0


def test_the_metrics_count_what_is_set_aside(timeline: Timeline, redis_url: str) -> None:
    timeline.do(
        "INSERT INTO fault (work, key, tries, reason, next_at, set_aside_at)"
        " VALUES ('event', '7', 5, 'IndexError: 999', now(), now())"
    )
    with TestClient(create_app(Settings(database_url=timeline.url, redis_url=redis_url))) as client:
        told = client.get("/metrics").text
    assert 'cadencia_set_aside{work="event"} 1.0' in told
    assert 'cadencia_set_aside{work="timer"} 0.0' in told
