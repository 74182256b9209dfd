"""The inbox over HTTP: who waits comes first, in whose hands it is, and back to the strategy."""

from pathlib import Path
from typing import Any

import pytest

from api.reactions.reacting import Reactor
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Debt, Timeline
from tests.api.http.world import ApiWorld

BASE = "/portfolios/prueba"


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    """A number to send from, and a strategy that goes on for days."""
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), wait(8), send("segundo"), wait(9), end()))
    timeline.do(
        "INSERT INTO sender (lane, channel, portfolio_id, address) VALUES (1, 1, %s, '1')",
        timeline.book.portfolio_id,
    )
    return timeline


@pytest.fixture
def api(timeline: Timeline, tmp_path: Path) -> ApiWorld:
    return ApiWorld(timeline.url, tmp_path)


def write(timeline: Timeline, debt: Debt, text: str, day: int = 1) -> None:
    timeline.day(day).reply_unheard(debt, text)
    Reactor(timeline.database, timeline.clock).work()


def inbox(api: ApiWorld, view: str = "open", role: str = "agent", **asked: Any) -> list[dict[str, Any]]:
    answer = api.as_(role).get(f"{BASE}/conversations", params={"view": view, **asked})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def agent(api: ApiWorld, login: str) -> Any:
    return api.as_("agent", login=login)


def test_the_larger_debt_of_those_who_wait_comes_first(api: ApiWorld, timeline: Timeline) -> None:
    small = timeline.debtor("Ana Prueba", owes="100.00")
    large = timeline.debtor("Beto Prueba", owes="900.00")
    write(timeline, small, "quiero hablar con un asesor")
    write(timeline, large, "quiero hablar con un asesor")
    items = inbox(api)
    assert [each["value"] for each in items] == [900_00, 100_00]
    assert (
        items[0] | {"currency": "MXN", "waiting": True, "channel": "whatsapp", "reason": "humano"} == items[0]
    )
    assert items[0]["last_words"] == "quiero hablar con un asesor"
    assert items[0]["person"] == "Beto Prueba" and items[0]["window_until"] is not None
    first = api.as_("agent").get(f"{BASE}/conversations", params={"limit": 1}).json()
    rest = api.as_("agent").get(f"{BASE}/conversations", params={"limit": 1, "after": first["next"]}).json()
    assert [first["items"][0]["id"], rest["items"][0]["id"]] == [each["id"] for each in items]
    assert rest["next"] is None


def test_a_conversation_shows_what_was_said_and_what_the_law_allows(
    api: ApiWorld, timeline: Timeline
) -> None:
    ana = timeline.debtor("Ana Prueba")
    write(timeline, ana, "quiero hablar con un asesor")
    (talk,) = inbox(api)
    told = api.as_("agent").get(f"{BASE}/conversations/{talk['id']}").json()
    assert [e["what"]["text"] for e in told["timeline"] if e["kind"] == "message_in"] == [
        "quiero hablar con un asesor"
    ]
    assert [e["what"]["template"] for e in told["timeline"] if e["kind"] == "message_out"] == ["aviso"]
    ways = {each["channel"]: each for each in told["channels"]}
    assert ways["whatsapp"]["may"] and ways["whatsapp"]["mode"] == "free"
    assert not ways["email"]["may"] and ways["email"]["code"] == "no_contact_point"
    assert told["debts"][0]["holds"] == ["conversation"]


def test_two_agents_do_not_have_the_same_conversation(api: ApiWorld, timeline: Timeline) -> None:
    write(timeline, timeline.debtor("Ana Prueba"), "quiero hablar con un asesor")
    (talk,) = inbox(api)
    at = f"{BASE}/conversations/{talk['id']}"
    assert agent(api, "eva").post(f"{at}/take", {}).json()["assigned_to"] == "eva"
    refused = agent(api, "luis").post(f"{at}/take", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "conversation.taken")
    assert (
        agent(api, "luis").post(f"{at}/close", {"outcome": "other"}).json()["code"] == "conversation.others"
    )
    moved = api.as_("supervisor").post(f"{at}/assignment", {"login": "luis"})
    assert moved.json()["assigned_to"] == "luis"
    assert agent(api, "luis").post(f"{at}/release", {}).json()["assigned_to"] is None


