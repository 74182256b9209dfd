"""A payment that bounced: the account goes on where it stood, as if it had never been paid (03, point 8)."""

from datetime import timedelta

from tests.acceptance.paths import end, enter, path, send, task, wait, wait_for
from tests.acceptance.timeline import Debt, Timeline, minor


def mora() -> str:
    return path("mora", enter(), send("aviso"), wait(4), send("segundo"), wait(9), end())


def owed(timeline: Timeline, debt: Debt) -> int:
    return int(timeline.rows("SELECT amount_to_cure FROM account WHERE id = %s", debt.account_id)[0][0])


def test_who_paid_and_bounced_goes_on_in_the_wait_where_it_stood(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(0).expect(ana, sent="aviso")
    day(1).payment(ana, "900.00").expect(ana, left="exit")
    day(2).payment_taken_back()
    day(2).expect(ana, left="exit")
    day(3).expect(ana, nothing=True, at="espera-4", state="waiting", due=4)
    assert day(3).enrolment(ana)["visit"] == 2
    day(4).expect(ana, sent="segundo")
    assert day(4).enrolment(ana)["entry_no"] == 1
    assert timeline.rows("SELECT count(*) FROM enrolment") == [(1,)]


def test_a_term_that_passed_meanwhile_is_due_at_the_next_date(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(2).payment(ana, "900.00")
    day(8).payment_taken_back()
    day(9).expect(ana, sent="segundo")


def test_the_message_that_the_payment_took_back_is_decided_again(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso").payment(ana, "900.00").expect(ana, nothing=True)
    day(1).payment_taken_back()
    day(2).expect(ana, sent="aviso", at="espera-4", due=6)


def test_a_task_that_was_open_goes_on_until_its_term(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(path("mora", enter(), task("llamada", sla_days=6), end()))
    day(1).payment(ana, "900.00")
    day(2).payment_taken_back()
    day(3).expect(ana, at="llamada", state="waiting", due=6)
    assert len(timeline.rows("SELECT 1 FROM effect")) == 1


def test_the_account_owes_what_the_payment_took_off_or_what_the_core_says(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(1).payment(ana, "1200.00")
    assert owed(timeline, ana) == 0
    assert day(2).payment_taken_back().amount_to_cure == minor("900.00")
    day(2).payment(ana, "900.00")
    assert day(3).payment_taken_back(owes="965.50").amount_to_cure == minor("965.50")


def test_a_reversal_told_twice_counts_once(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(1).payment(ana, "900.00")
    first, second = day(2).payment_taken_back(), day(2).payment_taken_back()
    assert first.is_new and len(first.reopens) == 1
    assert not second.is_new
    assert owed(timeline, ana) == minor("900.00")
    day(3).expect(ana, at="espera-4")


def test_what_the_core_loaded_since_is_not_added_to(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(1).payment(ana, "900.00")
    day(3)
    timeline.do(
        "UPDATE account SET amount_to_cure = %s, amount_as_of = %s, load_id = 7",
        minor("950.00"), timeline.date(3),
    )  # fmt: skip
    assert day(3).payment_taken_back().amount_to_cure == minor("950.00")


def test_the_episode_is_the_same_as_if_it_had_never_been_paid(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(1).payment(ana, "900.00")
    timeline.do("UPDATE account SET episode = episode + 1, amount_to_cure = 90000")  # the load was first
    day(1).payment_taken_back(owes="900.00")
    day(2).expect(ana, at="espera-4")
    assert day(2).passages(ana) == ["mora"]
    assert timeline.rows("SELECT episode FROM account") == [(1,)]


def test_an_account_that_stands_in_another_strategy_by_now_stays_there(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    paid = {"fact": "amount_to_cure", "op": "=", "value": 0}
    ages_ago = {"fact": "days_past_due", "op": ">", "value": 3000}
    timeline.publish(path("gracias", enter(paid), wait(9), end(), exit_when=ages_ago))
    day(1).payment(ana, "900.00")
    day(2).expect(ana, at="espera-9")
    day(2).payment_taken_back()
    day(3)
    assert day(3).enrolment(ana, "mora")["outcome"] == "exit"
    assert day(3).passages(ana) == ["mora", "gracias"]


def test_the_payment_itself_does_not_release_the_wait_it_goes_on_with(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(
        path("mora", enter(), send("aviso"), wait_for("payment", days=9, payment="bien", timeout="fin"),
             end(), end("bien"))
    )  # fmt: skip
    day(2).payment(ana, "900.00").expect(ana, left="exit")
    day(3).payment_taken_back()
    day(4).expect(ana, at="espera", state="waiting", due=9)


def kept_promise(timeline: Timeline, due: int) -> Debt:
    """A promise of the whole debt, kept by a payment on day 2."""
    ana = timeline.debtor("Ana", owes="900.00")
    timeline.publish(
        path("mora", enter(), wait(9), end(), send("reclamo"), wait(5, id="pausa", next="fin"),
             on_hold={"promise_broken": "reclamo"})
    )  # fmt: skip
    timeline.day(2).payment(ana, "900.00")
    timeline.do(
        "INSERT INTO promise (account_id, amount, paid, due_on, state, via, made_at, closed_at)"
        " SELECT account_id, amount, amount, %s, 'kept', 'portal', paid_at - interval '1 day', paid_at"
        " FROM payment",
        timeline.date(due),
    )
    timeline.do("UPDATE account SET promises_kept_90d = 1")
    return ana


def test_the_promise_it_kept_is_open_again_while_its_date_has_not_passed(timeline: Timeline) -> None:
    ana, day = kept_promise(timeline, due=6), timeline.day
    assert day(3).payment_taken_back().promise == "made"
    assert timeline.rows("SELECT state, paid, closed_at FROM promise") == [("made", 0, None)]
    assert timeline.rows("SELECT promise_open, promise_due_on, promises_kept_90d FROM account") == [
        (True, timeline.date(6), 0)
    ]
    day(4).expect(ana, nothing=True, bucket="held")
    assert timeline.rows("SELECT until_on FROM hold") == [(timeline.date(6) + timedelta(days=1),)]


def test_the_promise_is_broken_when_its_date_has_passed_and_the_strategy_says_so(timeline: Timeline) -> None:
    ana, day = kept_promise(timeline, due=2), timeline.day
    assert day(3).payment_taken_back().promise == "broken"
    assert timeline.rows("SELECT state FROM promise") == [("broken",)]
    assert timeline.rows("SELECT promises_kept_90d, promises_broken_90d FROM account") == [(0, 1)]
    day(4).expect(ana, sent="reclamo")
