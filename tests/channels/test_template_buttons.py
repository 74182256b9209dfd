"""Buttons of templates: checked when saved, registered and sent in Meta's shape, pressed with a meaning."""

from typing import Any, get_args

import pytest

from channels.opt_out_words import is_wrong_number, stops_everything
from channels.port import Outgoing
from channels.rendering import render
from channels.replies.classifier import intents
from channels.template_buttons import SPOKEN, AnswerButton, Meaning, meaning_of
from channels.template_checks import check_message_template
from channels.templates import CATALOGUE, MessageTemplate
from channels.whatsapp_requests import request_document
from channels.whatsapp_templates import registrations
from engine.errors import TemplateError
from engine.vocabulary import Channel

PAID = {"kind": "quick_reply", "title": "Ya pagué", "means": "ya_pague"}
TALK = {"kind": "quick_reply", "title": "Quiero hablar", "means": "humano"}
PAY = {"kind": "url", "title": "Pagar", "address": "https://pagos.example/", "variable": "link_pago"}
TERMS = {"kind": "url", "title": "Condiciones", "address": "https://banco.example/condiciones"}
CODE = {"kind": "copy_code", "variable": "factura"}
FACTS = {variable.name: variable.sample for variable in CATALOGUE}


def template(*buttons: dict[str, str], **more: Any) -> MessageTemplate:
    document = {
        "key": "aviso", "name": "Aviso", "channel": "whatsapp", "buttons": buttons,
        "body": "Hola {{ nombre }}, {{ creditor }} le recuerda su pago: gracias.",
        "neutral": {"body": "Hola {{ nombre }}, {{ creditor }} le pide una llamada."},
    }  # fmt: skip
    return MessageTemplate.model_validate(document | more)


def sent(document: MessageTemplate) -> dict[str, Any]:
    words = render(document, FACTS, country="MX")
    outgoing = Outgoing(
        message_id="m-1", channel=Channel.WHATSAPP, to="+525512345678", sender="10001", text=words.text,
        template=words.template, language="es", variables=words.variables, buttons=words.buttons,
    )  # fmt: skip
    told: Any = request_document(outgoing)["template"]
    return dict(told)


def test_buttons_are_registered_with_their_words_and_samples() -> None:
    full, neutral = registrations(template(PAID, TALK, PAY, TERMS, CODE))
    components: Any = full.document["components"]
    assert components[-1] == {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Ya pagué"},
            {"type": "QUICK_REPLY", "text": "Quiero hablar"},
            {"type": "URL", "text": "Pagar", "url": "https://pagos.example/{{1}}",
             "example": ["https://pagos.example/p/8Kq2"]},
            {"type": "URL", "text": "Condiciones", "url": "https://banco.example/condiciones"},
            {"type": "COPY_CODE", "example": "A-1042"},
        ],
    }  # fmt: skip
    assert all(part["type"] != "BUTTONS" for part in neutral.document["components"])  # type: ignore[attr-defined]


def test_a_send_carries_what_its_buttons_need_and_nothing_for_a_fixed_link() -> None:
    components = sent(template(PAID, PAY, TERMS, CODE))["components"]
    assert [part for part in components if part["type"] == "button"] == [
        {"type": "button", "sub_type": "quick_reply", "index": "0",
         "parameters": [{"type": "payload", "payload": "intent:ya_pague"}]},
        {"type": "button", "sub_type": "url", "index": "1",
         "parameters": [{"type": "text", "text": "p/8Kq2"}]},
        {"type": "button", "sub_type": "copy_code", "index": "3",
         "parameters": [{"type": "coupon_code", "coupon_code": "A-1042"}]},
    ]  # fmt: skip


def test_named_parameters_are_registered_and_sent_by_name() -> None:
    document = template(
        parameters="named", body="Hola {{ nombre }}, de {{ creditor }} por {{ nombre }} con gusto."
    )
    (full, _) = registrations(document)
    assert full.document["parameter_format"] == "NAMED"
    components: Any = full.document["components"]
    body = components[0]
    assert body["text"] == "Hola {{nombre}}, de {{creditor}} por {{nombre_2}} con gusto."
    named = body["example"]["body_text_named_params"]
    assert [one["param_name"] for one in named] == ["nombre", "creditor", "nombre_2"]
    (parameters,) = [part["parameters"] for part in sent(document)["components"]]
    assert parameters[1] == {"type": "text", "parameter_name": "creditor", "text": "Financiera Aurora"}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ((PAID, PAY, TALK), "template.buttons_mixed"),
        ((PAID, PAID), "template.button_twice"),
        ((PAY, TERMS, PAY | {"title": "Otro"}), "template.too_many_buttons"),
        ((CODE, CODE), "template.too_many_buttons"),
        ((CODE | {"variable": "secreto"},), "template.unknown_variable"),
        ((CODE | {"variable": "domicilio_contacto"},), None),
    ],
)
def test_what_meta_would_refuse_is_refused_when_saved(
    buttons: tuple[dict[str, str], ...], code: str | None
) -> None:
    found = {finding.code for finding in check_message_template(template(*buttons)) if finding.blocks}
    assert (code in found) if code else "template.cannot_render" not in found


def test_a_neutral_wording_has_no_button_that_tells() -> None:
    telling = {"body": "Hola {{ nombre }}, {{ creditor }} le pide una llamada.", "buttons": [CODE]}
    found = check_message_template(template(neutral=telling))
    assert "template.sensitive_neutral" in {finding.code for finding in found}


def test_other_channels_have_no_buttons() -> None:
    found = check_message_template(template(PAID, channel="sms"))
    assert "template.cannot_press" in {finding.code for finding in found}


@pytest.mark.parametrize(
    "address", ["http://pagos.example/", "javascript:alert(1)", "https://x.example/{{1}}"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        template(PAY | {"address": address})


def test_a_link_of_somewhere_else_is_not_sent() -> None:
    with pytest.raises(TemplateError, match="does not begin with"):
        render(template(PAY), FACTS | {"link_pago": "https://other.example/p/1"}, country="MX")


def test_every_answer_comes_back_as_its_meaning() -> None:
    assert set(get_args(Meaning)) <= set(intents())
    for means in get_args(Meaning):
        payload = AnswerButton(kind="quick_reply", title="x", means=means).payload
        assert meaning_of(payload) == ("" if means in SPOKEN else means)
    assert stops_everything(SPOKEN["baja"]) and is_wrong_number(SPOKEN["numero_equivocado"])
