"""The day itself: run twice, missed, closed, held, in shadow, over versions (03, points 14 to 18)."""

import pytest

from api.usecases.day.release_run import release_run
from engine.errors import RunError
from tests.acceptance.conftest import Begin
from tests.acceptance.paths import end, enter, path, send, task, wait
from tests.acceptance.timeline import Timeline

STATE = """SELECT (SELECT json_agg(e ORDER BY id) FROM enrolment e),
    (SELECT json_agg(m ORDER BY id) FROM message m),
    (SELECT json_agg(i ORDER BY cause_id) FROM message_item i),
    (SELECT json_agg(f ORDER BY bucket) FROM close_figure f),
    (SELECT json_agg(p ORDER BY node, port) FROM passage p)"""


def mora() -> str:
    return path("mora", enter(), send("aviso"), wait(2), send("segundo"), wait(9), end())


def test_the_same_date_again_changes_nothing(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.debtor("Beto", days_past_due=0)
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso")
    before = timeline.rows(STATE)
    assert timeline.run_again(0).figures == day(0).closed.figures
    assert timeline.rows(STATE) == before


def test_a_date_that_is_past_is_refused_and_says_why(timeline: Timeline) -> None:
    timeline.publish(mora())
    timeline.day(0)
    timeline.miss(1)
    timeline.day(2)
    with pytest.raises(RunError, match="newest date run"):
        timeline.run_again(1)


def test_every_account_is_counted_once(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.debtor("Beto", days_past_due=0)
    timeline.debtor("Ciro", person={"denied": ("whatsapp",), "consents": ()})
    held = timeline.debtor("Dora")
    timeline.publish(path("mora", enter(), send("aviso", blocked="espera-2"), wait(2), end()))
    day(0).hold(held, "dispute", until=5)
    assert day(0).counted() == {"acted": 2, "blocked": 1, "not_eligible": 1}
    assert day(1).counted() == {"acted": 1, "held": 1, "waiting": 2}
    assert day(2).counted() == {"ended_today": 2, "held": 1, "waiting": 1}
    day(2).expect(ana, left="fin")


def test_the_fuse_holds_the_release_until_a_person_agrees(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", settings={"fuse_ceiling": 1})
    day, ana, beto = timeline.day, timeline.debtor("Ana"), timeline.debtor("Beto")
    timeline.publish(mora())
    assert day(0).closed.state == "held"
    assert timeline.deliver() == 0
    release_run(timeline.database, "prueba", timeline.date(0), by="carla")
    assert timeline.deliver() == 2
    day(0).expect(ana, at="espera-2").expect(beto, at="espera-2")


def test_what_the_fuse_held_all_day_is_decided_afresh_the_next(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", settings={"fuse_ceiling": 0})
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    assert day(0).closed.state == "held"
    timeline.do("UPDATE portfolio SET settings = '{}'")
    day(1).expect(ana, sent="aviso", at="espera-2")
    assert timeline.rows("SELECT count(*) FROM message WHERE state = 10") == [(1,)]


def test_a_shadow_run_decides_everything_and_sends_nothing(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), send("aviso"), task(sla_days=2), end()))
    timeline.do("UPDATE portfolio SET shadow = true")
    day(0).expect(ana, sent="aviso", bucket="acted")
    assert timeline.deliver() == 0
    day(1).expect(ana, at="llamada")
    day(2).expect(ana, left="fin")
    assert timeline.rows("SELECT DISTINCT state FROM effect") == [("shadow",)]
    assert timeline.rows("SELECT count(*) FROM slot") == [(0,)]


def test_a_new_version_is_for_who_enters_from_now_on(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=2)
    beto = timeline.debtor("Beto", days_past_due=0)
    timeline.publish(mora())
    day(0).expect(ana, sent="aviso")
    timeline.publish(path("mora", enter(priority=900), send("nuevo"), wait(9), end()))
    day(1).expect(ana, nothing=True, at="espera-2").expect(beto, sent="nuevo")
    day(2).expect(ana, sent="segundo")
    assert day(2).passages(ana) == ["mora"]


def test_an_account_that_came_after_the_date_was_opened_is_tomorrows(timeline: Timeline) -> None:
    day = timeline.day
    timeline.debtor("Ana")
    timeline.publish(mora())
    assert day(0).closed.accounts == 1
    late = timeline.debtor("Beto")
    assert timeline.run_again(0).accounts == 1
    day(1).expect(late, sent="aviso")
