"""The agent desk over HTTP: nobody gets another's task, results move strategies, the law is asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.reactions.reacting import Reactor
from api.usecases.desk.result_tree import tree
from api.usecases.desk.work_tasks import Worker, take_next_task
from channels.calls import RESULTS
from storage.tasks import take_next
from tests.acceptance.paths import end, enter, path, send, task, wait
from tests.acceptance.timeline import Debt, Timeline
from tests.api.http.world import ApiWorld

BASE = "/portfolios/prueba"
CODES = ["promesa", "no_contesta"]


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """A strategy whose second step is a call of an agent, waited for."""
    timeline = Timeline(database_url, tmp_path)
    mesa = task("mesa", results=CODES, sla_days=5, to_node={"promesa": "prometio", "no_contesta": "espera-3"})
    timeline.publish(path("mora", enter(), mesa, wait(3), send("aviso"), wait(9), end(), end("prometio")))
    return timeline


@pytest.fixture
def api(timeline: Timeline, tmp_path: Path) -> ApiWorld:
    return ApiWorld(timeline.url, tmp_path)


def agent(api: ApiWorld, login: str = "eva") -> Any:
    return api.as_("agent", login=login)


def next_task(api: ApiWorld, login: str = "eva", **wish: Any) -> dict[str, Any] | None:
    answer = agent(api, login).post(f"{BASE}/tasks/next", wish)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] | None = answer.json()["task"]
    return told


def react(timeline: Timeline) -> None:
    Reactor(timeline.database, timeline.clock).work()


def debtors(timeline: Timeline, *owed: str) -> list[Debt]:
    people = [timeline.debtor(f"Persona {n} Prueba", owes=amount) for n, amount in enumerate(owed)]
    timeline.day(1)
    return people


def test_the_next_task_is_the_one_of_the_largest_debt(api: ApiWorld, timeline: Timeline) -> None:
    debtors(timeline, "100.00", "900.00")
    told = next_task(api)
    assert told is not None
    assert (
        told["task"] | {"value": 900_00, "currency": "MXN", "kind": "escalation", "queue": "mesa"}
        == told["task"]
    )
    assert told["task"]["taken_by"] == "eva" and told["task"]["about"]["node"] == "mesa"
    assert [leaf["code"] for leaf in told["results"]] == CODES
    voice = next(each for each in told["channels"] if each["channel"] == "voice")
    assert voice["may"] and not voice["law"]
    queues = agent(api).get(f"{BASE}/tasks/queues").json()["items"]
    assert [(q["queue"], q["open"], q["taken"], q["value"]) for q in queues] == [("mesa", 1, 1, 1000_00)]


def test_agents_who_ask_at_once_never_get_the_same(api: ApiWorld, timeline: Timeline) -> None:
    debtors(timeline, *["100.00"] * 12)
    clock = api.service.clock

    def ask(n: int) -> int | None:
        worker = Worker(f"agente-{n}", timeline.book.portfolio_id)
        return take_next_task(timeline.database, clock, worker, (), ())

    with ThreadPoolExecutor(6) as together:
        got = list(together.map(ask, range(18)))
    taken = [number for number in got if number is not None]
    assert len(taken) == len(set(taken)) == 12 and got.count(None) == 6


def test_nobody_waits_for_who_is_about_to_have_a_task(api: ApiWorld, timeline: Timeline) -> None:
    """Between one agent's look and their commit another one gets the task that follows, at once."""
    debtors(timeline, "900.00", "100.00")
    agent(api).get(f"{BASE}/tasks")
    wish: dict[str, Any] = {"skills": (), "kinds": (), "queues": (), "now": api.service.clock.now()}
    with timeline.database.connection() as one, timeline.database.connection() as other:
        first = take_next(one, timeline.book.portfolio_id, login="eva", **wish)
        other.execute("SET LOCAL lock_timeout = '5s'")
        second = take_next(other, timeline.book.portfolio_id, login="luis", **wish)
    assert None not in (first, second) and first != second