def test_handed_back_the_debt_is_no_longer_held_and_the_strategy_goes_on(
    api: ApiWorld, timeline: Timeline
) -> None:
    ana = timeline.debtor("Ana Prueba")
    write(timeline, ana, "quiero hablar con un asesor")
    timeline.day(2).expect(ana, bucket="held")
    (talk,) = inbox(api)
    done = api.as_("agent").post(f"{BASE}/conversations/{talk['id']}/hand-back", {"note": "ya lo atendí"})
    assert done.json() | {"state": "closed", "outcome": "handed_back"} == done.json()
    timeline.day(3).expect(ana, bucket="waiting")
    assert inbox(api) == [] and [each["id"] for each in inbox(api, "closed")] == [talk["id"]]
    again = api.as_("agent").post(f"{BASE}/conversations/{talk['id']}/close", {"outcome": "other"})
    assert (again.status_code, again.json()["code"]) == (409, "conversation.closed")


def test_a_conversation_of_another_portfolio_is_unknown(api: ApiWorld, timeline: Timeline) -> None:
    write(timeline, timeline.debtor("Ana Prueba"), "quiero hablar con un asesor")
    (talk,) = inbox(api)
    timeline.do("UPDATE conversation SET portfolio_id = 99")
    assert api.as_("agent").get(f"{BASE}/conversations/{talk['id']}").status_code == 404
    assert api.as_("agent").post(f"{BASE}/conversations/{talk['id']}/take", {}).status_code == 404


def test_an_answer_over_http_is_checked_sent_once_and_stands_in_the_timeline(
    api: ApiWorld, timeline: Timeline
) -> None:
    write(timeline, timeline.debtor("Ana Prueba"), "quiero hablar con un asesor")
    (talk,) = inbox(api)
    at = f"{BASE}/conversations/{talk['id']}"
    assert agent(api, "eva").post(f"{at}/answers/check", {"text": "Con gusto le ayudo"}).json()["may"]
    rude = agent(api, "eva").post(f"{at}/answers/check", {"text": "Le vamos a embargar"}).json()
    assert (rude["may"], rude["code"], rude["findings"][0]["blocks"]) == (False, "answer.words", True)
    body = {"reference": "r1", "text": "Con gusto le ayudo", "buttons": [{"title": "Sí", "payload": "si"}]}
    sent = agent(api, "eva").post(f"{at}/answers", body).json()
    assert sent["is_new"] and not agent(api, "eva").post(f"{at}/answers", body).json()["is_new"]
    told = api.as_("agent").get(at).json()
    (said,) = [e["what"] for e in told["timeline"] if e["what"].get("message") == sent["message"]]
    assert (said["text"], said["by"], said["buttons"]) == ("Con gusto le ayudo", "eva", ["Sí"])
    assert told["conversation"]["assigned_to"] == "eva" and not told["conversation"]["waiting"]
    both = agent(api, "eva").post(f"{at}/answers", {"reference": "r2", "text": "a", "template": "b"})
    assert both.status_code == 422


