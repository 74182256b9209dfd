"""Text messages through Twilio's REST API: sends, signed status callbacks and replies.

Twilio takes no idempotency key, so our id travels in the query of the status callback address.
"""

import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit, urlunsplit

import aiohttp

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
from channels.sms_text import transliterate

PROVIDER = "twilio"
FORM = "application/x-www-form-urlencoded"
LONGEST_VALIDITY_S = 36_000
STATES: Mapping[str, StatusState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending"})


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
        body = urlencode(self.form(message)).encode()
        answer = await post_once(self._holder.session(), self._url, body, FORM, self._headers)
        return judge(answer) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        """Give back connections."""
        await self._holder.close()

    def form(self, message: Outgoing) -> dict[str, str]:
        """The form fields of the request (Twilio OpenAPI, 2010-04-01)."""
        text = transliterate(message.text) if self._plain_letters else message.text
        lane = "MessagingServiceSid" if message.sender.startswith("MG") else "From"
        form = {"To": message.to, lane: message.sender, "Body": text}
        if self._status_url:
            form["StatusCallback"] = with_message_id(self._status_url, message.message_id)
        if message.valid_for_s > 0:
            form["ValidityPeriod"] = str(min(message.valid_for_s, LONGEST_VALIDITY_S))
        return form


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
    """Whether ``X-Twilio-Signature`` signs this full address and form; constant time.

    HMAC-SHA1 of the address followed by every name and value in order of name; Twilio sometimes signs
    the address with its port and sometimes without, so both are tried.
    """
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    matches = [
        hmac.compare_digest(_signature(auth_token, form, pairs), header.encode())
        for form in _with_and_without_port(url)
    ]
    return any(matches)


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
        recipient=form.get("To", ""),
        code=why.code if why else "",
        reason=why.reason if why else "",
        action=why.action if why else None,
    )


def _reply(form: Mapping[str, str], sid: str, received_at: float) -> InboundReply:
    has_media = form.get("NumMedia", "0") != "0"
    return InboundReply(
        from_=form.get("From", ""),
        to=form.get("To", ""),
        text=form.get("Body", ""),
        kind="media" if has_media else "text",
        provider_id=sid,
        at=received_at,
        media_id=form.get("MediaUrl0", ""),
        media_type=form.get("MediaContentType0", ""),
    )


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
