"""What stands still, for how long, and where it goes on (03, points 7 and 15)."""

from tests.acceptance.paths import end, enter, notice, path, send, task, wait, wait_for, wait_until
from tests.acceptance.timeline import Timeline


def mora() -> str:
    return path("mora", enter(), send("aviso"), wait(3), send("segundo"), wait(9), end())


def test_a_promise_holds_the_account_and_its_days_do_not_run_meanwhile(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0).expect(ana, sent="aviso", due=3)
    day(1).promise(ana, "500.00", due=4)
    day(3).expect(ana, nothing=True, bucket="held", at="espera-3")
    day(5).expect(ana, nothing=True, at="espera-3", due=7)
    timeline.miss(6)
    day(7).expect(ana, sent="segundo")


def test_a_promise_takes_back_what_was_queued_and_it_goes_out_after_the_hold(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path("mora", enter(), send("aviso", defer=0, blocked="bloqueada"), wait(3), end("bloqueada"))
    )
    day(0, deliver=False).expect(ana, sent="aviso").promise(ana, "500.00", due=1)
    day(0).expect(ana, nothing=True, state="deferred")
    day(1).expect(ana, nothing=True, bucket="held")
    timeline.do("UPDATE account SET promise_open = false")
    day(2).expect(ana, sent="aviso", at="espera-3")


def test_a_message_on_its_way_when_the_hold_began_is_not_lost(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), send("aviso"), wait(2), send("segundo"), wait(9), end()))
    day(0, deliver=False).expect(ana, sent="aviso", state="sending")
    timeline.deliver_during(lambda: day(0).hold(ana, "manual", until=2))
    day(0).expect(ana, at="espera-2", state="moving")
    day(1).expect(ana, bucket="held")
    day(2).expect(ana, at="espera-2", state="waiting", due=4)
    day(4).expect(ana, sent="segundo")


def test_a_broken_promise_goes_to_the_node_the_strategy_names(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            send("aviso"),
            wait(30, next="fin"),
            send("promesa-rota"),
            wait(9, next="fin"),
            end(),
            on_hold={"promise_broken": "promesa-rota"},
        )
    )
    day(1).promise(ana, "500.00", due=2)
    day(2).expect(ana, bucket="held", at="espera-30").break_promise(ana)
    day(3).expect(ana, sent="promesa-rota", at="espera-9")
    assert day(3).enrolment(ana)["visit"] == 2
    day(4).expect(ana, nothing=True, at="espera-9")


def test_with_two_holds_the_last_release_acts_and_all_held_days_count(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), send("aviso"), wait(4), send("segundo"), wait(9), end()))
    day(1).hold(ana, "manual", until=3).hold(ana, "paid_claim", until=6)
    day(3).expect(ana, bucket="held", due=4)
    day(6).expect(ana, nothing=True, due=9)
    timeline.miss(7, 8)
    day(9).expect(ana, sent="segundo")


def test_a_date_of_the_calendar_does_not_move_by_a_hold(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", days_past_due=-6)
    everyone = enter({"fact": "amount_to_cure", "op": ">", "value": 0})
    timeline.publish(path("preventiva", everyone, wait_until("due_date", offset=-1), send("recuerda"), end()))
    day(0).expect(ana, due=5)
    day(1).hold(ana, "manual", until=3)
    day(3).expect(ana, state="waiting", due=5)


def test_the_term_of_an_agents_task_does_not_move_by_a_hold(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(path("mora", enter(), task(sla_days=3), end()))
    day(0).expect(ana, at="llamada", due=3).hold(ana, "manual", until=2)
    day(2).expect(ana, at="llamada", due=3)


def test_a_conversation_holds_every_debt_of_the_person_and_a_promise_only_its_own(timeline: Timeline) -> None:
    day, card = timeline.day, timeline.debtor("Ana")
    loan = timeline.debt_of(card)
    timeline.publish(mora())
    day(0).promise(card, "500.00", due=1)
    assert day(1).counted() == {"held": 1, "waiting": 1}
    day(2).hold(loan, "conversation", until=4)
    assert day(3).counted() == {"held": 2}


def test_the_event_that_came_during_a_hold_is_heard_when_it_ends(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora", enter(), send("aviso"), wait_for("reply", days=3, reply="hablo"), end("no"), end("hablo")
        )
    )
    day(1).hold(ana, "conversation", until=3).reply(ana)
    day(2).expect(ana, at="espera", state="waiting")
    day(3).expect(ana, left="hablo")


def test_exits_are_looked_at_also_while_held(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    timeline.publish(mora())
    day(1).hold(ana, "dispute", until=9).payment(ana, "900.00").expect(ana, left="exit")


def test_a_paused_strategy_loses_nobody_and_goes_on_where_it_stood(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana", owes="900.00")
    beto = timeline.debtor("Beto", owes="900.00")
    timeline.publish(mora())
    day(0).expect(ana, sent="aviso")
    timeline.do("UPDATE strategy SET paused = true")
    day(3).expect(ana, nothing=True, bucket="paused", at="espera-3", state="waiting")
    day(3).payment(beto, "900.00").expect(beto, left="exit")
    timeline.do("UPDATE strategy SET paused = false")
    day(4).expect(ana, sent="segundo")


def test_a_message_on_its_way_when_the_strategy_was_paused_is_not_lost(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(mora())
    day(0, deliver=False)
    timeline.do("UPDATE strategy SET paused = true")
    timeline.deliver()
    day(0).expect(ana, at="espera-3", state="moving")
    timeline.do("UPDATE strategy SET paused = false")
    day(1).expect(ana, at="espera-3", state="waiting", due=4)


def test_a_notice_waits_for_proof_then_for_its_legal_term(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            notice("buro", proof_days=3, term_days=4, not_delivered="sin-prueba"),
            send("reportada"),
            wait(2, next="fin"),
            end("sin-prueba"),
            end(),
        )
    )
    day(0).expect(ana, sent="buro", at="buro", state="waiting").delivered(ana)
    day(3).expect(ana, nothing=True, at="buro", state="waiting", due=4)
    day(4).expect(ana, sent="reportada")


def test_a_notice_without_proof_leaves_as_not_delivered(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    timeline.publish(
        path(
            "mora",
            enter(),
            notice("buro", proof_days=3, delivered="fin", not_delivered="sin-prueba"),
            end("sin-prueba"),
            end(),
        )
    )
    day(0).expect(ana, sent="buro", at="buro", due=3)
    day(3).expect(ana, left="sin-prueba")


def test_an_agents_result_is_the_way_out_of_a_task_and_its_term_another(timeline: Timeline) -> None:
    day, ana = timeline.day, timeline.debtor("Ana")
    beto = timeline.debtor("Beto")
    timeline.publish(
        path(
            "mora",
            enter(),
            task(
                sla_days=2,
                results=["promesa"],
                to_node={"promesa": "prometio", "timeout": "nadie", "next": "nadie"},
            ),
            end("nadie"),
            end("prometio"),
        )
    )
    day(0).expect(ana, at="llamada", state="waiting", due=2, bucket="acted")
    day(1).answer(ana, "promesa").expect(ana, left="prometio")
    day(2).expect(beto, left="nadie")
