"""What happens to an account is acted on at once, within what the person's day has left."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from rq import Queue

from api.delivery.sweeper import Sweeper
from api.usecases.day.evaluate_now import evaluate_events, evaluate_new_events, evaluate_now
from api.usecases.day.run_day import run_day
from api.usecases.money.record_payment import PaymentIn, record_payment
from engine.vocabulary import MessageState
from storage.queue import Doorbell
from storage.runs import RELEASED
from tests.acceptance.paths import end, enter, path, send, wait_for
from tests.acceptance.timeline import Debt, Timeline, minor


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso"),
            wait_for("reply", days=5, reply="segundo", timeout="fin"),
            send("segundo", next="fin", blocked="fin"),
            end(),
        )
    )
    return timeline


def pay(timeline: Timeline, debt: Debt, amount: str) -> None:
    at = timeline.clock.now()
    payment = PaymentIn(debt.account_id, "core", uuid4().hex, minor(amount), at)
    record_payment(timeline.database, timeline.clock, payment)


def states(timeline: Timeline) -> list[tuple[str, bool]]:
    rows = timeline.rows(f"SELECT state, {RELEASED} FROM message m ORDER BY decided_at")
    return [(MessageState(state).word, released) for state, released in rows]


def test_who_pays_leaves_at_once(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana", owes="1000.00")
    day = timeline.day(0)
    pay(timeline, ana, "1000.00")
    day.expect(ana, state="waiting")
    assert evaluate_now(timeline.database, [ana.account_id]) == 0
    day.expect(ana, left="exit")


def test_a_reply_releases_its_wait_and_the_next_message_waits_for_another_slot(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(0)
    day.reply_unheard(ana)
    evaluate_now(timeline.database, [ana.account_id])
    day.expect(ana, at="segundo", state="deferred", sent="aviso")


def test_a_reply_on_a_later_day_gets_its_message_that_day(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(2)
    day.reply_unheard(ana)
    assert evaluate_now(timeline.database, [ana.account_id]) == 1
    day.expect(ana, at="segundo", state="sending", sent="segundo")
    assert states(timeline) == [("accepted", True), ("queued", True)]
    assert timeline.rows("SELECT count(*) FROM message WHERE run_id = (SELECT max(id) FROM run)") == [(1,)]


def test_a_second_evaluation_is_empty(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(2)
    day.reply_unheard(ana)
    evaluate_now(timeline.database, [ana.account_id])
    before = timeline.rows("SELECT * FROM enrolment") + timeline.rows("SELECT * FROM message_item")
    assert evaluate_now(timeline.database, [ana.account_id]) == 0
    assert timeline.rows("SELECT * FROM enrolment") + timeline.rows("SELECT * FROM message_item") == before


def test_nothing_leaves_a_date_whose_close_has_not_passed(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(2)
    timeline.do("UPDATE run SET state = 'held', released_at = NULL WHERE business_date = %s", day.date)
    day.reply_unheard(ana)
    evaluate_now(timeline.database, [ana.account_id])
    assert states(timeline)[-1] == ("queued", False)


def test_a_shadow_date_sends_nothing_for_an_event_either(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(2, shadow=True)
    day.reply_unheard(ana)
    evaluate_now(timeline.database, [ana.account_id])
    assert states(timeline)[-1] == ("shadow", True)


def test_before_the_first_run_an_event_waits_for_it(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = timeline.debtor("Ana", owes="1000.00")
    pay(timeline, ana, "400.00")
    monkeypatch.setenv("DATABASE_URL", timeline.url)
    evaluate_events()  # as the job is called
    assert timeline.rows("SELECT count(*) FROM enrolment") == [(0,)]
    timeline.day(0).expect(ana, sent="aviso")


def test_what_happened_is_found_in_the_tables_once(timeline: Timeline) -> None:
    ana, luis = timeline.debtor("Ana"), timeline.debtor("Luis", owes="1000.00")
    day = timeline.day(2)
    day.reply_unheard(ana)
    pay(timeline, luis, "400.00")
    pay(timeline, luis, "600.00")
    assert evaluate_new_events(timeline.database) == 3
    day.expect(ana, sent="segundo").expect(luis, left="exit")
    assert evaluate_new_events(timeline.database) == 0


def test_the_sweep_rings_for_what_happened(timeline: Timeline, redis_url: str) -> None:
    ana = timeline.debtor("Ana")
    day = timeline.day(2)
    sweeper = Sweeper(timeline.database, timeline.clock, Doorbell(redis_url))
    sweeper.sweep()
    waiting = Queue("in", connection=redis.Redis.from_url(redis_url))
    assert "reaction_evaluate" not in waiting.get_job_ids()
    day.reply_unheard(ana)
    sweeper.sweep()
    assert "reaction_evaluate" in waiting.get_job_ids()
    sweeper.close()


def test_an_event_opens_no_date(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    timeline.day(0)
    timeline.clock.set(timeline.clock.now() + timedelta(days=1), speed=0.0)
    evaluate_now(timeline.database, [ana.account_id])
    assert timeline.rows("SELECT count(*) FROM run") == [(1,)]
    again = run_day(
        timeline.database, timeline.book_key, timeline.date(0), snapshots_url=str(timeline.folder)
    )
    assert again.state == "closed"
