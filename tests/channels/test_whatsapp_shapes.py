"""What leaves for Meta has the shape of Meta's own examples, and an independent client reads what comes."""

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from pywa.client import WhatsApp
from pywa.types.callback import CallbackButton
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus
from pywa.types.templates import TemplateStatusUpdate

from channels.port import (
    Accepted,
    Action,
    Attachment,
    Button,
    Menu,
    MenuRow,
    NotAccepted,
    Outgoing,
    SenderNews,
    TemplateNews,
)
from channels.simulator.webhook_shapes import Item, Named, meta_post
from channels.templates import ready_templates
from channels.whatsapp_requests import LARGEST_ATTACHMENT, beyond_limits, request_document
from channels.whatsapp_templates import WhatsAppTemplates, registrations
from channels.whatsapp_webhooks import parse_webhook
from engine.errors import ServiceError, TemplateError
from engine.vocabulary import Channel
from tests.channels.worlds import World, world

META = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "whatsapp" / "meta"
needs_examples = pytest.mark.skipif(not META.exists(), reason="Meta's examples are not here")
PDF = Attachment("estado.pdf", "application/pdf", link="https://x.example/estado.pdf")


def outgoing(**changes: Any) -> Outgoing:
    plain = Outgoing("8c0e", Channel.WHATSAPP, "+525512345678", "10001", "", "es", {}, "Hola")
    return Outgoing(**{**{f: getattr(plain, f) for f in plain.__slots__}, **changes})


def example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((META / name).read_bytes())
    return loaded


def shape(value: object) -> object:
    """Keys and types, values left out; of a list the first of each kind."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def ours(message: Outgoing) -> dict[str, Any]:
    """Our request without the one field Meta's examples leave out."""
    document = json.loads(orjson.dumps(request_document(message)))
    assert document.pop("biz_opaque_callback_data") == "8c0e"
    return dict(document)


@needs_examples
def test_a_template_with_quick_replies_has_the_shape_of_meta_s() -> None:
    buttons = tuple(Button("quick_reply", payload, index) for index, payload in enumerate(("pago", "duda")))
    sent = ours(outgoing(template="mora", variables={"1": "Ana"}, buttons=buttons))
    theirs = example("send/send_message_template_interactive.json")
    parts = {c.get("sub_type", c["type"]): c for c in theirs["template"]["components"]}
    components = sent["template"]["components"]
    assert [shape(c) for c in components[1:]] == [shape(parts["quick_reply"])] * 2
    assert shape(components[0]["parameters"][0]) == shape(parts["body"]["parameters"][0])
    assert set(sent) == set(theirs)


def test_a_template_carries_document_link_and_code() -> None:
    buttons = (Button("url", "p/8Kq2", 0), Button("copy_code", "PAGO10", 1))
    sent = ours(outgoing(template="mora", attachments=(PDF,), buttons=buttons))
    header, url, code = sent["template"]["components"]
    file = {"link": "https://x.example/estado.pdf", "filename": "estado.pdf"}
    assert header == {"type": "header", "parameters": [{"type": "document", "document": file}]}
    assert url == {
        "type": "button", "sub_type": "url", "index": "0",
        "parameters": [{"type": "text", "text": "p/8Kq2"}],
    }  # fmt: skip
    assert code["parameters"] == [{"type": "coupon_code", "coupon_code": "PAGO10"}]
    assert ours(outgoing(template="mora", variables={"nombre": "Ana"}))["template"]["components"] == [
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "nombre", "text": "Ana"}]}
    ]


