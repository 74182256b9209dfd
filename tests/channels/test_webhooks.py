"""Webhooks in: Meta's own examples, the simulator's posts, signatures, and whatever else may arrive."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import sms_twilio, whatsapp_cloud, whatsapp_webhooks
from channels.port import Action, InboundReply, StatusUpdate, Unrecognised, Webhook
from channels.simulator.webhook_shapes import Item, meta_post, twilio_post

EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "whatsapp" / "meta"
needs_examples = pytest.mark.skipif(not EXAMPLES.exists(), reason="Meta's examples are not here")
STATUS_URL = "https://cobros.example/sms/status?message_id=m-1"


def parsed(name: str) -> list[Webhook]:
    return whatsapp_webhooks.parse_webhook((EXAMPLES / "webhooks" / name).read_bytes())


def item(state: str, **changes: object) -> Item:
    told = Item(
        business_at=1_749_416_383.7,
        channel="whatsapp",
        provider_id="wamid.abc",
        message_id="m-1",
        sender="106540352242922",
        to="+16505551234",
        state=state,
    )
    return told._replace(**changes)  # type: ignore[arg-type]


@needs_examples
def test_every_example_of_meta_is_understood_or_kept() -> None:
    for example in sorted((EXAMPLES / "webhooks").glob("*.json")):
        items = parsed(example.name)
        assert items, example.name
        strange = [i for i in items if isinstance(i, Unrecognised)]
        is_understood = not example.name.startswith(("group_", "unsupported_"))
        assert bool(strange) is not is_understood, example.name


@needs_examples
@pytest.mark.parametrize(
    ("name", "kind", "text", "payload"),
    [
        ("text_message.json", "text", "Does it come in another color?", ""),
        ("button_message.json", "button", "Unsubscribe", "Unsubscribe"),
        ("interactive_button_reply_message.json", "interactive", "Cancel", "cancel-button"),
        ("image_message.json", "image", "Taj Mahal", ""),
        ("reaction_message.json", "reaction", "👍", ""),
    ],
)
def test_what_a_person_wrote_or_pressed_is_read(name: str, kind: str, text: str, payload: str) -> None:
    (reply,) = parsed(name)
    assert isinstance(reply, InboundReply)
    assert (reply.from_, reply.to) == ("+16505551234", "106540352242922")
    assert (reply.kind, reply.text, reply.payload) == (kind, text, payload)
    assert reply.provider_id.startswith("wamid.") and reply.at > 1_700_000_000


@needs_examples
def test_a_button_names_the_message_it_answers_and_an_image_its_media() -> None:
    (button,), (image,) = parsed("button_message.json"), parsed("image_message.json")
    assert isinstance(button, InboundReply) and button.in_reply_to.startswith("wamid.")
    assert isinstance(image, InboundReply)
    assert (image.media_id, image.media_type) == ("1003383421387256", "image/jpeg")


@needs_examples
def test_the_simulator_writes_a_text_message_exactly_as_meta_does() -> None:
    example = json.loads((EXAMPLES / "webhooks" / "text_message.json").read_bytes())
    ours = json.loads(meta_post("", [item("reply", text="Does it come in another color?")], "s")[0])
    assert shape(ours) == shape(example)


@needs_examples
def test_the_simulator_writes_a_pressed_button_exactly_as_meta_does() -> None:
    example = json.loads((EXAMPLES / "webhooks" / "button_message.json").read_bytes())
    pressed = item("reply", kind="button", text="Unsubscribe", in_reply_to="wamid.before")
    assert shape(json.loads(meta_post("", [pressed], "s")[0])) == shape(example)


def test_statuses_in_one_batch_come_out_in_order_with_our_ids() -> None:
    body, _ = meta_post("", [item("sent"), item("delivered", message_id="m-2"), item("read")], "s")
    updates = whatsapp_webhooks.parse_webhook(body)
    assert [(u.message_id, u.state) for u in updates if isinstance(u, StatusUpdate)] == [
        ("m-1", "sent"),
        ("m-2", "delivered"),
        ("m-1", "read"),
    ]
    assert all(isinstance(u, StatusUpdate) and u.at == 1_749_416_383 for u in updates)


def test_a_failed_status_says_what_to_do() -> None:
    body, _ = meta_post("", [item("failed", code="131026")], "s")
    (update,) = whatsapp_webhooks.parse_webhook(body)
    assert isinstance(update, StatusUpdate)
    assert (update.state, update.code, update.action) == ("failed", "131026", Action.WRONG_NUMBER)


def test_a_person_without_a_number_is_known_by_the_provider_s_user_id() -> None:
    message = {
        "from_user_id": "MX.123",
        "id": "wamid.x",
        "timestamp": "1",
        "type": "text",
        "text": {"body": "sí"},
    }
    value = {"messages": [message], "metadata": {"phone_number_id": "7"}}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    (reply,) = whatsapp_webhooks.parse_webhook(body)
    assert isinstance(reply, InboundReply) and reply.from_ == "MX.123"


def test_only_the_owner_of_the_secret_can_sign_whatsapp_webhooks() -> None:
    body, headers = meta_post("", [item("sent")], "secret")
    signature = headers["X-Hub-Signature-256"]
    assert whatsapp_cloud.verify_signature("secret", body, signature)
    assert not whatsapp_cloud.verify_signature("secret", body + b" ", signature)
    assert not whatsapp_cloud.verify_signature("other", body, signature)
    assert not whatsapp_cloud.verify_signature("secret", body, "sha256=ñ")


def test_meta_subscribes_only_with_our_token() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "t", "hub.challenge": "42"}
    assert whatsapp_cloud.verify_subscription(query, "t") == "42"
    assert whatsapp_cloud.verify_subscription(query, "another") is None


def test_twilio_s_published_signature_vector_holds() -> None:
    form = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sms_twilio.verify_signature("12345", url, form.encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not sms_twilio.verify_signature(
        "12345", url, form.encode() + b"&x=1", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )


def test_a_status_by_sms_brings_our_id_back_and_is_signed() -> None:
    failed = item("failed", channel="sms", code="30003", provider_id="SM1", url=STATUS_URL)
    body, headers = twilio_post(STATUS_URL, [failed], "token")
    assert sms_twilio.verify_signature("token", STATUS_URL, body, headers["X-Twilio-Signature"])
    (update,) = sms_twilio.parse_webhook(STATUS_URL, body, received_at=5.0)
    assert isinstance(update, StatusUpdate)
    assert (update.message_id, update.state, update.at) == ("m-1", "failed", 5.0)
    assert (update.code, update.action) == ("30003", Action.OTHER_CHANNEL)


def test_a_reply_by_sms_is_read() -> None:
    said = item("reply", channel="sms", text="BAJA", sender="+525550000000", to="+525512345678")
    (reply,) = sms_twilio.parse_webhook("https://x.example/sms", twilio_post("", [said], "t")[0], 9.0)
    assert isinstance(reply, InboundReply)
    assert (reply.from_, reply.to, reply.text) == ("+525512345678", "+525550000000", "BAJA")


def test_a_message_still_on_its_way_is_no_news() -> None:
    assert sms_twilio.parse_webhook(STATUS_URL, b"MessageSid=SM1&MessageStatus=queued", 1.0) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_answered_with_something_kept(body: bytes) -> None:
    assert whatsapp_webhooks.parse_webhook(body)
    sms_twilio.parse_webhook(STATUS_URL, body, 1.0)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["entry", "changes", "value", "messages", "statuses", "id", "timestamp", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_any_json_is_answered_with_something_kept(document: object) -> None:
    assert whatsapp_webhooks.parse_webhook(json.dumps(document).encode())


def shape(value: object) -> object:
    """Keys and types, values left out."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__
