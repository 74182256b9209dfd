"""A strategy on its way: drawn, judged, asked for, approved by a second person, published, taken back."""

import copy
from datetime import date
from typing import Any

import pytest

from api.clock import SystemClock
from api.usecases.access.decide_approval import carry_out_due
from tests.api.http.world import ApiWorld
from tests.factories.book import BookFactory

BASE = "/portfolios/prueba/strategies"
STRATEGY: dict[str, Any] = {
    "schema_version": 1,
    "key": "mora",
    "name": "Mora",
    "exit_when": "mora",
    "nodes": [
        {"id": "entrada", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}},
        {"id": "espera", "kind": "wait", "until": {"type": "days", "days": 5}},
        {"id": "salida", "kind": "end", "outcome": "recorrida"},
    ],
    "edges": [{"source": "entrada", "target": "espera"}, {"source": "espera", "target": "salida"}],
}


def with_wait(days: int) -> dict[str, Any]:
    strategy = copy.deepcopy(STRATEGY)
    strategy["nodes"][1]["until"]["days"] = days
    return strategy


@pytest.fixture
def world(api: ApiWorld) -> ApiWorld:
    BookFactory(api.database)
    return api


def save(world: ApiWorld, document: dict[str, Any], seen: int = 0, login: str = "") -> Any:
    strategist = world.as_("strategist", login=login)
    return strategist.put(f"{BASE}/mora/draft", document, headers={"If-Match": f'"{seen}"'})


def publish(world: ApiWorld, document: dict[str, Any], seen: int = 0) -> dict[str, Any]:
    assert save(world, document, seen).status_code == 200
    asked = world.as_("strategist").post(
        f"{BASE}/mora/requests", {"note": "por favor"}, headers={"If-Match": f'"{seen + 1}"'}
    )
    assert asked.status_code == 201, asked.text
    granted = world.as_("approver").post(f"/approvals/{asked.json()['id']}/grant", {})
    assert granted.status_code == 200, granted.text
    done: dict[str, Any] = granted.json()
    return done


def test_a_draft_is_saved_over_the_revision_that_was_seen(world: ApiWorld) -> None:
    first = save(world, STRATEGY)
    assert first.status_code == 200 and first.headers["ETag"] == '"1"'
    assert save(world, with_wait(3), seen=1).json() == {"revision": 2}
    stale = save(world, with_wait(9), seen=1, login="otra")
    assert stale.status_code == 412 and stale.json()["detail"] == "strategist-0 saved revision 2"
    unsaid = world.as_("strategist").put(f"{BASE}/mora/draft", STRATEGY)
    assert unsaid.status_code == 428
    read = world.as_("viewer").get(f"{BASE}/mora/draft")
    assert read.headers["ETag"] == '"2"' and read.json()["document"] == with_wait(3)


def test_an_unfinished_drawing_is_kept_and_judged(world: ApiWorld) -> None:
    half = {"schema_version": 1, "key": "mora", "nodes": []}
    assert save(world, half).status_code == 200
    judged = world.as_("strategist").post(f"{BASE}/validate", {"document": half}).json()
    assert not judged["publishable"] and judged["findings"][0]["code"] == "strategy.unreadable"
    refused = world.as_("strategist").post(f"{BASE}/mora/requests", {}, headers={"If-Match": '"1"'})
    assert refused.status_code == 422 and refused.json()["code"] == "strategy.unreadable"


def test_validation_names_the_node_and_plays_the_examples(world: ApiWorld) -> None:
    lost = copy.deepcopy(STRATEGY)
    lost["edges"] = lost["edges"][:1]
    judged = world.as_("strategist").post(f"{BASE}/validate", {"document": lost}).json()
    assert {finding["place"] for finding in judged["findings"] if finding["severity"] == "error"} == {
        "espera"
    }
    example = {"name": "Cae", "steps": [{"day": 0, "facts": {"days_past_due": 1}, "expect_node": "espera"}]}
    told = world.as_("strategist").post(f"{BASE}/validate", {"document": {**STRATEGY, "examples": [example]}})
    assert [(each["name"], each["passed"]) for each in told.json()["examples"]] == [("Cae", True)]


def test_a_second_person_publishes_and_the_asker_cannot(world: ApiWorld) -> None:
    save(world, STRATEGY)
    ana = world.as_("strategist")
    asked = ana.post(f"{BASE}/mora/requests", {}, headers={"If-Match": '"1"'}).json()
    with world.database.connection() as connection:
        connection.execute("INSERT INTO role_grant SELECT user_id, 0, 'approver' FROM role_grant")
    world.service.doorkeeper.forget()
    own = ana.post(f"/approvals/{asked['id']}/grant", {})
    assert own.status_code == 409 and own.json()["code"] == "approval.same_person"
    done = world.as_("approver").post(f"/approvals/{asked['id']}/grant", {}).json()
    assert done["state"] == "done" and done["outcome"]["version"] == 1
    line = ana.get(f"{BASE}/mora").json()
    assert (line["version"], line["published_by"], line["approved_by"]) == (1, "strategist-0", "approver-0")
    again = world.as_("approver", login="otro").post(f"/approvals/{asked['id']}/grant", {})
    assert again.status_code == 409 and again.json()["code"] == "approval.decided"


