"""Days, dates and events a strategy waits for (03, point 6)."""

from datetime import timedelta

from tests.acceptance.conftest import Begin
from tests.acceptance.paths import end, enter, path, send, wait, wait_for, wait_until
from tests.acceptance.timeline import Timeline


def answer_or_three_days() -> str:
    return path(
        "mora",
        enter(),
        send("aviso"),
        wait_for("reply", "payment", days=3, reply="gracias", payment="abono", timeout="segundo"),
        send("segundo", next="fin", blocked="fin"),
        send("gracias", purpose="answer", next="fin", blocked="fin"),
        end("abono"),
        end(),
    )


def test_without_an_answer_the_second_message_goes_out_on_the_third_day(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(answer_or_three_days())
    day(0).expect(ana, sent="aviso", at="espera", due=3)
    day(2).expect(ana, nothing=True)
    day(3).expect(ana, sent="segundo")


def test_a_reply_is_taken_up_at_once(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(answer_or_three_days())
    day(1).reply(ana).expect(ana, sent="gracias")


def test_a_part_payment_releases_the_wait_and_does_not_end_the_debt(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="1000.00")
    timeline.publish(answer_or_three_days())
    day(1).payment(ana, "40.00").expect(ana, left="abono")


def test_event_and_deadline_on_the_same_day_the_event_wins(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(answer_or_three_days())
    day(2).reply_unheard(ana)
    day(3).expect(ana, sent="gracias")


def test_a_reply_before_the_message_releases_nothing(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), wait(1), send("aviso"), wait_for("reply", days=2), end()))
    day(0).reply_unheard(ana)
    day(1).expect(ana, sent="aviso", at="espera", state="waiting", due=3)
    day(2).expect(ana, at="espera", state="waiting")


def test_one_reply_releases_one_wait(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso"),
            wait_for("reply", days=5, id="primera"),
            wait_for("reply", days=5, id="segunda"),
            end(),
        )
    )
    day(1).reply(ana).expect(ana, at="segunda", state="waiting")
    day(2).expect(ana, at="segunda", state="waiting")
    day(3).reply(ana).expect(ana, left="fin")


def test_a_message_delivered_in_the_second_it_was_accepted_counts_as_delivered(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso"),
            wait_for("delivered", days=2, delivered="llego"),
            end("no"),
            end("llego"),
        )
    )
    day(0).delivered(ana, after=timedelta(milliseconds=-400))
    day(1).expect(ana, left="llego")


def test_business_days_leave_out_the_weekend_and_the_holiday(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-13")  # a Friday; Monday the 16th is a holiday
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), send("aviso"), wait(1, business=True), send("segundo"), end()))
    day(0).expect(ana, sent="aviso", due=4)
    day(4).expect(ana, sent="segundo")


def test_a_reminder_two_days_before_the_due_date(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=-5)
    everyone = enter({"fact": "amount_to_cure", "op": ">", "value": 0})
    timeline.publish(path("preventiva", everyone, wait_until("due_date", offset=-2), send("recuerda"), end()))
    day(0).expect(ana, state="waiting", due=3)
    day(3).expect(ana, sent="recuerda")


def test_the_day_of_the_promise(timeline: Timeline) -> None:
    promised = timeline.first + timedelta(days=2)
    day, ana = timeline.day, timeline.debtor("Ana", promise_open=True, promise_due_on=promised)
    timeline.publish(path("mora", enter(), wait_until("promise_date", offset=1), send("aviso"), end()))
    day(0).expect(ana, state="waiting", due=3)
    day(3).expect(ana, sent="aviso")


def test_payday_before_a_sunday_is_the_friday(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-11")
    day, ana = timeline.day, timeline.debtor("Ana", person={"payday_calendar": 1})
    timeline.publish(path("mora", enter(), wait_until("payday"), send("quincena"), end()))
    day(0).expect(ana, state="waiting", due=2)
    day(2).expect(ana, sent="quincena")


def test_two_nights_missed_are_caught_up_once(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path("mora", enter(), send("aviso"), wait(1), send("segundo"), wait(1, id="otra"), end())
    )
    day(0).expect(ana, sent="aviso")
    timeline.miss(1, 2)
    day(3).expect(ana, sent="segundo")
    assert timeline.rows("SELECT count(*) FROM run WHERE state = 'skipped'") == [(2,)]
    assert timeline.rows("SELECT count(*) FROM message") == [(2,)]
