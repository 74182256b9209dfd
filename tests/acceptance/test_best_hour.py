"""Messages at the hour a person answers at, learnt from when they read and wrote (row B12)."""

from datetime import datetime, time, timedelta

from api.usecases.day.explain_account import explain_account
from api.usecases.day.learn_hours import learn_hours
from engine.vocabulary import EventKind
from tests.acceptance.conftest import Begin
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline

TWICE = path("mora", enter(), wait(1), send("aviso", send_at="best_hour"), end())


def read_at(timeline: Timeline, debt: Debt, hour: int, *, times: int, days_ago: int = 3) -> None:
    """The person read (or answered) so many messages at a local hour, the latest some days ago."""
    for number in range(times):
        day = timeline.first - timedelta(days=days_ago + number)
        timeline.do(
            "INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, applied)"
            " SELECT id, person_id, shard, %s, %s, 'delivery', %s, true FROM account WHERE id = %s",
            int(EventKind.READ), datetime.combine(day, time(hour, 20), timeline.zone),
            timeline.reference(), debt.account_id,
        )  # fmt: skip


def hour_of(timeline: Timeline, debt: Debt) -> str:
    """The local hour of the debt's newest message."""
    ((at,),) = timeline.rows(
        "SELECT max(m.send_at) FROM message m JOIN message_item i ON i.message_id = m.id"
        " WHERE i.account_id = %s",
        debt.account_id,
    )
    return f"{at.astimezone(timeline.zone):%H:%M}"


def why(timeline: Timeline, debt: Debt, day: int) -> str:
    ((number,),) = timeline.rows("SELECT number FROM account WHERE id = %s", debt.account_id)
    lines = explain_account(timeline.database, timeline.book_key, number, timeline.date(day))
    return " ".join(line.text for line in lines if line.kind == "message")


def test_who_reads_in_the_evening_is_written_to_in_the_evening(timeline: Timeline) -> None:
    day, ana, luis = timeline.day, timeline.debtor("Ana"), timeline.debtor("Luis")
    read_at(timeline, ana, 19, times=6)
    read_at(timeline, luis, 19, times=2)
    timeline.publish(TWICE)
    day(1, deliver=False)
    assert hour_of(timeline, ana) == "19:00"
    assert hour_of(timeline, luis) == "09:00"
    assert "19:00, la hora a la que la persona suele" in why(timeline, ana, 1)
    assert "no hay datos suficientes" in why(timeline, luis, 1)


def test_an_hour_outside_the_window_is_not_kept(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-17")
    day, ana = timeline.day, timeline.debtor("Ana")
    read_at(timeline, ana, 21, times=6)
    timeline.publish(TWICE)
    day(1, deliver=False)
    assert hour_of(timeline, ana) == "09:00"
    assert "fuera del horario" in why(timeline, ana, 1)


def test_one_message_about_three_debts_was_read_once(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    for _ in range(3):
        timeline.debt_of(ana)
    timeline.do(
        "INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference)"
        " SELECT id, person_id, shard, 5, %s, 'delivery', 'uno:5' FROM account",
        timeline.clock.now() - timedelta(days=1),
    )
    learn_hours(timeline.database, timeline.first)
    assert timeline.rows("SELECT round(answers::numeric, 1)::float FROM person_hours") == [(1.0,)]


def test_an_old_habit_is_forgotten(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    read_at(timeline, ana, 19, times=6)
    learn_hours(timeline.database, timeline.first)
    assert timeline.rows("SELECT best_hour FROM person") == [(19,)]
    learn_hours(timeline.database, timeline.date(90))
    assert timeline.rows("SELECT best_hour FROM person") == [(None,)]


def test_learning_twice_learns_nothing_new(timeline: Timeline) -> None:
    ana = timeline.debtor("Ana")
    read_at(timeline, ana, 8, times=7)
    for _ in range(2):
        learn_hours(timeline.database, timeline.first)
    weights = timeline.rows("SELECT weights, as_of FROM person_hours")
    learn_hours(timeline.database, timeline.first)
    assert timeline.rows("SELECT weights, as_of FROM person_hours") == weights
