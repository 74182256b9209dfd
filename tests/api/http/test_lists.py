"""What screens read: lists, a run's close, the map, the account's way, and personal data by role."""

import json
from pathlib import Path

import pytest

from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline
from tests.api.http.world import ApiWorld

BASE = "/portfolios/prueba"


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """Ana and Beto in arrears; two days played: they enter, then get a message."""
    timeline = Timeline(database_url, tmp_path)
    timeline.debtor("Ana Prueba", days_past_due=5, person={"phone": "+525512345678"})
    timeline.debtor("Beto Prueba", days_past_due=9)
    timeline.publish(path("mora", enter(), wait(1, id="espera"), send("aviso"), end()))
    timeline.day(1)
    return timeline


@pytest.fixture
def world(timeline: Timeline, tmp_path: Path) -> ApiWorld:
    return ApiWorld(timeline.url, tmp_path)


def number_of(world: ApiWorld) -> str:
    with world.database.connection() as connection:
        rows = connection.execute("SELECT number FROM account ORDER BY id").fetchall()
    return str(rows[0][0])


def test_messages_are_masked_unless_the_role_sees_people(world: ApiWorld, timeline: Timeline) -> None:
    asked = {"date": timeline.date(1).isoformat()}
    masked = world.as_("strategist").get(f"{BASE}/messages", params=asked).json()["items"]
    clear = world.as_("supervisor").get(f"{BASE}/messages", params=asked).json()["items"]
    assert sorted(each["person"] for each in masked) == ["A** P*****", "B*** P*****"]
    assert sorted(each["person"] for each in clear) == ["Ana Prueba", "Beto Prueba"]
    assert {(each["template"], each["channel"]) for each in clear} == {("aviso", "whatsapp")}


def test_pages_of_messages_and_enrolments_follow_each_other(world: ApiWorld, timeline: Timeline) -> None:
    strategist = world.as_("strategist")
    for what, asked in (("messages", {"date": timeline.date(1).isoformat()}), ("enrolments", {})):
        first = strategist.get(f"{BASE}/{what}", params={**asked, "limit": 1}).json()
        rest = strategist.get(f"{BASE}/{what}", params={**asked, "limit": 1, "after": first["next"]}).json()
        assert len(first["items"]) == len(rest["items"]) == 1 and rest["next"] is None
        assert first["items"][0]["id"] != rest["items"][0]["id"]


def test_a_run_shows_its_close_and_every_account_once(world: ApiWorld, timeline: Timeline) -> None:
    run = world.as_("operator").get(f"{BASE}/runs/{timeline.date(1)}").json()
    assert run["state"] == "closed" and run["shards_done"] == run["shards"]
    assert sum(line["accounts"] for line in run["close"]) == run["accounts"] == 2
    assert [line["day"] for line in world.as_("viewer").get(f"{BASE}/runs").json()["items"]] == [
        timeline.date(1).isoformat(),
        timeline.date(0).isoformat(),
    ]
    assert world.as_("viewer").get(f"{BASE}/runs/2020-01-01").json()["code"] == "run.unknown"


def test_the_map_shows_who_stands_where_and_who_passed(world: ApiWorld, timeline: Timeline) -> None:
    period = {"from": timeline.date(0).isoformat(), "to": timeline.date(1).isoformat()}
    told = world.as_("viewer").get(f"{BASE}/strategies/mora/map", params=period).json()
    passed = {(each["node"], each["port"]): each["accounts"] for each in told["passed"]}
    assert passed[("entrada", "next")] == 2 and passed[("espera", "next")] == 2
    [sent] = told["messages"]
    assert (sent["node"], sent["template"], sent["sent"]) == ("aviso", "aviso", 2)


