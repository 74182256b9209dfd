"""Webhooks over HTTP: nothing is believed without its signature, and what is believed is written at once."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from urllib.parse import urlencode

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.http.webhooks import webhook_routes
from api.settings import Settings
from engine.vocabulary import Channel, MessageState
from tests.delivery.world import NOON, World

SECRET, TOKEN = "app-secret", "auth-token"


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    settings = Settings(
        DATABASE_URL=world.url,
        whatsapp_app_secret=SecretStr(SECRET),
        twilio_token=SecretStr(TOKEN),
    )
    app = FastAPI()
    app.include_router(webhook_routes(settings))
    with TestClient(app) as client:
        yield client


def status_body(message_id: str, state: str) -> bytes:
    status = {
        "id": "wamid.1",
        "status": state,
        "timestamp": str(int(NOON.timestamp())),
        "recipient_id": "525500000001",
        "biz_opaque_callback_data": message_id,
    }
    value = {"metadata": {"phone_number_id": "10001"}, "statuses": [status]}
    return orjson.dumps({"entry": [{"changes": [{"value": value, "field": "messages"}]}]})


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_signed_status_moves_its_message(world: World, client: TestClient) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 4")
    body = status_body(str(message), "read")
    assert client.post("/webhooks/whatsapp", content=body, headers=signed(body)).status_code == 200
    assert world.state(message)[0] is MessageState.READ


@pytest.mark.parametrize(
    "headers", [{}, {"X-Hub-Signature-256": "sha256=00"}, signed(b"x"), signed(b"", "other")]
)
def test_status_without_its_signature_changes_nothing(
    world: World, client: TestClient, headers: dict[str, str]
) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET state = 4")
    body = status_body(str(message), "read")
    assert client.post("/webhooks/whatsapp", content=body, headers=headers).status_code == 401
    assert world.state(message)[0] is MessageState.ACCEPTED


def test_signed_words_that_make_no_sense_are_kept_not_dropped(world: World, client: TestClient) -> None:
    body = b'{"entry": "?"}'
    assert client.post("/webhooks/whatsapp", content=body, headers=signed(body)).status_code == 200
    assert world.rows("SELECT kind FROM ledger") == [("webhook.unrecognised",)]


def test_signed_sms_reply_opts_out(world: World, client: TestClient) -> None:
    (message,) = world.debtors(1)
    world.do("UPDATE message SET channel = %s", int(Channel.SMS))
    ((address,),) = world.rows("SELECT value FROM contact_point")
    form = {"MessageSid": "SM1", "From": address, "To": "10001", "Body": "ALTO", "SmsStatus": "received"}
    url = "http://127.0.0.1:8000/webhooks/sms"
    text = url + "".join(key + form[key] for key in sorted(form))
    mac = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": mac, "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/webhooks/sms", content=urlencode(form), headers=headers).status_code == 200
    assert world.state(message) == (MessageState.WITHDRAWN, "opted_out")