def test_what_waits_goes_to_whoever_has_the_least_in_hand(api: ApiWorld, timeline: Timeline) -> None:
    for login in ("eva", "luis"):
        agent(api, login)
    for name in ("Ana", "Beto", "Caro"):
        write(timeline, timeline.debtor(f"{name} Prueba"), "quiero hablar con un asesor")
    boss = api.as_("supervisor")
    room = {"available": True, "capacity": 1, "languages": ["es"], "kinds": []}
    assert boss.put(f"{BASE}/agents/eva", {**room, "languages": ["pt"]}).json()["open"] == 0
    assert boss.put(f"{BASE}/agents/luis", room).json()["open"] == 1
    assert len(inbox(api, "unassigned")) == 2
    assert boss.put(f"{BASE}/agents/eva", room).json()["open"] == 1
    (mine,) = agent(api, "eva").get(f"{BASE}/conversations", params={"view": "mine"}).json()["items"]
    closed = agent(api, "eva").post(f"{BASE}/conversations/{mine['id']}/close", {"outcome": "resolved"})
    assert closed.status_code == 200
    assert inbox(api, "unassigned") == [], "whoever has room again gets the next one"
    figures = boss.get(f"{BASE}/conversations/figures").json()
    assert (figures["open"], figures["unassigned"]) == (2, 0)
    assert [(a["login"], a["open"], a["closed_today"]) for a in figures["agents"]] == [
        ("eva", 1, 1),
        ("luis", 1, 0),
    ]


def test_a_new_conversation_is_assigned_as_it_opens(api: ApiWorld, timeline: Timeline) -> None:
    agent(api, "eva")
    api.as_("supervisor").put(f"{BASE}/agents/eva", {"capacity": 5})
    write(timeline, timeline.debtor("Ana Prueba"), "quiero hablar con un asesor")
    (talk,) = inbox(api)
    assert talk["assigned_to"] == "eva"


def test_quick_replies_are_held_to_what_templates_are(api: ApiWorld, timeline: Timeline) -> None:
    boss, at = api.as_("supervisor"), f"{BASE}/quick-replies"
    bad = boss.put(f"{at}/malo", {"title": "Malo", "body": "{{ secreto }}"})
    assert (bad.status_code, bad.json()["code"]) == (422, "quick_reply.words")
    assert bad.json()["findings"][0]["code"] == "template.unknown_variable"
    boss.put(
        f"{at}/pagar", {"title": "Cómo pagar", "body": "Pague en {{ medios_pago | sin_dato('tiendas') }}"}
    )
    assert [each["key"] for each in api.as_("agent").get(at).json()["items"]] == ["pagar"]
    assert boss.delete(f"{at}/pagar").status_code == 204
    assert boss.delete(f"{at}/pagar").status_code == 404


def test_the_meaning_of_a_reply_is_put_right(api: ApiWorld, timeline: Timeline) -> None:
    ana = timeline.debtor("Ana Prueba")
    words = "pasé a la ventanilla azul del centro"
    write(timeline, ana, words)
    (talk,) = inbox(api)
    timeline_of = api.as_("agent").get(f"{BASE}/conversations/{talk['id']}").json()["timeline"]
    (heard,) = [entry["what"] for entry in timeline_of if entry["kind"] == "message_in"]
    at = f"{BASE}/replies/{heard['id']}/meaning"
    assert api.as_("agent").post(at, {"intent": "ya_pague"}).json() == {"text": words, "intent": "ya_pague"}
    assert api.as_("agent").post(at, {"intent": "nada"}).status_code == 404
    assert timeline.rows("SELECT text, intent FROM reply_example") == [(words, "ya_pague")]


def test_the_words_of_the_inbox_are_checked_and_kept(api: ApiWorld, timeline: Timeline) -> None:
    boss, at = api.as_("supervisor"), f"{BASE}/inbox-settings"
    assert boss.get(at).json()["assistant"] == {"on": True, "most_per_day": 3}
    wish = {
        "welcome": {"es": "Hola {{ nombre }}, le leemos."},
        "hours": {"mon": ["09:00", "18:00"], "sat": None},
        "assistant": {"on": False, "most_per_day": 2},
    }
    assert boss.put(at, wish).status_code == 200
    assert api.as_("agent").get(at).json() == wish | {"away": {}}
    bad = boss.put(at, {"away": {"es": "{{ secreto }}"}})
    assert (bad.status_code, bad.json()["code"], bad.json()["place"]) == (422, "inbox.words", "away.es")
    assert boss.put(at, {"hours": {"lunes": None}}).json()["code"] == "inbox.hours"
    assert timeline.rows("SELECT settings->'inbox'->'assistant'->>'on' FROM portfolio") == [("false",)]