def test_a_result_leaves_the_step_by_its_port(api: ApiWorld, timeline: Timeline) -> None:
    (ana,) = debtors(timeline, "100.00")
    told = next_task(api)
    assert told is not None
    at = f"{BASE}/tasks/{told['task']['id']}"
    wrong = agent(api).post(f"{at}/result", {"code": "contactado"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "task.result")
    done = agent(api).post(f"{at}/result", {"code": "promesa", "note": "paga el viernes"}).json()
    assert (done["state"], done["result"]) == ("done", "promesa")
    react(timeline)
    timeline.day(2).expect(ana, left="prometio")
    again = agent(api).post(f"{at}/result", {"code": "promesa"})
    assert (again.status_code, again.json()["code"]) == (409, "task.over")
    assert timeline.rows("SELECT channel, two_way, result FROM outside_contact") == [(4, True, "promesa")]
    assert not [text for (text,) in timeline.rows("SELECT t::text FROM task t") if "viernes" in text]
    assert [
        each["id"] for each in agent(api).get(f"{BASE}/tasks", params={"view": "done"}).json()["items"]
    ] == [done["id"]]


def test_what_one_agent_has_taken_no_other_takes_or_ends(api: ApiWorld, timeline: Timeline) -> None:
    debtors(timeline, "100.00")
    told = next_task(api)
    assert told is not None and next_task(api, "luis") is None
    at = f"{BASE}/tasks/{told['task']['id']}"
    assert agent(api, "luis").post(f"{at}/take", {}).json()["code"] == "task.taken"
    assert agent(api, "luis").post(f"{at}/result", {"code": "promesa"}).json()["code"] == "task.taken"
    assert agent(api, "eva").post(f"{at}/release", {}).json()["state"] == "open"
    assert agent(api, "luis").post(f"{at}/take", {}).json()["task"]["taken_by"] == "luis"
    timeline.do("UPDATE task SET taken_until = taken_until - interval '2 hours'")
    assert next_task(api, "eva") is not None, "after an hour nobody worked it, it is open again"


def test_a_call_is_counted_and_refused_with_law_and_article_when_the_day_is_over(
    api: ApiWorld, timeline: Timeline
) -> None:
    (ana,) = debtors(timeline, "100.00")
    told = next_task(api)
    assert told is not None
    at = f"{BASE}/tasks/{told['task']['id']}"
    call = agent(api).post(f"{at}/calls", {}).json()
    assert call["link"].startswith("tel:+52")
    assert timeline.rows("SELECT reference, two_way FROM outside_contact") == [(call["contact"], False)]
    timeline.do("UPDATE person SET stops = 4")
    refused = agent(api).post(f"{at}/calls", {})
    assert (refused.status_code, refused.json()["code"]) == (422, "call.not_lawful")
    assert "LTOSF" in refused.json()["detail"]
    done = agent(api).post(f"{at}/result", {"code": "promesa", "contact": call["contact"]})
    assert done.status_code == 200
    assert timeline.rows("SELECT reference, two_way FROM outside_contact") == [(call["contact"], True)]
    assert ana


def test_a_callback_comes_back_to_the_same_agent_at_its_hour(api: ApiWorld, timeline: Timeline) -> None:
    (ana,) = debtors(timeline, "100.00")
    told = next_task(api)
    assert told is not None
    at = f"{BASE}/tasks/{told['task']['id']}"
    now = api.service.clock.now()
    midnight = now.replace(hour=8, minute=0) + timedelta(days=1)
    assert (
        agent(api).post(f"{at}/callback", {"at": midnight.isoformat()}).json()["code"]
        == "callback.not_lawful"
    )
    assert agent(api).post(f"{at}/callback", {"at": now.isoformat()}).json()["code"] == "callback.when"
    when = midnight + timedelta(hours=9)
    made = agent(api).post(f"{at}/callback", {"at": when.isoformat(), "note": "después de comer"}).json()
    assert (made["kind"], made["for_agent"], made["about"]["note"]) == ("callback", "eva", "después de comer")
    assert next_task(api) is None
    timeline.do("UPDATE task SET not_before = %s WHERE kind = 'callback'", now - timedelta(minutes=1))
    assert next_task(api, "luis") is None
    again = next_task(api)
    assert again is not None and again["task"]["id"] == made["id"]
    agent(api).post(f"{BASE}/tasks/{made['id']}/result", {"code": "promesa"})
    react(timeline)
    timeline.day(2).expect(ana, left="prometio")


def test_who_paid_is_no_longer_in_the_queue(api: ApiWorld, timeline: Timeline) -> None:
    (ana,) = debtors(timeline, "100.00")
    told = next_task(api)
    assert told is not None
    timeline.day(2).payment(ana, "100.00")
    react(timeline)
    timeline.day(3)
    assert next_task(api, "luis") is None
    late = agent(api).post(f"{BASE}/tasks/{told['task']['id']}/result", {"code": "promesa"})
    assert late.json()["code"] == "task.over"


def claim(api: ApiWorld, timeline: Timeline) -> tuple[Debt, str]:
    ana = timeline.debtor("Ana Prueba", owes="100.00")
    timeline.day(1)
    ((number,),) = timeline.rows("SELECT number FROM account WHERE id = %s", ana.account_id)
    agent(api).post(f"{BASE}/accounts/{number}/paid-claims", {"reference": "c1", "receipt": "r.jpg"})
    told = next_task(api, kinds=["paid_claim"])
    assert told is not None and told["task"]["about"] == {"receipt": "r.jpg", "via": "agent"}
    return ana, f"{BASE}/tasks/{told['task']['id']}"


def held(timeline: Timeline) -> list[tuple[Any, ...]]:
    return timeline.rows("SELECT until_on - since_on FROM hold WHERE released_on IS NULL AND kind = 7")


def test_a_claim_nobody_can_find_lets_the_strategy_go_on(api: ApiWorld, timeline: Timeline) -> None:
    _, at = claim(api, timeline)
    assert agent(api).post(f"{at}/result", {"code": "rejected"}).json()["state"] == "done"
    assert held(timeline) == []


def test_a_claim_that_is_confirmed_rests_until_the_core_tells_it_or_is_booked_at_once(
    api: ApiWorld, timeline: Timeline
) -> None:
    _, at = claim(api, timeline)
    assert agent(api).post(f"{at}/result", {"code": "confirmed"}).json()["state"] == "done"
    assert len(held(timeline)) == 1


def test_a_payment_that_was_found_is_booked(api: ApiWorld, timeline: Timeline) -> None:
    ana, at = claim(api, timeline)
    paid = {"amount": 100_00, "reference": "SPEI-1", "paid_at": "2026-11-12T09:00:00-06:00"}
    done = agent(api).post(f"{at}/result", {"code": "confirmed", "payment": paid})
    assert done.status_code == 200, done.text
    assert timeline.rows("SELECT amount_to_cure FROM account WHERE id = %s", ana.account_id) == [(0,)]
    assert held(timeline) == []


def test_disputes_and_complaints_are_tasks_until_they_are_answered(api: ApiWorld, timeline: Timeline) -> None:
    debtors(timeline, "100.00")
    ((number,),) = timeline.rows("SELECT number FROM account")
    boss = agent(api)
    boss.post(f"{BASE}/accounts/{number}/disputes", {"reason": "no_reconoce", "reference": "d1"})
    boss.post(f"{BASE}/accounts/{number}/complaints", {"channel": "web", "cause": "trato"})
    complaint, dispute = next_task(api, kinds=["complaint"]), next_task(api, kinds=["dispute"])
    assert complaint is not None and dispute is not None
    at = f"{BASE}/tasks/{complaint['task']['id']}/result"
    assert boss.post(at, {"code": "procedente"}).json()["code"] == "task.note"
    assert boss.post(at, {"code": "procedente", "note": "Le pedimos una disculpa"}).status_code == 200
    assert boss.post(f"{BASE}/tasks/{dispute['task']['id']}/result", {"code": "rejected"}).status_code == 200
    assert timeline.rows("SELECT (SELECT state FROM dispute), (SELECT outcome FROM complaint)") == [
        ("rejected", "procedente")
    ]


def test_a_case_is_not_ended_by_a_call_promised_about_it(api: ApiWorld, timeline: Timeline) -> None:
    debtors(timeline, "100.00")
    ((number,),) = timeline.rows("SELECT number FROM account")
    agent(api).post(f"{BASE}/accounts/{number}/disputes", {"reason": "no_reconoce", "reference": "d1"})
    told = next_task(api, kinds=["dispute"])
    assert told is not None
    when = api.service.clock.now().replace(hour=17, minute=0) + timedelta(days=1)
    made = agent(api).post(f"{BASE}/tasks/{told['task']['id']}/callback", {"at": when.isoformat()}).json()
    assert (made["id"], made["kind"], made["state"]) == (told["task"]["id"], "dispute", "open")
    assert next_task(api, kinds=["dispute"]) is None
    timeline.do("UPDATE task SET not_before = not_before - interval '2 days' WHERE kind = 'dispute'")
    assert next_task(api, "luis", kinds=["dispute"]) is not None, "after four hours anybody may"


def test_every_leaf_of_a_call_is_a_code_dialers_give_back_too() -> None:
    assert {leaf.code for leaf in tree()["call"]} == set(RESULTS)
    assert [leaf.code for leaf in tree()["call"] if leaf.two_way] == [
        code for code, result in RESULTS.items() if result.two_way
    ]
