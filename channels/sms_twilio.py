"""SMS and WhatsApp through Twilio's REST API: sends, signed status callbacks and replies.

Twilio takes no idempotency key, so our id travels in the query of the status callback address. Its
WhatsApp addresses carry a prefix, and its templates go by an id of their own (``ContentSid``).
"""

import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit, urlunsplit

import aiohttp
import orjson

from channels.port import (
    Accepted,
    Action,
    InboundReply,
    NotAccepted,
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
from channels.sms_text import transliterate
from engine.vocabulary import Channel

PROVIDER = "twilio"
FORM = "application/x-www-form-urlencoded"
LONGEST_VALIDITY_S = 36_000
LONGEST_BODY = 1600
PREFIX = "whatsapp:"
STATES: Mapping[str, StatusState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
    "partially_delivered": "sent",
}
ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "receiving"})


class TwilioSms:
    """Sends through one Twilio account. ``message.sender`` is a number or a messaging service (MG...).

    ``status_url`` is where Twilio reports; our message id is added to its query. With
    ``plain_letters`` accents that would double the segments are replaced (``á`` by ``a``).
    """

    def __init__(
        self,
        base_url: str,
        account_sid: str,
        auth_token: str,
        *,
        status_url: str = "",
        plain_letters: bool = True,
        timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT,
        connections: int = 50,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(account_sid, auth_token)}
        self._status_url = status_url
        self._plain_letters = plain_letters
        self._holder = SessionHolder(timeout, connections)

    async def send(self, message: Outgoing) -> Outcome:
        """Post one message; the answer's ``sid`` is the provider id."""
        if refused := beyond_limits(message):
            return refused
        body = urlencode(self.form(message)).encode()
        answer = await post_once(self._holder.session(), self._url, body, FORM, self._headers)
        return judge(answer) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        """Give back connections."""
        await self._holder.close()

    def form(self, message: Outgoing) -> dict[str, str]:
        """The form fields of the request (Twilio OpenAPI, 2010-04-01)."""
        prefix = PREFIX if message.channel is Channel.WHATSAPP else ""
        is_service = message.sender.startswith("MG")
        lane = "MessagingServiceSid" if is_service else "From"
        form = {
            "To": f"{prefix}{message.to}",
            lane: message.sender if is_service else f"{prefix}{message.sender}",
        }
        form |= self._content(message)
        if self._status_url:
            form["StatusCallback"] = with_message_id(self._status_url, message.message_id)
        if message.valid_for_s > 0:
            form["ValidityPeriod"] = str(min(message.valid_for_s, LONGEST_VALIDITY_S))
        return form

    def _content(self, message: Outgoing) -> dict[str, str]:
        if message.channel is not Channel.WHATSAPP:
            return {"Body": transliterate(message.text) if self._plain_letters else message.text}
        link = message.attachments[0].link if message.attachments else ""
        if not message.template:
            return {"Body": message.text} | ({"MediaUrl": link} if link else {})
        content = {"ContentSid": message.template_id}
        buttons = {f"button_{button.index + 1}": button.value for button in message.buttons}
        files = {"document": link} if link else {}
        if variables := {**message.variables, **buttons, **files}:
            content["ContentVariables"] = orjson.dumps(variables).decode()
        return content


def beyond_limits(message: Outgoing) -> NotAccepted | None:
    """What Twilio would refuse, said before anything is posted."""
    if message.template and message.channel is Channel.WHATSAPP:
        if not message.template_id:
            why = f"template {message.template} has no content id"
            return NotAccepted("template.unregistered", why, Action.STOP_TEMPLATE)
    elif len(message.text) > LONGEST_BODY:
        why = f"{len(message.text)} characters, Twilio takes {LONGEST_BODY}"
        return NotAccepted("limit.text", why, Action.AUTHOR_ERROR)
    if len(message.attachments) > 1 or any(not file.link for file in message.attachments):
        return NotAccepted("limit.attachment", "Twilio fetches files from an address", Action.AUTHOR_ERROR)
    if message.attachments and message.channel is not Channel.WHATSAPP:
        return NotAccepted("limit.attachment", "a text message carries no file", Action.AUTHOR_ERROR)
    return None