def test_an_account_is_found_by_its_number_and_by_its_persons_phone(world: ApiWorld) -> None:
    number = number_of(world)
    for by, value in (("number", number), ("phone", "+52 55 1234 5678")):
        found = world.as_("viewer").post(f"{BASE}/accounts/search", {"by": by, "value": value}).json()
        assert [each["number"] for each in found["items"]] == [number], by
        assert found["items"][0]["person"] == "A** P*****"
    none = world.as_("viewer").post(f"{BASE}/accounts/search", {"by": "email", "value": "x@y.example"})
    assert none.json() == {"items": []}


def test_the_way_of_an_account_is_told_with_what_the_role_may_see(world: ApiWorld) -> None:
    number = number_of(world)
    clear = world.as_("auditor").get(f"{BASE}/accounts/{number}/journey").json()
    assert clear["account"]["person"] == "Ana Prueba"
    assert [each["strategy"] for each in clear["passages"]] == ["mora"]
    assert [each["template"] for each in clear["messages"]] == ["aviso"]
    assert {each["value"] for each in clear["contacts"]} == {"+525512345678"}
    masked = world.as_("viewer").get(f"{BASE}/accounts/{number}/journey")
    assert "Ana" not in masked.text and "5512345678" not in masked.text


def test_why_is_told_for_a_date_that_ran(world: ApiWorld, timeline: Timeline) -> None:
    number = number_of(world)
    asked = {"date": timeline.date(1).isoformat()}
    told = world.as_("viewer").get(f"{BASE}/accounts/{number}/why", params=asked).json()
    assert any("Se envía" in line["text"] for line in told["lines"])
    unknown = world.as_("viewer").get(f"{BASE}/accounts/{number}/why", params={"date": "2020-01-01"})
    assert unknown.status_code == 404


def test_today_shows_the_newest_run_and_what_needs_a_person(world: ApiWorld, timeline: Timeline) -> None:
    pressed = world.as_("supervisor").post("/stops", {"scope": "all", "reason": "prueba"})
    assert pressed.status_code == 201
    told = world.as_("operator").get(f"{BASE}/today").json()
    assert told["run"]["day"] == timeline.date(1).isoformat() and told["stops"] == 1
    assert "Envíos detenidos" in told["alarms"][0]
    own = world.as_("approver", login="supervisor-0")
    assert own.post(f"/stops/{pressed.json()['items'][0]['id']}/resume").status_code == 403
    lifted = world.as_("approver").post(f"/stops/{pressed.json()['items'][0]['id']}/resume")
    assert lifted.status_code == 200 and world.as_("viewer").get("/stops").json() == {"items": []}


def test_who_pressed_the_red_button_does_not_resume(world: ApiWorld) -> None:
    beto = world.as_("approver", login="beto")
    stop = beto.post("/stops", {"scope": "channel", "value": "sms", "reason": "texto"}).json()["items"][0]
    assert stop["value"] == "sms"
    assert beto.post(f"/stops/{stop['id']}/resume").json()["code"] == "stop.same_person"


def test_only_ones_own_portfolios_are_listed(world: ApiWorld) -> None:
    assert [each["key"] for each in world.as_("viewer").get("/portfolios").json()["items"]] == ["prueba"]
    assert world.as_("viewer", portfolio_id=99).get("/portfolios").json() == {"items": []}


