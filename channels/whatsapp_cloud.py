"""WhatsApp through Meta's Cloud API: template and window messages out, statuses and replies in."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping

import aiohttp
import orjson

from channels.port import (
    Accepted,
    InboundReply,
    Outcome,
    Outgoing,
    StatusState,
    StatusUpdate,
    Unknown,
    Unrecognised,
    Webhook,
)
from channels.posting import DEFAULT_TIMEOUT, Answer, SessionHolder, judge_error, post_once
from channels.provider_errors import refusal

PROVIDER = "whatsapp"
STATES: Mapping[str, StatusState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
MEDIA = frozenset({"image", "document", "audio", "video", "sticker"})


class WhatsAppCloud:
    """Sends through one WhatsApp Business account.

    ``base_url`` ends with the API version, e.g. ``https://graph.facebook.com/v23.0``.
    """

    def __init__(
        self,
        base_url: str,
        access_token: str,
        *,
        timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT,
        connections: int = 100,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {access_token}"}
        self._holder = SessionHolder(timeout, connections)

    async def send(self, message: Outgoing) -> Outcome:
        """Post one message; the answer's ``wamid`` is the provider id."""
        url = f"{self._base_url}/{message.sender}/messages"
        body = orjson.dumps(request_document(message))
        answer = await post_once(self._holder.session(), url, body, "application/json", self._headers)
        return judge(answer) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        """Give back connections."""
        await self._holder.close()


def request_document(message: Outgoing) -> dict[str, object]:
    """The JSON of ``POST /{phone_number_id}/messages`` (Meta OpenAPI v23)."""
    document: dict[str, object] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to.removeprefix("+"),
        "biz_opaque_callback_data": message.message_id,
    }
    if message.in_reply_to:
        document["context"] = {"message_id": message.in_reply_to}
    if not message.template:
        return document | {"type": "text", "text": {"body": message.text, "preview_url": False}}
    template: dict[str, object] = {"name": message.template, "language": {"code": message.language}}
    if message.variables:
        template["components"] = [{"type": "body", "parameters": _parameters(message.variables)}]
    return document | {"type": "template", "template": template}


def judge(answer: Answer) -> Outcome:
    """What Meta's answer means; a 200 that carries an error is an error."""
    document = answer.document or {}
    error = document.get("error")
    if isinstance(error, dict):
        return judge_error(PROVIDER, answer, str(error.get("code", "")), str(error.get("message", "")))
    if answer.status >= 300:
        return judge_error(PROVIDER, answer, "", "")
    match document.get("messages"):
        case [{"id": str(provider_id)}, *_] if provider_id:
            return Accepted(provider_id)
    return Unknown(f"HTTP {answer.status} without a message id")


def verify_signature(app_secret: str, body: bytes, header: str) -> bool:
    """Whether ``X-Hub-Signature-256`` signs these raw bytes; compared in constant time."""
    expected = "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.encode())


def verify_subscription(query: Mapping[str, str], verify_token: str) -> str | None:
    """The challenge to echo when Meta subscribes a webhook; ``None`` refuses."""
    offered = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(
        offered.encode(), verify_token.encode()
    ):
        return None
    return query.get("hub.challenge", "")


def parse_webhook(body: bytes) -> list[Webhook]:
    """Everything one webhook post says, in its order; what is not understood comes out as such."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as trouble:
        return [Unrecognised("body", f"not JSON: {trouble}")]
    changes = list(_changes(document))
    if not changes:
        return [Unrecognised("body", "no entry with changes", _as_object(document))]
    return [item for change in changes for item in _items_of(change)]


def _parameters(variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Positional when every key is a number, else named."""
    if all(key.isdigit() for key in variables):
        ordered = sorted(variables, key=int)
        return [{"type": "text", "text": variables[key]} for key in ordered]
    return [{"type": "text", "parameter_name": key, "text": text} for key, text in variables.items()]