@needs_examples
def test_reply_buttons_lists_and_documents_have_the_shape_of_meta_s() -> None:
    buttons = (Button("quick_reply", "si", title="Sí"), Button("quick_reply", "no", title="No"))
    assert shape(ours(outgoing(buttons=buttons))) == shape(example("send/send_reply_button.json"))
    rows = (MenuRow("r1", "Hoy", "Pagar hoy"), MenuRow("r2", "Mañana", "Pagar mañana"))
    menu = Menu("Elegir", (("Fechas", rows), ("Otras", rows)))
    listed = ours(outgoing(menu=menu, subject="Pagos", footer="Aurora"))
    assert shape(listed) == shape(example("send/send_list_message.json"))
    by_id = json.loads(orjson.dumps(request_document(outgoing(attachments=(PDF,)), "9911")))
    del by_id["biz_opaque_callback_data"]
    assert shape(by_id) == shape(example("send/send_document_message_by_id.json"))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (outgoing(text="x" * 4097), "limit.text"),
        (outgoing(text="x" * 1025, buttons=(Button("quick_reply", "a", title="A"),)), "limit.body"),
        (outgoing(buttons=(Button("quick_reply", "a", title="x" * 21),)), "limit.button_title"),
        (outgoing(buttons=(Button("quick_reply", "a", title="A"),) * 4), "limit.buttons"),
        (outgoing(menu=Menu("Ver", (("S", (MenuRow("a", "A"),) * 11),))), "limit.rows"),
        (outgoing(template="t", buttons=(Button("copy_code", "x" * 16),)), "limit.code"),
        (outgoing(attachments=(PDF, PDF)), "limit.attachments"),
        (outgoing(attachments=(Attachment("g", "application/pdf", b"x" * 30 * 2**20),)), "limit.attachment"),
    ],
)
def test_what_is_too_long_or_too_many_is_refused_before_it_is_posted(message: Outgoing, code: str) -> None:
    refused = beyond_limits(message)
    assert refused is not None and (refused.code, refused.action) == (code, Action.AUTHOR_ERROR)


def play(scene: Any) -> None:
    async def story() -> None:
        async with world("whatsapp") as stage:
            await scene(stage)

    asyncio.run(story())


def test_every_shape_is_taken_by_the_provider_and_a_file_is_uploaded_once() -> None:
    file = Attachment("estado.pdf", "application/pdf", b"%PDF-1.7 x")
    rows = (MenuRow("r1", "Hoy"),)

    sends: list[dict[str, Any]] = [
        {"attachments": (file,)},
        {"template": "", "attachments": (file,), "variables": {}},
        {"template": "", "menu": Menu("Elegir", (("Fechas", rows),)), "variables": {}},
        {"buttons": (Button("url", "p/1"), Button("quick_reply", "no", 1))},
    ]

    async def scene(stage: World) -> None:
        for n, changes in enumerate(sends):
            assert isinstance(await stage.sender.send(stage.message(f"m-{n}", **changes)), Accepted)
        assert len(stage.simulator.media.uploads) == 1
        assert [line.get("attachment", "") for line in stage.accepted()] == ["estado.pdf"] * 2 + ["", ""]

    play(scene)


def test_a_file_of_thirty_megabytes_is_refused_and_nothing_leaves() -> None:
    heavy = Attachment("todo.pdf", "application/pdf", make=lambda: b"x" * 30 * 2**20)

    async def scene(stage: World) -> None:
        outcome = await stage.sender.send(stage.message(attachments=(heavy,)))
        assert isinstance(outcome, NotAccepted)
        assert (outcome.code, outcome.action) == ("limit.attachment", Action.AUTHOR_ERROR)
        assert str(LARGEST_ATTACHMENT) in outcome.reason
        assert stage.accepted() == [] and stage.simulator.media.uploads == {}

    play(scene)


def test_a_wrong_token_stops_the_channel_and_is_not_repeated_in_the_outcome() -> None:
    async def scene(stage: World) -> None:
        stage.simulator.whatsapp.token = "another"
        outcome = await stage.sender.send(stage.message())
        assert isinstance(outcome, NotAccepted)
        assert (outcome.code, outcome.action) == ("190", Action.STOP_CHANNEL)
        assert "token" not in repr(outcome).replace("access token", "")

    play(scene)


@needs_examples
def test_a_registration_has_the_keys_of_meta_s_and_a_sample_for_each_variable() -> None:
    theirs = example(
        "templates/post_create_template_w_document_header_text_body_a_phone_number_button_and_a_url_button.json"
    )
    for template in ready_templates().values():
        if template.channel != "whatsapp":
            continue
        for wanted in registrations(template):
            assert set(wanted.document) - {"parameter_format"} == set(theirs)
            body = json.loads(orjson.dumps(wanted.document))["components"][-1]
            outputs = body["text"].count("{{")
            assert len(body.get("example", {"body_text": [[]]})["body_text"][0]) == outputs


@pytest.mark.parametrize(
    "body", ["{{ nombre }}, hola", "Hola {{ nombre }} {{ monto }} y ya", "Debe {{ monto }}."]
)
def test_variables_at_the_edge_or_side_by_side_are_not_given_to_meta(body: str) -> None:
    template = ready_templates()["mora_1_30_whatsapp_a"].model_copy(update={"body": body})
    with pytest.raises(TemplateError):
        registrations(template)


