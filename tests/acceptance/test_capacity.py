"""What a day has room for: the most valuable first, the rest is put off in the open."""

import pytest

from engine.errors import StrategyError
from tests.acceptance.conftest import Begin
from tests.acceptance.paths import LATE, end, enter, path, send, task, wait, wait_for
from tests.acceptance.timeline import Timeline


def test_a_full_queue_takes_the_highest_amount_and_the_others_wait_for_tomorrow(timeline: Timeline) -> None:
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large = timeline.debtor("Luis", owes="900.00")
    queue = {"name": "gestores", "per_day": 1}
    timeline.publish(path("mora", enter(), task("llamada", sla_days=9, queue=queue), end()))
    day(0).expect(large, at="llamada")
    day(0).expect(small, at="llamada", state="deferred", due=1, reason="capacity")
    assert day(0).counted() == {"acted": 1, "deferred": 1}
    assert timeline.rows("SELECT account_id FROM effect") == [(large.account_id,)]
    day(1).expect(small, at="llamada")
    assert len(timeline.rows("SELECT account_id FROM effect")) == 2


def test_a_queue_that_drops_lets_the_rest_pass_it_by_and_says_so(timeline: Timeline) -> None:
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large = timeline.debtor("Luis", owes="900.00")
    queue = {"name": "gestores", "per_day": 1, "overflow": "drop"}
    timeline.publish(path("mora", enter(), task("llamada", sla_days=9, queue=queue), wait(9), end()))
    day(0).expect(large, at="llamada").expect(small, at="espera-9", reason="capacity")


def test_a_full_queue_sends_the_rest_over_a_cheaper_channel(timeline: Timeline) -> None:
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large = timeline.debtor("Luis", owes="900.00")
    queue = {"name": "gestores", "per_day": 1, "overflow": "cheaper_channel"}
    call = task("llamada", sla_days=9, queue=queue, overflow="mensaje", next="fin", timeout="fin")
    timeline.publish(
        path("mora", enter(), call, send("mensaje", channel="sms", next="pausa"), wait(9, id="pausa"), end())
    )
    day(0).expect(large, at="llamada", nothing=True)
    day(0).expect(small, sent="mensaje", at="pausa", reason="capacity")
    assert day(0).counted() == {"acted": 2}


def test_what_happens_during_a_day_draws_on_one_reserve_together(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", settings={"event_reserve": 0.5})
    day = timeline.day
    ana, luis, eva = (timeline.debtor(name) for name in ("Ana", "Luis", "Eva"))
    queue = {"name": "gestores", "per_day": 4}
    waiting = wait_for("reply", days=9, reply="llamada", timeout="fin")
    timeline.publish(path("mora", enter(), waiting, task("llamada", sla_days=9, queue=queue), end()))
    day(0)
    for someone in (ana, luis, eva):
        day(0).reply(someone)
    day(0).expect(ana, at="llamada", state="waiting").expect(luis, at="llamada", state="waiting")
    day(0).expect(eva, at="llamada", state="deferred", due=1, reason="capacity")
    assert timeline.rows("SELECT unit, used FROM capacity_use") == [("tasks", 2)]
    day(1).expect(eva, at="llamada", state="waiting")


def test_the_daily_run_leaves_the_reserve_alone(timeline_in: Begin) -> None:
    timeline = timeline_in("MX", "2026-11-23", settings={"event_reserve": 0.5})
    people = [timeline.debtor(f"Ana {number}") for number in range(4)]
    queue = {"name": "gestores", "per_day": 4}
    timeline.publish(path("mora", enter(), task("llamada", sla_days=9, queue=queue), end()))
    assert timeline.day(0).counted() == {"acted": 2, "deferred": 2}
    assert len(people) == 4


def test_a_node_sends_no_more_than_its_messages_of_the_day(timeline: Timeline) -> None:
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large = timeline.debtor("Luis", owes="900.00")
    timeline.publish(path("mora", enter(), send("aviso", max_per_day={"messages": 1}), wait(9), end()))
    day(0).expect(large, sent="aviso").expect(small, nothing=True, state="deferred", reason="capacity")
    day(1).expect(small, sent="aviso")


def test_a_node_spends_no_more_than_its_money_of_the_day(timeline: Timeline) -> None:
    timeline.do('UPDATE portfolio SET settings = settings || \'{"message_prices": {"whatsapp": 50}}\'')
    day, small = timeline.day, timeline.debtor("Ana", owes="100.00")
    large = timeline.debtor("Luis", owes="900.00")
    timeline.publish(path("mora", enter(), send("aviso", max_per_day={"money": 99}), wait(9), end()))
    day(0).expect(large, sent="aviso").expect(small, nothing=True, state="deferred", reason="capacity")


def test_an_experiment_never_gets_other_weights_under_its_key(timeline: Timeline) -> None:
    who = enter({"all": [LATE, {"fact": "protected", "op": "is", "value": False}]})
    even = send("aviso", "segundo", id="prueba")
    timeline.publish(path("mora", dict(who), even, wait(9), end()))
    uneven = send("aviso", "segundo", id="prueba")
    uneven["variants"] = [{"template": "aviso", "weight": 80}, {"template": "segundo", "weight": 20}]
    with pytest.raises(StrategyError, match="new experiment key"):
        timeline.publish(path("mora", dict(who), uneven, wait(9), end()))
