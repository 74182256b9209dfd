"""Exits, stop states, take-overs and handovers (03, points 8 and 9)."""

from tests.acceptance.paths import LATE, end, enter, hand_over, label, path, send, wait, wait_for
from tests.acceptance.timeline import Timeline

SERIOUS = {"fact": "days_past_due", "op": ">=", "value": 12}


def mora() -> str:
    return path("mora", enter(), send("aviso"), wait(9), end())


def test_who_pays_leaves_and_what_was_queued_never_goes_out(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso").payment(ana, "900.00")
    day(0).expect(ana, nothing=True, left="exit")
    assert timeline.deliver() == 0
    assert timeline.rows("SELECT reason FROM message") == [("paid",)]


def test_a_debt_that_was_sold_stops_wherever_it_stands(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0).expect(ana, at="espera-9")
    timeline.do("UPDATE account SET account_status = 6")
    day(1).expect(ana, left="stopped", bucket="ended_today")


def test_paid_while_the_message_was_queued_and_nobody_noticed_until_the_morning(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso")
    timeline.do("UPDATE account SET amount_to_cure = 0")
    day(1).expect(ana, nothing=True, left="exit")
    assert timeline.rows("SELECT count(*) FROM message_item WHERE alive") == [(0,)]


def test_a_stronger_strategy_takes_the_account_over_and_its_message_along(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=10)
    timeline.publish(mora())
    timeline.publish(path("dura", enter(SERIOUS, priority=200), send("fuerte"), wait(9), end()))
    day(0).expect(ana, sent="aviso", at="espera-9")
    day(2).expect(ana, sent="fuerte")
    assert day(2).passages(ana) == ["mora", "dura"]
    assert day(2).enrolment(ana, "mora")["outcome"] == "superseded"
    assert day(2).counted() == {"acted": 1}


def test_a_strategy_that_takes_over_nobody_waits_until_the_other_is_done(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=10)
    timeline.publish(path("mora", enter(), send("aviso"), wait(3), end()))
    polite = enter(SERIOUS, priority=200, takes_over="none")
    timeline.publish(path("dura", polite, send("fuerte"), wait(9), end()))
    day(2).expect(ana, nothing=True, at="espera-3")
    day(3).expect(ana, left="fin")
    day(4).expect(ana, sent="fuerte")


def test_who_entered_today_is_not_taken_over_today(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=12)
    timeline.publish(
        path(
            "blanda",
            enter({"fact": "days_past_due", "op": ">=", "value": 400}),
            send("suave"),
            wait(9),
            end(),
        )
    )
    timeline.publish(path("dura", enter(SERIOUS, priority=200), hand_over("blanda")))
    day(0).expect(ana, sent="suave")
    assert day(0).passages(ana) == ["dura", "blanda"]


def test_an_account_changes_hands_once_a_day(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    never = {"fact": "days_past_due", "op": ">=", "value": 400}
    timeline.publish(path("tres", enter(never), send("aviso"), wait(9), end()))
    timeline.publish(path("dos", enter(never), hand_over("tres")))
    timeline.publish(path("uno", enter(), hand_over("dos")))
    day(0).expect(ana, nothing=True, at="traspaso", state="waiting", due=1)
    day(1).expect(ana, sent="aviso")
    assert day(1).passages(ana) == ["uno", "dos", "tres"]


def test_a_delivery_does_not_hand_over_an_account_that_came_today(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    never = {"fact": "days_past_due", "op": ">=", "value": 400}
    timeline.publish(path("tres", enter(never), wait(9), end()))
    timeline.publish(path("dos", enter(never), send("aviso"), hand_over("tres")))
    timeline.publish(path("uno", enter(), hand_over("dos")))
    day(0).expect(ana, sent="aviso", at="traspaso", state="waiting")
    day(1).expect(ana, at="espera-9")
    assert day(1).passages(ana) == ["uno", "dos", "tres"]


def test_a_handover_to_a_paused_strategy_waits_until_it_goes_on(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    never = {"fact": "days_past_due", "op": ">=", "value": 400}
    timeline.publish(path("dos", enter(never), send("aviso"), wait(9), end()))
    timeline.publish(path("uno", enter(), hand_over("dos")))
    timeline.do("UPDATE strategy SET paused = true WHERE key = 'dos'")
    day(0).expect(ana, at="traspaso", state="waiting", due=1)
    timeline.do("UPDATE strategy SET paused = false")
    day(1).expect(ana, sent="aviso")


def test_a_label_is_seen_from_the_next_day_on(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("uno", enter(), label("vip"), wait(9), end()))
    marked = {"all": [LATE, {"fact": "labels", "op": "has", "value": "vip"}]}
    day(0).expect(ana, at="espera-9")
    timeline.publish(path("vip", enter(marked, priority=200), send("preferente"), wait(9), end()))
    day(1).expect(ana, sent="preferente")


def test_the_thanks_wait_for_no_slot_even_on_the_day_of_the_reminder(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso"),
            wait_for("payment", days=5, payment="gracias", timeout="fin"),
            send("gracias", purpose="confirmation"),
            wait(9, next="fin"),
            end(),
        )
    )
    day(0).payment(ana, "100.00")
    assert day(0).sent(ana) == ["aviso", "gracias"]
