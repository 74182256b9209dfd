"""Payment links over HTTP: made once, listed, and money given back only when a second person says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.simulator.faults import FaultKind
from tests.acceptance.paying import Paying, paying
from tests.acceptance.timeline import Timeline
from tests.api.http.world import ApiWorld

LINKS = "/portfolios/prueba/payment-links"


@pytest.fixture
def stage(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:
    with paying(Timeline(database_url, tmp_path), "stripe", tmp_path) as stage:
        monkeypatch.setenv("CADENCIA_STRIPE_URL", f"{stage.world.simulator.url}/stripe")
        monkeypatch.setenv("CADENCIA_STRIPE_SECRET_KEY", "key")
        yield stage


@pytest.fixture
def api(stage: Paying, database_url: str, tmp_path: Path) -> ApiWorld:
    world = ApiWorld(database_url, tmp_path)
    world.app.state.service = replace(world.service, payment_providers=stage.providers)
    return world


def made(api: ApiWorld, stage: Paying, **changes: Any) -> dict[str, Any]:
    ana = stage.timeline.debtor("Ana", owes="900.00")
    body = {"accounts": [stage.number(ana)], "provider": "stripe"} | changes
    answer = api.as_("agent").post(LINKS, body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def paid(api: ApiWorld, stage: Paying) -> tuple[dict[str, Any], str]:
    """A link that was paid, and its charge."""
    link = made(api, stage)
    (row,) = stage.timeline.rows("SELECT provider_id FROM payment_link")
    stage.world.simulator.payments.page.pay(row[0], "paid")
    stage.hear()
    stage.work()
    told = api.as_("viewer").get(f"{LINKS}/{link['id']}").json()
    (charge,) = told["charges"]
    assert (told["state"], told["paid"], charge["state"]) == ("paid", "900.00", "paid")
    return told, charge["id"]


def test_a_link_is_made_read_and_listed(api: ApiWorld, stage: Paying) -> None:
    link = made(api, stage)
    shown = [link[name] for name in ("amount", "currency", "state", "pays")]
    assert shown == ["900.00", "MXN", "live", "arrears"]
    again = api.as_("agent").post(LINKS, {"accounts": link["accounts"], "provider": "stripe"}).json()
    assert again["id"] == link["id"] and again["url"] == link["url"]
    other = made(api, stage, pays="amount", amount="12.50")
    first = api.as_("viewer").get(f"{LINKS}?limit=1").json()
    second = api.as_("viewer").get(f"{LINKS}?limit=1&after={first['next']}").json()
    assert [each["id"] for each in (*first["items"], *second["items"])] == [other["id"], link["id"]]
    of_one = api.as_("viewer").get(f"{LINKS}?account={link['accounts'][0]}&state=live").json()
    assert [each["id"] for each in of_one["items"]] == [link["id"]]


def test_what_cannot_be_paid_is_a_problem_with_its_place(api: ApiWorld, stage: Paying) -> None:
    ana = stage.number(stage.timeline.debtor("Ana", owes="900.00"))
    agent = api.as_("agent")
    for body, status, code in (
        ({"accounts": ["NADIE"], "provider": "stripe"}, 404, "account.unknown"),
        ({"accounts": [ana]}, 422, "payment_link.provider"),
        ({"accounts": [ana], "provider": "stripe", "pays": "amount"}, 422, "payment_link.amount"),
        (
            {"accounts": [ana], "provider": "stripe", "pays": "amount", "amount": "900.01"},
            422, "payment_link.amount",
        ),
    ):  # fmt: skip
        answer = agent.post(LINKS, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    nowhere = agent.get(f"{LINKS}/00000000-0000-0000-0000-000000000000")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "payment_link.unknown")
    assert agent.get(f"{LINKS}?after=nada").status_code == 422


def test_a_provider_that_does_not_answer_is_a_503(api: ApiWorld, stage: Paying) -> None:
    stage.world.fails(FaultKind.UNAVAILABLE)
    ana = stage.number(stage.timeline.debtor("Ana", owes="900.00"))
    answer = api.as_("agent").post(LINKS, {"accounts": [ana], "provider": "stripe"})
    assert (answer.status_code, answer.json()["code"]) == (503, "service.payment_provider")


def test_money_is_given_back_when_a_second_person_grants_it(api: ApiWorld, stage: Paying) -> None:
    link, charge = paid(api, stage)
    asked = api.as_("supervisor").post(
        f"{LINKS}/{link['id']}/refunds", {"charge": charge, "amount": "250.00", "reason": "pagó de más"}
    )
    assert asked.status_code == 200 and asked.json()["kind"] == "refund"
    grant = f"/approvals/{asked.json()['id']}/grant"
    assert stage.world.taken() == 900
    assert api.as_("supervisor").post(grant, {}).status_code == 403
    granted = api.as_("approver").post(grant, {})
    assert granted.json()["state"] == "done", granted.text
    assert stage.world.taken() == 650 and stage.kept() == 650_00
    assert api.as_("approver").post(grant, {}).status_code == 409
    assert stage.world.taken() == 650
    told = api.as_("viewer").get(f"{LINKS}/{link['id']}").json()
    assert (told["state"], told["charges"][0]["refunded"]) == ("reversed", "250.00")


def test_more_than_was_paid_is_never_given_back(api: ApiWorld, stage: Paying) -> None:
    link, charge = paid(api, stage)
    refunds = f"{LINKS}/{link['id']}/refunds"
    supervisor = api.as_("supervisor")
    for amount, code in (("900.01", "payment.refund"), (None, "")):
        body = {"charge": charge} | ({"amount": amount} if amount else {})
        answer = supervisor.post(refunds, body)
        assert answer.json().get("code", "") == code
    api.as_("approver").post(f"/approvals/{answer.json()['id']}/grant", {})
    assert stage.world.taken() == 0 and stage.kept() == 0
    assert supervisor.post(refunds, {"charge": charge}).json()["code"] == "payment.refund"
    assert supervisor.post(refunds, {"charge": "pi_nada"}).json()["code"] == "payment.unknown"


def test_a_refund_without_an_answer_is_not_given_twice(api: ApiWorld, stage: Paying) -> None:
    link, charge = paid(api, stage)
    asked = {"charge": charge, "amount": "250.00"}

    def grant() -> Any:
        request = api.as_("supervisor").post(f"{LINKS}/{link['id']}/refunds", asked).json()
        return api.as_("approver").post(f"/approvals/{request['id']}/grant", {})

    till = stage.world.simulator.payments.till
    stage.world.fails(FaultKind.DROP_AFTER, next_n=1, to="/stripe/v1/refunds")
    assert grant().status_code == 503 and till.taken() == 650
    again = grant()
    assert (again.status_code, again.json()["code"]) == (422, "payment.refunded_meanwhile")
    stage.work()
    assert till.taken() == 650 and stage.kept() == 650_00


def test_who_comes_back_from_paying_is_thanked_and_changes_nothing(api: ApiWorld) -> None:
    page = api.client.get("/pagar/gracias")
    assert page.status_code == 200 and "Gracias" in page.text and page.headers["X-Robots-Tag"] == "noindex"