def test_a_template_is_drafted_checked_and_sent_only_when_a_second_person_approved(world: ApiWorld) -> None:
    ana = world.as_("strategist")
    template = {
        "key": "nuevo",
        "name": "Nuevo",
        "channel": "sms",
        "body": "{{ creditor }}: {{ nombre | sin_dato('cliente') }}, pague en {{ link_pago }}.",
    }
    wrong = ana.put(
        f"{BASE}/templates/nuevo", {**template, "body": "{{ nadie }}"}, headers={"If-Match": '"0"'}
    )
    assert wrong.status_code == 422 and wrong.json()["findings"]
    saved = ana.put(f"{BASE}/templates/nuevo", template, headers={"If-Match": '"0"'})
    assert saved.status_code == 200, saved.text
    assert ana.put(f"{BASE}/templates/nuevo", template, headers={"If-Match": '"0"'}).status_code == 412
    asked = ana.post(f"{BASE}/templates/nuevo/requests", {}, headers={"If-Match": '"1"'}).json()
    assert _line(world, "nuevo")["approved_version"] is None
    world.as_("approver").post(f"/approvals/{asked['id']}/grant", {})
    assert _line(world, "nuevo")["approved_version"] == 1
    previewed = ana.post(
        f"{BASE}/templates/preview", {"template": template, "account": number_of(world)}
    ).json()
    assert "A** P*****" in previewed["text"] and previewed["segments"] == 1
    assert previewed["samples"] == ["link_pago"]


def _line(world: ApiWorld, key: str) -> dict[str, object]:
    lines = world.as_("viewer").get(f"{BASE}/templates").json()["items"]
    found: dict[str, object] = next(line for line in lines if line["key"] == key)
    return found


def test_a_policy_changes_when_a_second_person_grants_it(world: ApiWorld) -> None:
    carla, dora = world.as_("compliance"), world.as_("compliance", login="dora")
    mexico = carla.get("/packs/MX").json()
    body = {"change": {"approved_packs": {"MX": mexico["sha256"]}, "minimum_worth_working": {"MXN": 5000}}}
    asked = carla.post(f"{BASE}/policy/requests", body).json()
    assert carla.post(f"/approvals/{asked['id']}/grant", {}).json()["code"] == "approval.same_person"
    assert dora.post(f"/approvals/{asked['id']}/grant", {}).json()["state"] == "done"
    told = carla.get(f"{BASE}/policy").json()["settings"]
    assert told == body["change"]
    other = {"change": {"approved_packs": {"MX": "0" * 64}}}
    assert carla.post(f"{BASE}/policy/requests", other).json()["code"] == "policy.pack_changed"


def test_a_file_is_looked_at_mapped_imported_and_its_refusals_listed(world: ApiWorld) -> None:
    loader = world.as_("strategist")
    content = b"Referencia,Cr\xc3\xa9dito,Importe,Fecha de pago\np-1,nadie,100.00,2026-11-24\n"
    files = {"file": ("pagos.csv", content, "text/csv")}
    look = loader.ask("POST", f"{BASE}/look/files", files=files, data={"kind": "payments"}).json()
    assert look["rows"] == 1 and look["problem"] == "" and look["columns"]["account"] == "Crédito"
    mapping = {"kind": "payments", "columns": {"account": "Crédito"}}
    assert loader.put(f"{BASE}/mappings/pagos", mapping).status_code == 200
    landed = loader.ask("POST", f"{BASE}/import/files", files=files, data={"mapping": "pagos"}).json()
    assert (landed["rows"], landed["refused"]) == (1, 1)
    refused = loader.get(f"{BASE}/loads/{landed['load']}/refusals").json()["items"]
    assert refused[0]["line"] == 2 and refused[0]["reason"]
    assert loader.get(f"{BASE}/loads").json()["items"][0]["load"] == landed["load"]
    strange = loader.ask(
        "POST", f"{BASE}/import/files", files={"file": ("x.exe", b"MZ", "application/x")}, data={}
    )
    assert strange.status_code == 422


def test_the_what_if_is_asked_over_http(world: ApiWorld) -> None:
    draft = json.loads(path("otra", enter(priority=900), wait(1, id="espera"), end()))
    told = world.as_("strategist").post(f"{BASE}/what-if", {"document": draft})
    assert told.status_code == 200, told.text
    assert told.json()["accounts"] == 2 and "espera" in told.json()["nodes"]
    walked = world.as_("strategist").post(
        f"{BASE}/what-if/walk", {"document": draft, "account": number_of(world)}
    )
    assert walked.status_code == 200 and walked.json()["why"]
