"""Waits with a deadline in hours, and waits released the moment a provider says something (03, point 6)."""

import pytest

from engine.vocabulary import EnrolmentState
from tests.acceptance.paths import Node, end, enter, path, send
from tests.acceptance.provider import Provider
from tests.acceptance.timeline import Timeline


def wait_hours(*events: str, hours: int, **to: str) -> Node:
    until = {"type": "event", "events": events, "hours": hours}
    return {"id": "espera", "kind": "wait", "until": until, "to_node": to}


def mora(hours: int = 4) -> str:
    return path(
        "mora",
        enter(),
        send("aviso"),
        wait_hours("read", "failed", "reply", hours=hours, read="leyo", failed="fallo", reply="hablo"),
        end("callo"),
        end("leyo"),
        end("fallo"),
        end("hablo"),
    )


@pytest.fixture
def provider(timeline: Timeline) -> Provider:
    timeline.publish(mora())
    return Provider(timeline)


def test_four_hours_are_four_hours(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0).expect(ana, at="espera", state="waiting")
    provider.passes(hours=3.9)
    day(0).expect(ana, state="waiting")
    provider.passes(hours=0.2)
    day(0).expect(ana, left="callo")


def test_a_reading_releases_its_wait_the_same_hour(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    provider.passes(hours=1)
    provider.says(ana, "read")
    day(0).expect(ana, left="leyo")


def test_a_failure_releases_its_wait_the_same_hour(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    provider.says(ana, "failed")
    day(0).expect(ana, left="fallo")


def test_delivery_alone_releases_nothing_that_waits_for_a_reading(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    provider.says(ana, "delivered")
    day(0).expect(ana, at="espera", state="waiting")


def test_when_the_reading_and_the_deadline_are_both_there_the_reading_wins(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0)
    provider.says_unheard(ana, "read")
    provider.passes(hours=5)
    day(0).expect(ana, left="leyo")


def test_without_anybody_to_work_timers_the_next_opening_does(timeline: Timeline, provider: Provider) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0).expect(ana, at="espera", due=1)
    day(1).expect(ana, left="callo")
    provider.act()
    assert timeline.rows("SELECT result FROM timer") == [("passed",)]


def test_who_is_held_when_the_hours_are_over_goes_on_after_the_hold(
    timeline: Timeline, provider: Provider
) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    day(0).hold(ana, "manual", until=2)
    provider.passes(hours=5)
    day(0).expect(ana, at="espera", state="waiting")
    day(1).expect(ana, at="espera", state="waiting")
    day(3).expect(ana, left="callo")


def test_a_timer_worked_twice_changes_nothing(timeline: Timeline, provider: Provider) -> None:
    day, ana, luis = timeline.day, timeline.debtor("Ana"), timeline.debtor("Luis")
    day(0)
    provider.says(luis, "read")
    provider.passes(hours=5)
    before = timeline.rows("SELECT * FROM enrolment ORDER BY id")
    timeline.do("UPDATE timer SET done_at = NULL, result = ''")
    provider.act()
    assert timeline.rows("SELECT * FROM enrolment ORDER BY id") == before
    assert {state for (state,) in timeline.rows("SELECT state FROM enrolment")} == {EnrolmentState.ENDED}
    day(0).expect(ana, left="callo").expect(luis, left="leyo")