def judge(answer: Answer) -> Outcome:
    """What Twilio's answer means; an error carries ``code`` and ``message`` at its top."""
    document = answer.document or {}
    sid, code = document.get("sid"), document.get("code") or document.get("error_code")
    if code is None and answer.status < 300 and isinstance(sid, str) and sid:
        return Accepted(sid)
    if code is None and answer.status < 300:
        return Unknown(f"HTTP {answer.status} without a message id")
    return judge_error(PROVIDER, answer, str(code or ""), str(document.get("message") or ""))


def with_message_id(url: str, message_id: str) -> str:
    """The status address with our id in its query.

    >>> with_message_id("https://cobros.example/sms/status?lane=1", "m-1")
    'https://cobros.example/sms/status?lane=1&message_id=m-1'
    """
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}message_id={quote(message_id, safe='')}"


def verify_signature(auth_token: str, url: str, body: bytes, header: str) -> bool:
    """Whether ``X-Twilio-Signature`` signs this full address and body; constant time.

    HMAC-SHA1 of the address followed by every name and value in order of name; of the address alone when
    it names the SHA-256 of a body that is no form. Twilio sometimes signs the address with its port and
    sometimes without, so both are tried.
    """
    pairs: list[tuple[str, str]] = []
    digest = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
    if digest:
        if not hmac.compare_digest(digest.encode(), hashlib.sha256(body).hexdigest().encode()):
            return False
    else:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    matches = [
        hmac.compare_digest(_signature(auth_token, form, pairs), header.encode())
        for form in _with_and_without_port(url)
    ]
    return any(matches)


def is_whatsapp(body: bytes) -> bool:
    """Whether a callback is about WhatsApp rather than SMS: its addresses carry the prefix."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return any(form.get(side, "").startswith(PREFIX) for side in ("From", "To"))


def parse_webhook(url: str, body: bytes, received_at: float) -> list[Webhook]:
    """One status or one reply; Twilio dates neither, so ``received_at`` (epoch s) stands for when."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    state = form.get("MessageStatus") or form.get("SmsStatus", "")
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    if not sid:
        return [Unrecognised("sms", "no MessageSid", form)]
    if state == "received" or (not state and "Body" in form):
        return [_reply(form, sid, received_at)]
    if state in STATES:
        ours = parse_qs(urlsplit(url).query).get("message_id", [""])[0]
        return [_status(form, sid, ours, STATES[state], received_at)]
    if state in ON_ITS_WAY:
        return []
    return [Unrecognised("status", f"state {state!r}", form)]


def _status(
    form: Mapping[str, str], sid: str, ours: str, state: StatusState, received_at: float
) -> StatusUpdate:
    why = refusal(PROVIDER, form.get("ErrorCode", ""), form["MessageStatus"]) if state == "failed" else None
    return StatusUpdate(
        message_id=ours or None,
        provider_id=sid,
        state=state,
        at=received_at,
        recipient=_address(form.get("To", "")),
        code=why.code if why else "",
        reason=why.reason if why else "",
        action=why.action if why else None,
    )


def _reply(form: Mapping[str, str], sid: str, received_at: float) -> InboundReply:
    """What a person sent. A word by which Twilio itself stops its messages is a stop, whatever it was."""
    pressed = form.get("ButtonPayload") or form.get("ListId") or ""
    kind = "button" if pressed else "media" if form.get("NumMedia", "0") != "0" else "text"
    return InboundReply(
        from_=_address(form.get("From", "")),
        to=_address(form.get("To", "")),
        text=form.get("ButtonText") or form.get("ListTitle") or form.get("Body", ""),
        kind=kind,
        provider_id=sid,
        at=received_at,
        in_reply_to=form.get("OriginalRepliedMessageSid", ""),
        payload="STOP" if form.get("OptOutType") == "STOP" else pressed,
        media_id=form.get("MediaUrl0", ""),
        media_type=form.get("MediaContentType0", ""),
    )


def _address(told: str) -> str:
    return told.removeprefix(PREFIX)


def _signature(auth_token: str, url: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    values: dict[str, set[str]] = defaultdict(set)
    for name, value in pairs:
        values[name].add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest())


def _with_and_without_port(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return (
        urlunsplit(parts._replace(netloc=host)),
        urlunsplit(parts._replace(netloc=f"{host}:{port}")),
    )
