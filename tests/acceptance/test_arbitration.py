"""One person, one message a day; what the law and other contacts leave room for (03, points 11 and 12)."""

from tests.acceptance.conftest import Begin
from tests.acceptance.paths import LATE, end, enter, notice, path, send, wait
from tests.acceptance.timeline import Timeline


def mora(defer: int = 3) -> str:
    return path("mora", enter(), send("aviso", defer=defer, blocked="bloqueada"), wait(9), end("bloqueada"))


def test_three_debts_of_a_person_are_one_message_with_three_items(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana", owes="500.00")
    loan, shop = timeline.debt_of(card, owes="900.00"), timeline.debt_of(card, owes="100.00")
    timeline.publish(mora())
    day(0)
    assert timeline.rows("SELECT count(*) FROM message") == [(1,)]
    assert timeline.rows("SELECT account_id FROM message_item WHERE NOT covered") == [(loan.account_id,)]
    for debt in (card, loan, shop):
        day(0).expect(debt, sent="aviso", at="espera-9", bucket="acted")


def test_if_the_winner_pays_before_it_leaves_the_message_goes_on_with_the_rest(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana", owes="500.00")
    loan = timeline.debt_of(card, owes="900.00")
    timeline.publish(mora())
    day(0, deliver=False).payment(loan, "900.00").expect(loan, nothing=True, left="exit")
    day(0).expect(card, sent="aviso", state="sending")
    timeline.deliver()
    day(0).expect(card, at="espera-9")


def test_a_notice_goes_before_a_reminder_which_waits_for_tomorrow(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana", product="tarjeta")
    loan = timeline.debt_of(card, product="prestamo")
    of_card = {"all": [LATE, {"fact": "product", "op": "in", "value": ["tarjeta"]}]}
    of_loan = {"all": [LATE, {"fact": "product", "op": "in", "value": ["prestamo"]}]}
    timeline.publish(path("cobro", enter(of_card), send("aviso", priority=1000), wait(9), end()))
    timeline.publish(path("aviso-legal", enter(of_loan), notice("requerimiento"), end()))
    day(0).expect(loan, sent="requerimiento")
    day(0).expect(card, nothing=True, state="deferred", due=1, reason="arbitration")
    day(1).expect(card, sent="aviso")


def test_who_never_wins_leaves_by_blocked_when_the_days_are_used_up(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana", product="tarjeta")
    timeline.debt_of(card, product="prestamo")
    of_card = {"all": [LATE, {"fact": "product", "op": "in", "value": ["tarjeta"]}]}
    of_loan = {"all": [LATE, {"fact": "product", "op": "in", "value": ["prestamo"]}]}
    timeline.publish(
        path(
            "debil",
            enter(of_card),
            send("aviso", defer=1, purpose="reminder", priority=1, blocked="no"),
            wait(9, next="no"),
            end("no"),
        )
    )
    timeline.publish(
        path(
            "fuerte",
            enter(of_loan),
            send("fuerte", next="vuelta"),
            wait(1, id="vuelta", next="fuerte"),
            end(),
        )
    )
    day(0).expect(card, nothing=True, state="deferred", reason="arbitration")
    day(1).expect(card, nothing=True, state="deferred", reason="arbitration")
    day(2).expect(card, nothing=True, left="no", reason="deferral_spent")


def test_in_colombia_an_outside_call_closes_the_other_channels_for_the_week(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-18")  # a Wednesday
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=0)
    timeline.publish(mora(defer=5))
    day(0).outside_contact(ana, "voice")
    day(1).expect(ana, nothing=True, state="deferred", due=5, reason="co-channel-week")
    day(5).expect(ana, sent="aviso")


def test_who_may_not_wait_that_long_leaves_by_blocked_at_once(timeline_in: Begin) -> None:
    timeline = timeline_in("CO", "2026-11-18")
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=0)
    timeline.publish(mora(defer=1))
    day(0).outside_contact(ana, "voice")
    day(1).expect(ana, nothing=True, left="bloqueada", bucket="ended_today", reason="co-channel-week")


def test_in_chile_two_messages_a_week_with_two_days_between(timeline_in: Begin) -> None:
    timeline = timeline_in("CL", "2026-11-23")  # a Monday
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora", enter(), send("aviso", next="vuelta", defer=9), wait(1, id="vuelta", next="aviso"), end()
        )
    )
    day(7)
    sent = [row[0] for row in timeline.rows("SELECT local_on FROM message ORDER BY 1")]
    assert sent == [timeline.date(0), timeline.date(3), timeline.date(7)]
    assert day(1).reasons(ana) == ["cl-written-gap"]


def test_a_failed_message_gives_its_place_back(timeline_in: Begin) -> None:
    timeline = timeline_in("CL", "2026-11-23")
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.deliver_as_failed("rate_limit")
    day(1).expect(ana, sent="aviso")


def test_who_opts_out_gets_no_more_and_leaves_by_blocked(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path("mora", enter(), send("aviso"), wait(1), send("segundo", blocked="no"), wait(9), end("no"))
    )
    day(0).opt_out(ana)
    day(1).expect(ana, nothing=True, left="no")


def test_an_opt_out_withdraws_what_was_queued(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False).expect(ana, sent="aviso").opt_out(ana).expect(ana, nothing=True, left="bloqueada")
    assert timeline.deliver() == 0


def test_answers_take_no_slot_of_the_day(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path("mora", enter(), send("aviso"), send("confirma", purpose="confirmation"), wait(9), end())
    )
    day(0)
    timeline.deliver()
    day(0).expect(ana, at="espera-9")
    assert sorted(day(0).sent(ana)) == ["aviso", "confirma"]


def test_a_nodes_capacity_takes_the_most_valuable_first(timeline: Timeline) -> None:
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large = timeline.debtor("Beto", owes="9000.00")
    timeline.publish(path("mora", enter(), send("aviso", max_per_day={"messages": 1}), wait(9), end()))
    day(0).expect(large, sent="aviso").expect(small, nothing=True, reason="capacity", due=1)
    day(1).expect(small, sent="aviso")


def test_money_under_the_minimum_worth_working_is_left_alone(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", settings={"minimum_worth_working": {"MXN": 50_00}})
    day, ana = timeline.day, timeline.debtor("Ana", owes="49.00")
    timeline.publish(mora())
    assert day(0).counted() == {"not_eligible": 1}
    assert day(0).sent(ana) == []
