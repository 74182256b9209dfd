"""Webhooks over HTTP: nothing is believed without its signature; what is believed is stored, then worked."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.http.webhooks import LARGEST_POST, webhook_routes
from api.inbox.working import InboxWorker
from api.settings import Settings
from engine.vocabulary import Channel, Consent, MessageState
from storage.inbox import InboxLane, forget_worked, inbox_state, work_again
from tests.delivery.world import NOON, StillClock, World

SECRET, TOKEN, VERIFY = "app-secret", "auth-token", "verify-me"
EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "whatsapp" / "meta" / "webhooks"


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    settings = Settings(
        DATABASE_URL=world.url,
        whatsapp_app_secret=SecretStr(SECRET),
        whatsapp_verify_token=SecretStr(VERIFY),
        twilio_token=SecretStr(TOKEN),
    )
    app = FastAPI()
    app.include_router(webhook_routes(settings))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def worker(world: World) -> Iterator[InboxWorker]:
    worker = InboxWorker(world.database, StillClock())
    yield worker
    worker.close()


def meta(*, statuses: tuple[object, ...] = (), messages: tuple[object, ...] = ()) -> bytes:
    value = {"metadata": {"phone_number_id": "10001"}, "statuses": statuses, "messages": messages}
    return orjson.dumps({"entry": [{"changes": [{"value": value, "field": "messages"}]}]})


def status(message_id: UUID | str, state: str, **more: object) -> dict[str, object]:
    return {
        "id": f"wamid.{message_id}",
        "status": state,
        "timestamp": str(int(NOON.timestamp())),
        "recipient_id": "525500000001",
        "biz_opaque_callback_data": str(message_id),
        **more,
    }


def said(text: str, number: str = "525500000001", wamid: str = "wamid.in") -> dict[str, object]:
    return {
        "from": number,
        "id": wamid,
        "timestamp": str(int(NOON.timestamp())),
        "type": "text",
        "text": {"body": text},
    }


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def told(client: TestClient, body: bytes) -> int:
    return int(client.post("/webhooks/whatsapp", content=body, headers=signed(body)).status_code)


def test_signed_status_is_stored_and_then_moves_its_message(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 4")
    assert told(client, meta(statuses=(status(message, "read", pricing={"category": "utility"}),))) == 200
    assert world.rows("SELECT source, kind, lane, state FROM inbox") == [("whatsapp", "status", 3, "new")]
    assert worker.work_all() == 1
    assert world.state(message)[0] is MessageState.READ
    assert world.rows("SELECT price_category FROM message") == [("utility",)]
    assert world.rows("SELECT state FROM inbox") == [("done",)]


def test_a_post_told_again_is_stored_once(world: World, client: TestClient) -> None:
    (message,) = world.debtors(1)
    body = meta(statuses=(status(message, "sent"), status(message, "read")), messages=(said("hola"),))
    assert [told(client, body) for _ in range(3)] == [200, 200, 200]
    assert world.rows("SELECT kind, count(*) FROM inbox GROUP BY kind ORDER BY kind") == [
        ("status", 2),
        ("text", 1),
    ]


@pytest.mark.parametrize(
    "headers", [{}, {"X-Hub-Signature-256": "sha256=00"}, signed(b"x"), signed(b"", "other")]
)
def test_post_without_its_signature_is_not_stored_and_no_secret_is_printed(
    world: World, client: TestClient, headers: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    body = meta(messages=(said("BAJA"),))
    assert client.post("/webhooks/whatsapp", content=body, headers=headers).status_code == 401
    assert world.rows("SELECT count(*) FROM inbox") == [(0,)]
    printed = "".join(capfd.readouterr())
    assert "bad_signature" in printed
    assert not any(word in printed for word in (SECRET, TOKEN, VERIFY, "BAJA", "525500000001"))


def test_a_post_larger_than_any_provider_s_is_refused(world: World, client: TestClient) -> None:
    assert told(client, b"x" * (LARGEST_POST + 1)) == 413
    assert world.rows("SELECT count(*) FROM inbox") == [(0,)]


def test_meta_subscribes_with_the_chosen_word_only(client: TestClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    answer = client.get("/webhooks/whatsapp", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    wrong = client.get("/webhooks/whatsapp", params=asked | {"hub.verify_token": "x"})
    assert (wrong.status_code, wrong.text) == (403, "")


def test_nobody_subscribes_while_no_word_is_set(world: World) -> None:
    app = FastAPI()
    app.include_router(webhook_routes(Settings(DATABASE_URL=world.url)))
    asked = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    assert TestClient(app).get("/webhooks/whatsapp", params=asked).status_code == 403


@pytest.mark.parametrize("body", [b'{"entry": "?"}', b"{", b'"\\u0000"', b"\xff\xfe", b"[]", b"null"])
def test_signed_words_that_make_no_sense_are_kept_not_dropped(
    world: World, client: TestClient, worker: InboxWorker, body: bytes
) -> None:
    assert told(client, body) == 200
    worker.work_all()
    assert world.rows("SELECT kind, state FROM inbox") == [("body", "kept")]


@pytest.mark.skipif(not EXAMPLES.exists(), reason="Meta's examples are not here")
def test_every_inbound_example_of_meta_is_accepted_and_recorded_with_its_kind(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    kinds = {}
    for example in sorted(EXAMPLES.glob("*.json")):
        change = json.loads(example.read_bytes())["entry"][0]["changes"][0]
        messages = change["value"].get("messages")
        # One file repeats another's id: each stands for a message of its own.
        body = example.read_bytes().replace(b"wamid.", f"wamid.{example.stem}.".encode())
        kinds[example.stem] = messages[0]["type"] if messages else change["field"]
        assert told(client, body) == 200, example.stem
        ((kind,),) = world.rows("SELECT kind FROM inbox ORDER BY id DESC LIMIT 1")
        assert kind == kinds[example.stem], example.stem
    assert len(kinds) >= 16
    worker.work_all()
    states = dict(world.rows("SELECT kind, min(state) FROM inbox GROUP BY kind"))
    assert {kind for kind, state in states.items() if state == "kept"} == {
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "unsupported",
    }
    with world.connection() as connection:
        assert inbox_state(connection).quarantined == 0


def test_signed_sms_reply_opts_out(world: World, client: TestClient, worker: InboxWorker) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET channel = %s", int(Channel.SMS))
    ((address,),) = world.rows("SELECT value FROM contact_point")
    form = {"MessageSid": "SM1", "From": address, "To": "10001", "Body": "ALTO", "SmsStatus": "received"}
    url = "http://127.0.0.1:8000/webhooks/sms"
    text = url + "".join(key + form[key] for key in sorted(form))
    mac = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": mac, "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/webhooks/sms", content=urlencode(form), headers=headers).status_code == 200
    worker.work_all()
    assert world.state(message) == (MessageState.WITHDRAWN, "opted_out")


@pytest.mark.criterion("R10")
def test_a_row_that_raises_is_set_aside_alone_and_somebody_is_told(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    messages = world.debtors(30)
    world.do("UPDATE message SET state = 4")
    assert told(client, meta(statuses=tuple(status(m, "read") for m in messages))) == 200
    world.do(
        "UPDATE inbox SET source = 'nobody' WHERE event_id LIKE %s", f"%{messages[17]}%"
    )  # no reader: raises whenever it is worked
    worker.work_all()
    assert world.states() == {MessageState.READ: 29, MessageState.ACCEPTED: 1}
    ((row, fault),) = world.rows("SELECT id, fault FROM inbox WHERE state = 'quarantined'")
    assert "KeyError" in fault
    assert world.rows("SELECT kind, times FROM alert") == [("inbox_quarantined", 1)]
    world.do("UPDATE inbox SET source = 'whatsapp' WHERE id = %s", row)
    with world.connection() as connection:
        assert work_again(connection, [row]) == 1
    worker.work_all()
    assert world.states() == {MessageState.READ: 30}


def test_a_stop_is_worked_before_statuses_that_came_earlier(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    messages = world.debtors(3)
    assert told(client, meta(statuses=tuple(status(m, "sent") for m in messages))) == 200
    assert told(client, meta(messages=(said("BAJA", "5255" + "0" * 7 + "1"),))) == 200
    order = world.rows("SELECT kind FROM inbox ORDER BY lane, id")
    assert order[0] == ("text",)
    assert world.rows("SELECT lane FROM inbox WHERE kind = 'text'") == [(InboxLane.STOPS,)]
    worker.work_all()
    assert world.rows("SELECT count(*) FROM consent WHERE state = %s", int(Consent.DENIED))[0][0] > 0


def test_a_message_opens_the_window_of_its_address_for_a_day(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    world.debtors(2)
    spelled = "5215500000001"  # as WhatsApp names a Mexican mobile
    assert told(client, meta(messages=(said("¿cuánto debo?", spelled),))) == 200
    worker.work_all()
    assert world.rows("SELECT value, wrote_at FROM contact_point WHERE wrote_at IS NOT NULL") == [
        ("+525500000001", NOON)
    ]


def test_who_comes_without_a_number_is_known_by_the_message_answered_and_then_by_name(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    first, second = world.debtors(2)
    world.do(
        "UPDATE message SET state = 4, provider_id = 'wamid.ours', sending_at = %s WHERE id = %s", NOON, first
    )
    hidden = {"from_user_id": "MX.77", "timestamp": str(int(NOON.timestamp())), "type": "text"}
    answer = hidden | {"id": "wamid.a", "context": {"id": "wamid.ours"}, "text": {"body": "¿cuánto?"}}
    again = hidden | {"id": "wamid.b", "text": {"body": "BAJA"}}
    assert told(client, meta(messages=(answer,))) == 200
    worker.work_all()
    assert world.rows("SELECT user_id FROM contact_point ORDER BY id") == [("MX.77",), (None,)]
    assert told(client, meta(messages=(again,))) == 200
    worker.work_all()
    denied = dict(
        world.rows("SELECT m.id, p.denied_channels FROM person p JOIN message m ON m.person_id = p.id")
    )
    assert denied[first] and not denied[second]


def test_a_changed_number_gets_nothing_more_by_whatsapp(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    world.debtors(1)
    moved = {
        "from": "525500000001", "id": "wamid.s", "timestamp": "1750269342", "type": "system",
        "system": {"type": "user_changed_number", "wa_id": "525599999999", "body": "changed"},
    }  # fmt: skip
    assert told(client, meta(messages=(moved,))) == 200
    worker.work_all()
    assert world.rows("SELECT reachable_channels FROM person") == [(0,)]
    assert world.rows("SELECT kind FROM alert") == [("number_changed",)]


def test_what_is_worked_is_forgotten_after_the_provider_stops_repeating_it(
    world: World, client: TestClient, worker: InboxWorker
) -> None:
    (message,) = world.debtors(1)
    assert told(client, meta(statuses=(status(message, "sent"),))) == 200
    worker.work_all()
    ((worked_at,),) = world.rows("SELECT worked_at FROM inbox")
    with world.connection() as connection:
        assert forget_worked(connection, worked_at - timedelta(days=1)) == 0
        assert forget_worked(connection, worked_at + timedelta(days=30)) == 1