def test_templates_are_created_listed_and_deleted_and_refusals_are_told() -> None:
    async def scene(stage: World) -> None:
        desk = WhatsAppTemplates(stage.simulator.whatsapp_url, "419561257915477", "token")
        stage.simulator.templates.first_status = "PENDING"
        wanted = registrations(ready_templates()["mora_1_30_whatsapp_a"])
        made = [await desk.create(one) for one in wanted]
        assert {news.state for news in made} == {"pending"} and all(news.provider_id for news in made)
        listed = await desk.list_all()
        assert {(n.name, n.language, n.category) for n in listed} == {
            (w.name, w.language, "utility") for w in wanted
        }
        with pytest.raises(ServiceError, match="already exists"):
            await desk.create(wanted[0])
        await desk.delete(wanted[0].name)
        assert wanted[0].name not in {news.name for news in await desk.list_all()}
        with pytest.raises(ServiceError):
            await desk.delete("nunca_existio")
        await desk.close()

    play(scene)


def posted(item: Item, named: Named) -> Any:
    body, _ = meta_post("", [item], "s", named)
    return json.loads(body)


def item(state: str, **changes: Any) -> Item:
    plain = Item(1_749_416_383.0, "whatsapp", "wamid.abc", "m-1", "106540352242922", "+525512345678", state)
    return plain._replace(**changes)


NAMED = Named(user_ids=True)


def test_pywa_reads_the_replies_and_statuses_the_simulator_posts() -> None:
    client = WhatsApp(phone_id="106540352242922", token="x")
    said = Message.from_update(client, posted(item("reply", text="¿cuánto debo?"), NAMED))
    assert (said.text, said.from_user.wa_id) == ("¿cuánto debo?", "525512345678")
    pressed = CallbackButton.from_update(
        client, posted(item("reply", kind="button", text="Sí", payload="si"), NAMED)
    )
    assert (pressed.data, pressed.title) == ("si", "Sí")
    for state in ("sent", "delivered", "read"):
        status = MessageStatus.from_update(client, posted(item(state), NAMED))
        assert (status.status.value, status.id, status.tracker) == (state, "wamid.abc", "m-1")
    failed = MessageStatus.from_update(client, posted(item("failed", code="131026"), NAMED))
    assert type(failed.error).__name__ == "MessageUndeliverable"  # what pywa calls 131026


def test_pywa_reads_who_comes_without_a_number() -> None:
    client = WhatsApp(phone_id="106540352242922", token="x")
    hidden = posted(item("reply", text="hola"), Named(user_ids=True, hide_numbers=True))
    said = Message.from_update(client, hidden)
    assert said.from_user.bsuid.startswith("MX.") and said.from_user.wa_id is None


def test_pywa_reads_what_the_simulator_tells_of_templates_as_we_do() -> None:
    client = WhatsApp(phone_id="106540352242922", token="x")
    value = {
        "event": "PAUSED", "message_template_id": 77, "message_template_name": "mora",
        "message_template_language": "es", "reason": "NONE",
    }  # fmt: skip
    told = item("change", kind="message_template_status_update", text=orjson.dumps(value).decode())
    update = TemplateStatusUpdate.from_update(client, posted(told, NAMED))
    assert (update.template_name, update.new_status.value) == ("mora", "PAUSED")
    (news,) = parse_webhook(meta_post("", [told], "s")[0])
    assert isinstance(news, TemplateNews)
    assert (news.name, news.language, news.state, news.at) == ("mora", "es", "paused", 1_749_416_383)


@pytest.mark.parametrize(
    ("field", "value", "tier", "action"),
    [
        ("phone_number_quality_update", {"event": "UPGRADE", "current_limit": "TIER_10K"}, 10_000, None),
        ("business_capability_update", {"max_daily_conversation_per_phone": 2000}, 2_000, None),
        ("business_capability_update", {"max_daily_conversations_per_business": -1}, 0, None),
        ("account_update", {"event": "ACCOUNT_RESTRICTION"}, None, Action.STOP_CHANNEL),
    ],
)
def test_limits_and_trouble_of_the_account_are_read(
    field: str, value: dict[str, object], tier: int | None, action: Action | None
) -> None:
    body = json.dumps({"entry": [{"time": 5, "changes": [{"field": field, "value": value}]}]}).encode()
    (news,) = parse_webhook(body)
    assert isinstance(news, SenderNews) and (news.tier, news.action) == (tier, action)
