"""Webhooks in the providers' own shapes: Meta's JSON with its signature, Twilio's form with its own."""

import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import orjson

from channels.provider_errors import error_table
from channels.simulator.behaviour import Happening
from channels.simulator.chance import digest

BUSINESS_ACCOUNT_ID = "419561257915477"
ACCOUNT_SID = "AC" + "5" * 32
FORM = "application/x-www-form-urlencoded"


class Item(NamedTuple):
    """One thing to tell: a status of a message of ours, or words a person sent (``state`` reply)."""

    business_at: float
    channel: str
    provider_id: str
    message_id: str
    sender: str
    to: str
    state: str
    code: str = ""
    text: str = ""
    kind: str = "text"
    payload: str = ""
    in_reply_to: str = ""
    url: str = ""

    def becoming(self, happening: Happening) -> "Item":
        """The same message at a later stage; a reply is a new message that answers it."""
        is_reply = happening.state == "reply"
        return Item(
            business_at=self.business_at + happening.after_s,
            channel=self.channel,
            provider_id=f"{self.provider_id[:-1]}r" if is_reply else self.provider_id,
            message_id=self.message_id,
            sender=self.sender,
            to=self.to,
            state=happening.state,
            code=happening.code,
            text=happening.text,
            in_reply_to=self.provider_id if is_reply else "",
            url=self.url,
        )


class Named(NamedTuple):
    """How Meta names people: with ids of its own beside the numbers, or without any number."""

    user_ids: bool = False
    hide_numbers: bool = False

    def contact(self, item: Item) -> dict[str, object]:
        """The contact of one item."""
        number = item.to.removeprefix("+")
        contact: dict[str, object] = {"profile": {"name": f"Persona {number[-4:]}"}}
        if not self.hide_numbers:
            contact["wa_id"] = number
        return contact | {"user_id": user_id_of(number)} if self.user_ids else contact

    def sender(self, item: Item) -> dict[str, object]:
        """Who a message is from."""
        number = item.to.removeprefix("+")
        told: dict[str, object] = {} if self.hide_numbers else {"from": number}
        return told | {"from_user_id": user_id_of(number)} if self.user_ids else told


def user_id_of(number: str) -> str:
    """The provider's own name of whoever has a number."""
    return f"MX.{int.from_bytes(digest(0, 'user', number)[:6], 'big')}"


NUMBERS_ONLY = Named()


def meta_post(
    url: str, items: Sequence[Item], app_secret: str, named: Named = NUMBERS_ONLY
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one batched post: one change per phone number, as Meta groups them."""
    by_sender: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.state != "change":
            by_sender[item.sender].append(item)
    changes = [_meta_change(sender, theirs, named) for sender, theirs in by_sender.items()]
    changes += [{"field": i.kind, "value": orjson.loads(i.text)} for i in items if i.state == "change"]
    entry: dict[str, object] = {"id": BUSINESS_ACCOUNT_ID, "changes": changes}
    if not by_sender:
        entry["time"] = int(items[0].business_at)
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}


def twilio_post(url: str, items: Sequence[Item], auth_token: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one Twilio callback; Twilio never batches."""
    (item,) = items
    form = _twilio_reply(item) if item.state == "reply" else _twilio_status(item)
    signed = url + "".join(key + form[key] for key in sorted(form))
    mac = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {"Content-Type": FORM, "X-Twilio-Signature": base64.b64encode(mac).decode()}
    return urlencode(form).encode(), headers


def _meta_change(sender: str, items: Sequence[Item], named: Named) -> dict[str, object]:
    value: dict[str, object] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": sender},
    }
    replies = [item for item in items if item.state == "reply"]
    statuses = [item for item in items if item.state != "reply"]
    if replies or named.user_ids:
        value["contacts"] = [named.contact(item) for item in (replies if replies else statuses)]
    if replies:
        value["messages"] = [_meta_message(item, named) for item in replies]
    if statuses:
        value["statuses"] = [_meta_status(item) for item in statuses]
    return {"value": value, "field": "messages"}


def _meta_message(item: Item, named: Named) -> dict[str, object]:
    message: dict[str, object] = {
        **named.sender(item),
        "id": item.provider_id,
        "timestamp": str(int(item.business_at)),
        "type": item.kind,
    }
    if item.kind == "button":
        message["button"] = {"payload": item.payload or item.text, "text": item.text}
    elif item.kind == "interactive":
        pressed = {"id": item.payload or item.text, "title": item.text}
        message["interactive"] = {"type": "button_reply", "button_reply": pressed}
    else:
        message["text"] = {"body": item.text}
    if item.in_reply_to:
        message["context"] = {"from": "15550783881", "id": item.in_reply_to}
    return message


def _meta_status(item: Item) -> dict[str, object]:
    status: dict[str, object] = {
        "id": item.provider_id,
        "status": item.state,
        "timestamp": str(int(item.business_at)),
        "recipient_id": item.to.removeprefix("+"),
    }
    if item.message_id:
        status["biz_opaque_callback_data"] = item.message_id
    if item.state == "failed":
        known = error_table("whatsapp").get(item.code)
        meaning = known.meaning if known else "error"
        status["errors"] = [
            {
                "code": int(item.code),
                "title": meaning,
                "message": meaning,
                "error_data": {"details": meaning},
            }
        ]
    else:
        status["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "category": "utility",
            "type": "regular",
        }
    return status


def _twilio_status(item: Item) -> dict[str, str]:
    state = "undelivered" if item.state == "failed" else item.state
    prefix = _prefix(item)
    form = _twilio_ids(item) | {
        "From": prefix + item.sender,
        "To": prefix + item.to,
        "MessageStatus": state,
        "SmsStatus": state,
    }
    return form | {"ErrorCode": item.code} if item.code else form


def _twilio_reply(item: Item) -> dict[str, str]:
    prefix = _prefix(item)
    return _twilio_ids(item) | {
        "From": prefix + item.to,
        "To": prefix + item.sender,
        "Body": item.text,
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": "1",
    }


def _prefix(item: Item) -> str:
    return "whatsapp:" if item.channel == "whatsapp" else ""


def _twilio_ids(item: Item) -> dict[str, str]:
    sid = item.provider_id
    return {"AccountSid": ACCOUNT_SID, "ApiVersion": "2010-04-01", "MessageSid": sid, "SmsSid": sid}