def _changes(document: object) -> Iterator[Mapping[str, object]]:
    for entry in _objects(_as_object(document).get("entry")):
        yield from _objects(entry.get("changes"))


def _items_of(change: Mapping[str, object]) -> Iterator[Webhook]:
    value = _as_object(change.get("value"))
    statuses, messages = _objects(value.get("statuses")), _objects(value.get("messages"))
    our_number = str(_as_object(value.get("metadata")).get("phone_number_id", ""))
    for status in statuses:
        yield _status(status)
    names = [str(contact.get("user_id", "")) for contact in _objects(value.get("contacts"))]
    for message in messages:
        yield _reply(message, our_number, names[0] if names else "")
    if not statuses and not messages:
        yield Unrecognised(str(change.get("field", "change")), "not a message or a status", change)


def _status(status: Mapping[str, object]) -> Webhook:
    state = STATES.get(str(status.get("status")))
    try:
        at = float(str(status["timestamp"]))
        provider_id = str(status["id"])
    except (KeyError, ValueError) as trouble:
        return Unrecognised("status", f"{type(trouble).__name__}: {trouble}", status)
    if state is None:
        return Unrecognised("status", f"state {status.get('status')!r}", status)
    ours = status.get("biz_opaque_callback_data")
    update = StatusUpdate(
        message_id=str(ours) if ours else None,
        provider_id=provider_id,
        state=state,
        at=at,
        recipient=_e164(status.get("recipient_id")),
        price_category=str(_as_object(status.get("pricing")).get("category", "")),
    )
    return _with_error(update, status) if state == "failed" else update


def _with_error(update: StatusUpdate, status: Mapping[str, object]) -> StatusUpdate:
    errors = _objects(status.get("errors"))
    first = errors[0] if errors else {}
    details = _as_object(first.get("error_data")).get("details") or first.get("title") or ""
    why = refusal(PROVIDER, str(first.get("code", "")), str(details))
    return StatusUpdate(
        update.message_id,
        update.provider_id,
        "failed",
        update.at,
        recipient=update.recipient,
        code=why.code,
        reason=why.reason,
        action=why.action,
        price_category=update.price_category,
    )


def _reply(message: Mapping[str, object], our_number: str, user_id: str) -> Webhook:
    """The number may be absent since 2026: then the provider's user id stands for the person."""
    kind = str(message.get("type", "unknown"))
    try:
        at, provider_id = float(str(message["timestamp"])), str(message["id"])
    except (KeyError, ValueError) as trouble:
        return Unrecognised(kind, f"{type(trouble).__name__}: {trouble}", message)
    if kind in ("system", "unsupported", "unknown"):
        return Unrecognised(kind, "not something a person wrote", message)
    said = _as_object(message.get(kind))
    text, payload = _words(kind, said)
    return InboundReply(
        from_=_e164(message.get("from")) or str(message.get("from_user_id") or user_id),
        to=our_number,
        text=text,
        kind=kind,
        provider_id=provider_id,
        at=at,
        in_reply_to=str(_as_object(message.get("context")).get("id") or said.get("message_id") or ""),
        payload=payload,
        media_id=str(said.get("id", "")) if kind in MEDIA else "",
        media_type=str(said.get("mime_type", "")) if kind in MEDIA else "",
    )


def _words(kind: str, said: Mapping[str, object]) -> tuple[str, str]:
    """The words a person sent and the payload of what they pressed."""
    if kind == "text":
        return str(said.get("body", "")), ""
    if kind == "button":
        return str(said.get("text", "")), str(said.get("payload", ""))
    if kind == "interactive":
        pressed = _as_object(said.get(str(said.get("type"))))
        return str(pressed.get("title") or pressed.get("body") or ""), str(
            pressed.get("id") or pressed.get("response_json") or ""
        )
    if kind == "reaction":
        return str(said.get("emoji", "")), ""
    return str(said.get("caption") or said.get("text") or ""), ""


def _e164(number: object) -> str:
    return f"+{number}" if number and str(number).isdigit() else str(number or "")


def _as_object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
