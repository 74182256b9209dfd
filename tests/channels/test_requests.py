"""What leaves on the wire: Meta's and Twilio's request shapes, the mail's headers, the error tables."""

import asyncio
import json
from pathlib import Path

import pytest

from channels.email_smtp import SmtpEmail
from channels.mail_document import mail_document
from channels.port import Accepted, Action, NotAccepted, Outgoing, Unknown
from channels.posting import Answer, judge_error
from channels.provider_errors import error_table, refusal
from channels.sms_twilio import TwilioSms
from channels.whatsapp_cloud import judge
from channels.whatsapp_requests import request_document
from engine.vocabulary import Channel

DATA = Path(__file__).parents[3] / "shared" / "data" / "payloads"
EXAMPLES = DATA / "whatsapp" / "meta" / "send"
needs_examples = pytest.mark.skipif(not DATA.exists(), reason="the providers' examples are not here")


def outgoing(**changes: object) -> Outgoing:
    fields: dict[str, object] = {
        "message_id": "8c0e",
        "channel": Channel.WHATSAPP,
        "to": "+525512345678",
        "sender": "cobranza@acreedor.example",
        "template": "mora",
        "language": "es",
        "variables": {},
        "text": "Hola",
    }
    return Outgoing(**{**fields, **changes})  # type: ignore[arg-type]


@needs_examples
def test_a_template_has_the_keys_of_meta_s_example() -> None:
    example = json.loads((EXAMPLES / "send_message_template_text.json").read_bytes())
    ours = request_document(outgoing(variables={"1": "Ana"}))
    assert set(ours) - {"biz_opaque_callback_data"} == set(example)
    assert ours["template"] == {
        "name": "mora",
        "language": {"code": "es"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
    }
    assert ours["biz_opaque_callback_data"] == "8c0e"


@needs_examples
def test_a_text_answer_has_the_keys_of_meta_s_example() -> None:
    example = json.loads((EXAMPLES / "send_reply_to_text_message.json").read_bytes())
    ours = request_document(outgoing(template="", text="Claro", in_reply_to="wamid.x"))
    assert set(ours) - {"biz_opaque_callback_data"} == set(example)
    assert ours["text"] == {"body": "Claro", "preview_url": False}


@needs_examples
def test_meta_s_own_answers_are_acceptances() -> None:
    for example in sorted(EXAMPLES.glob("response_200_*message*.json")):
        document = json.loads(example.read_bytes())
        if "messages" in document:
            assert isinstance(judge(Answer(200, document, 0.0)), Accepted), example.name


def test_ten_parameters_keep_their_order_and_names_stay_names() -> None:
    many = request_document(outgoing(variables={str(n): f"v{n}" for n in range(11, 0, -1)}))
    assert [p["text"] for p in parameters(many)] == [f"v{n}" for n in range(1, 12)]
    named = request_document(outgoing(variables={"nombre": "Ana"}))
    assert parameters(named) == [{"type": "text", "parameter_name": "nombre", "text": "Ana"}]


@needs_examples
def test_every_field_sent_to_twilio_is_one_twilio_knows() -> None:
    api = json.loads((DATA / "twilio" / "twilio_api_v2010.json").read_bytes())
    post = api["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    known = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    sender = TwilioSms("https://api.example", "AC1", "t", status_url="https://x.example/s")
    assert set(sender.form(outgoing(channel=Channel.SMS, valid_for_s=99_999))) <= set(known)


def test_a_text_message_is_sent_without_costly_accents_and_dies_with_its_window() -> None:
    sender = TwilioSms("https://api.example", "AC1", "t", status_url="https://x.example/s?lane=1")
    last_day = outgoing(channel=Channel.SMS, text="Su último día", sender="MG1", valid_for_s=99_999)
    form = sender.form(last_day)
    assert form == {
        "To": "+525512345678",
        "MessagingServiceSid": "MG1",
        "Body": "Su ultimo dia",
        "StatusCallback": "https://x.example/s?lane=1&message_id=8c0e",
        "ValidityPeriod": "36000",
    }


def test_a_mail_carries_our_id_one_click_unsubscribe_and_no_injected_header() -> None:
    mail = mail_document(
        outgoing(
            to="ana@correo.example",
            subject="Estado de cuenta\r\nBcc: otro@x.example",
            html="<p>Hola</p>",
            unsubscribe_url="https://x.example/baja/8c0e",
        ),
        "Financiera Aurora",
    )
    assert mail["Message-ID"] == "<8c0e@acreedor.example>"
    assert mail["List-Unsubscribe"] == "<https://x.example/baja/8c0e>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Bcc"] is None and mail["From"] == "Financiera Aurora <cobranza@acreedor.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("address", ["sin-arroba", "ana@correo.example\nBcc: x@y.example", ""])
def test_an_impossible_address_is_a_wrong_number_before_anything_is_sent(address: str) -> None:
    async def scene() -> object:
        sender = SmtpEmail("smtp://127.0.0.1:1")
        outcome = await sender.send(outgoing(to=address))
        await sender.close()
        return outcome

    outcome = asyncio.run(scene())
    assert isinstance(outcome, NotAccepted) and outcome.action is Action.WRONG_NUMBER


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "131047", Action.WINDOW_CLOSED),
        (400, "132015", Action.STOP_TEMPLATE),
        (400, "131056", Action.RETRY_PERSON_LATER),
        (403, "200", Action.STOP_CHANNEL),
        (429, "", Action.SLOW_DOWN),
        (503, "", Action.RETRY_LATER),
        (503, "131016", Action.RETRY_LATER),
        (400, "", Action.AUTHOR_ERROR),
        (400, "999999", Action.AUTHOR_ERROR),
        (401, "", Action.STOP_CHANNEL),
        (302, "", Action.STOP_CHANNEL),
    ],
)
def test_a_certain_refusal_says_what_to_do(status: int, code: str, expected: Action) -> None:
    outcome = judge_error("whatsapp", Answer(status, None, 0.0), code, "")
    assert isinstance(outcome, NotAccepted) and outcome.action is expected


@pytest.mark.parametrize(("status", "code"), [(500, "131000"), (500, ""), (502, ""), (504, "1"), (408, "")])
def test_a_server_error_after_the_body_is_unknown(status: int, code: str) -> None:
    assert isinstance(judge_error("whatsapp", Answer(status, None, 0.0), code, ""), Unknown)


def test_the_longer_of_two_pauses_is_kept() -> None:
    assert refusal("whatsapp", "131056", "", retry_after_s=2).retry_after_s == 6
    assert refusal("whatsapp", "131056", "", retry_after_s=60).retry_after_s == 60


@pytest.mark.parametrize("provider", ["whatsapp", "twilio", "smtp"])
def test_every_code_has_a_meaning_and_stands_once(provider: str) -> None:
    assert all(error.meaning for error in error_table(provider).values())


def parameters(document: dict[str, object]) -> list[dict[str, str]]:
    template = document["template"]
    assert isinstance(template, dict)
    (component,) = template["components"]
    return list(component["parameters"])
