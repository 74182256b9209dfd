"""Arms that stay, and the control group that nobody writes to (03, point 10)."""

from tests.acceptance.conftest import Begin
from tests.acceptance.paths import LATE, end, enter, notice, path, send, split, task, wait
from tests.acceptance.timeline import Timeline

UNPROTECTED = {"all": [LATE, {"fact": "protected", "op": "is", "value": False}]}


def test_a_person_always_takes_the_same_arm(timeline: Timeline) -> None:
    day, people = timeline.day, [timeline.debtor(f"P{number}") for number in range(8)]
    circle = path("mora", enter(UNPROTECTED), send("a", "b", next="vuelta"), wait(1, id="vuelta", next="a"))
    timeline.publish(circle)
    day(0)
    first = [day(0).sent(each) for each in people]
    assert {word for (word,) in first} == {"a", "b"}
    assert [day(2).sent(each) for each in people] == first
    assert timeline.rows("SELECT count(*) FROM exposure") == [(8,)]


def test_the_same_person_walks_the_same_path_with_every_debt(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana")
    loan = timeline.debt_of(card)
    timeline.publish(
        path(
            "mora",
            enter(UNPROTECTED),
            split("prueba", a=(50, "espera-4"), b=(50, "espera-9")),
            wait(4, next="fin"),
            wait(9),
            end(),
        )
    )
    assert day(0).enrolment(card)["node"] == day(0).enrolment(loan)["node"]


def test_the_control_group_walks_the_champions_path_without_a_message(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", holdout_share_bp=10_000)
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(UNPROTECTED),
            notice("buro", delivered="aviso", not_delivered="aviso"),
            send("aviso"),
            split("prueba", campeon=(1, "espera-2"), retador=(99, "espera-7")),
            wait(2),
            task(next="fin", timeout="fin"),
            wait(7, next="fin"),
            end(),
        )
    )
    day(0).expect(ana, sent="buro", bucket="acted").delivered(ana)
    day(1).expect(ana, nothing=True, at="espera-2", bucket="holdout")
    day(3).expect(ana, nothing=True, left="fin")
    assert timeline.rows("SELECT count(*) FROM exposure") == [(0,)]
    assert timeline.rows("SELECT count(*) FROM effect") == [(0,)]
