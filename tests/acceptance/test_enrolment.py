"""Who enters a strategy, once, and when again (03, points 1 to 3)."""

from tests.acceptance.paths import choose, end, enter, path, send, wait
from tests.acceptance.timeline import Timeline

ALWAYS = {"fact": "days_past_due", "op": ">=", "value": 0}


def test_debtor_is_written_to_waits_and_is_written_to_again(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1500.00", days_past_due=3)
    timeline.publish(path("mora", enter(), send("aviso"), wait(2), send("segundo"), end()))
    day(0).expect(ana, sent="aviso", at="espera-2", due=2)
    day(1).expect(ana, nothing=True, bucket="waiting")
    day(2).expect(ana, sent="segundo", left="fin")
    day(3).expect(ana, nothing=True, bucket="ended_before")


def test_who_is_not_late_enters_on_the_day_he_becomes_late(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=-1)
    timeline.publish(path("mora", enter(), send("aviso"), end()))
    assert day(1).counted() == {"not_eligible": 1}
    day(2).expect(ana, sent="aviso")


def test_a_second_delinquency_is_a_second_passage(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1500.00", days_past_due=3)
    timeline.publish(path("mora", enter(), send("aviso"), wait(5), end()))
    day(0).expect(ana, sent="aviso").payment(ana, "1500.00").expect(ana, left="exit")
    day(1).expect(ana, nothing=True).bill(ana, "700.00")
    day(2).expect(ana, sent="aviso")
    assert day(2).enrolment(ana)["entry_no"] == 2


def test_a_debt_that_grows_old_again_after_a_cure_is_a_new_episode(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1500.00", days_past_due=3)
    timeline.publish(path("mora", enter(), send("aviso"), wait(5), end()))
    day(0).payment(ana, "1500.00").expect(ana, left="exit").next_instalment(ana, "500.00", due=2)
    day(2).expect(ana, nothing=True, bucket="ended_before")
    day(3).expect(ana, sent="aviso", state="waiting")


def test_who_finished_the_path_does_not_enter_again_in_the_same_delinquency(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=3)
    timeline.publish(path("mora", enter(), send("aviso"), end()))
    day(0).expect(ana, sent="aviso", left="fin")
    day(2).expect(ana, nothing=True)
    assert day(2).passages(ana) == ["mora"]


def test_who_finished_may_enter_again_after_some_days_where_the_segment_says_so(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=3)
    again = enter(re_entry={"rule": "after_days", "days": 2})
    timeline.publish(path("mora", again, send("aviso"), end()))
    day(0).expect(ana, sent="aviso", left="fin")
    day(1).expect(ana, nothing=True)
    day(2).expect(ana, sent="aviso")


def test_a_circle_through_a_wait_goes_round_once_a_day_and_counts_visits(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=3)
    timeline.publish(path("mora", enter(), send("aviso", next="espera-1"), wait(1, next="aviso")))
    day(0).expect(ana, sent="aviso", at="espera-1")
    day(1).expect(ana, sent="aviso", at="espera-1")
    day(2).expect(ana, sent="aviso", at="espera-1")
    assert day(2).enrolment(ana)["visit"] == 3


def test_a_stop_state_keeps_an_account_out(timeline: Timeline) -> None:
    day = timeline.day
    timeline.debtor("Ana", days_past_due=3, account_status=5)
    timeline.publish(path("mora", enter(), send("aviso"), end()))
    assert day(0).counted() == {"not_eligible": 1}


def test_many_nodes_are_walked_in_one_day_until_the_first_place_to_wait(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="9000.00", days_past_due=3)
    high = {"fact": "amount_to_cure", "op": ">=", "value": 500_000}
    timeline.publish(
        path(
            "mora",
            enter(),
            choose("monto", alto=(high, "llamada-atenta")),
            send("suave", next="fin", blocked="fin"),
            send("llamada-atenta"),
            wait(3),
            end(),
        )
    )
    day(0).expect(ana, sent="llamada-atenta", at="espera-3")


def test_what_the_provider_refused_for_a_day_is_the_same_item_armed_again(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=3)
    timeline.publish(path("mora", enter(), send("aviso"), wait(5), end()))
    day(0, deliver=False)
    timeline.deliver_as_failed("rate_limit")
    day(0).expect(ana, state="deferred", at="aviso", due=1)
    day(1).expect(ana, sent="aviso", at="espera-5")
    assert timeline.rows("SELECT attempt, alive FROM message_item") == [(2, True)]
    assert timeline.rows("SELECT attempt, reason FROM item_attempt") == [(1, "rate_limit")]