def test_what_is_asked_for_is_what_is_published_even_if_the_draft_goes_on(world: ApiWorld) -> None:
    save(world, STRATEGY)
    asked = world.as_("strategist").post(f"{BASE}/mora/requests", {}, headers={"If-Match": '"1"'}).json()
    save(world, with_wait(30), seen=1)
    world.as_("approver").post(f"/approvals/{asked['id']}/grant", {})
    published = world.as_("viewer").get(f"{BASE}/mora/versions/1").json()["document"]
    assert published["nodes"][1]["until"]["days"] == 5


def test_the_difference_to_the_version_in_force_is_told_node_by_node(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    save(world, with_wait(3), seen=1)
    told = world.as_("viewer").get(f"{BASE}/mora/draft/changes").json()
    assert told["since"] == 1
    assert told["changes"] == [
        {"kind": "node.changed", "node": "espera", "field": "until.days", "before": 5, "after": 3}
    ]


def test_a_publication_waits_for_its_date(world: ApiWorld) -> None:
    save(world, STRATEGY)
    asked = world.as_("strategist").post(
        f"{BASE}/mora/requests", {"effective_on": "2099-01-01"}, headers={"If-Match": '"1"'}
    )
    granted = world.as_("approver").post(f"/approvals/{asked.json()['id']}/grant", {}).json()
    assert granted["state"] == "scheduled"
    assert carry_out_due(world.database, SystemClock()) == 0
    with world.database.connection() as connection:
        connection.execute("UPDATE approval SET effective_on = %s", [date(2020, 1, 1)])
    assert carry_out_due(world.database, SystemClock()) == 1
    assert world.as_("viewer").get(f"{BASE}/mora").json()["version"] == 1


def test_a_roll_back_is_an_earlier_version_published_again(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    publish(world, with_wait(3), seen=1)
    asked = world.as_("strategist").post(f"{BASE}/mora/versions/1/requests", {"note": "peor"})
    world.as_("approver").post(f"/approvals/{asked.json()['id']}/grant", {})
    versions = world.as_("viewer").get(f"{BASE}/mora/versions").json()["items"]
    assert [(each["number"], each["active"]) for each in versions] == [(3, True), (2, False), (1, False)]
    assert versions[0]["content_hash"] == versions[2]["content_hash"]


def test_a_publication_is_taken_back_until_the_next_date_opens(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    publish(world, with_wait(3), seen=1)
    undone = world.as_("strategist").post(f"{BASE}/mora/undo").json()
    assert (undone["number"], undone["back_to"]) == (2, 1)
    assert world.as_("viewer").get(f"{BASE}/mora").json()["version"] == 1


def test_a_rejection_says_why_and_only_the_asker_withdraws(world: ApiWorld) -> None:
    save(world, STRATEGY)
    ana, eva = world.as_("strategist"), world.as_("approver")
    asked = ana.post(f"{BASE}/mora/requests", {}, headers={"If-Match": '"1"'}).json()
    assert eva.post(f"/approvals/{asked['id']}/reject", {}).json()["code"] == "approval.reason"
    assert eva.post(f"/approvals/{asked['id']}/withdraw").status_code == 403
    rejected = eva.post(f"/approvals/{asked['id']}/reject", {"note": "faltan ejemplos"}).json()
    assert (rejected["state"], rejected["decision_note"]) == ("rejected", "faltan ejemplos")
    assert world.ledger("approval.rejected")[0]["by"] == "approver-0"


def test_a_strategy_is_paused_and_resumed(world: ApiWorld) -> None:
    publish(world, STRATEGY)
    ana = world.as_("strategist")
    assert ana.post(f"{BASE}/mora/pause").json() == {"messages_withdrawn": 0}
    assert ana.post(f"{BASE}/mora/pause").status_code == 409
    assert ana.get(f"{BASE}/mora").json()["paused"]
    assert ana.post(f"{BASE}/mora/resume", {"how": "from_today"}).json() == {"accounts": 0}


def test_a_role_of_one_portfolio_opens_no_other(world: ApiWorld) -> None:
    other = BookFactory(world.database, key="ajena", country="CO", currency="COP")
    mine = world.as_("strategist", portfolio_id=other.portfolio_id)
    assert mine.get("/portfolios/ajena/strategies").status_code == 200
    assert mine.get(BASE).json()["code"] == "access.denied"
    assert mine.get("/portfolios/ninguna/strategies").json()["code"] == "portfolio.unknown"
