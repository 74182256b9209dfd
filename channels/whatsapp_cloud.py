"""WhatsApp through Meta's Cloud API: messages and media out, signatures and subscriptions checked."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping

import aiohttp
import orjson

from channels.port import Accepted, Action, Attachment, NotAccepted, Outcome, Outgoing, Unknown
from channels.posting import DEFAULT_TIMEOUT, Answer, SessionHolder, judge_error, post_form, post_once
from channels.whatsapp_requests import LARGEST_ATTACHMENT, beyond_limits, request_document, too_heavy

PROVIDER = "whatsapp"
LONGEST_UPLOAD_S = 0.5
"""A longer upload outlives the guard's word: the message goes the next time, with the file kept there."""

UPLOADS_KEPT = 10_000


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
        self._uploads: OrderedDict[tuple[str, bytes], str] = OrderedDict()

    async def send(self, message: Outgoing) -> Outcome:
        """Post one message; the answer's ``wamid`` is the provider id. A file is uploaded before."""
        if refused := beyond_limits(message):
            return refused
        began = time.monotonic()
        media = await self._media_of(message)
        if isinstance(media, NotAccepted):
            return media
        if time.monotonic() - began > LONGEST_UPLOAD_S:
            return NotAccepted("media.slow", "the file took long to upload", Action.RETRY_LATER)
        url = f"{self._base_url}/{message.sender}/messages"
        body = orjson.dumps(request_document(message, media))
        answer = await post_once(self._holder.session(), url, body, "application/json", self._headers)
        return judge(answer) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        """Give back connections."""
        await self._holder.close()

    async def upload(self, sender: str, attachment: Attachment) -> str | NotAccepted:
        """Upload a file for one of our numbers; its media id, good for thirty days at Meta."""
        content = attachment.data()
        if len(content) > LARGEST_ATTACHMENT:
            return too_heavy(len(content))
        key = (sender, hashlib.sha256(content).digest())
        if known := self._uploads.get(key):
            return known
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": attachment.media_type})
        form.add_field("file", content, filename=attachment.name, content_type=attachment.media_type)
        url = f"{self._base_url}/{sender}/media"
        answer = await post_form(self._holder.session(), url, form, self._headers)
        if not isinstance(answer, Answer):
            return NotAccepted("media.upload", answer.reason, Action.MEDIA_FAILED)
        media_id = (answer.document or {}).get("id")
        if answer.status >= 300 or not isinstance(media_id, str):
            return _upload_refused(answer)
        self._uploads[key] = media_id
        if len(self._uploads) > UPLOADS_KEPT:
            self._uploads.popitem(last=False)
        return media_id

    async def _media_of(self, message: Outgoing) -> str | NotAccepted:
        """The id of the file that goes along; empty without one, or when Meta fetches it from a link."""
        for attachment in message.attachments:
            if not (attachment.media_id or attachment.link):
                return await self.upload(message.sender, attachment)
        return ""


def _upload_refused(answer: Answer) -> NotAccepted:
    """Nothing was sent, whatever the answer; a wrong key or account stays what it is."""
    refused = judge(answer)
    if isinstance(refused, NotAccepted) and refused.action is Action.STOP_CHANNEL:
        return refused
    return NotAccepted("media.upload", f"HTTP {answer.status}", Action.MEDIA_FAILED)


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
    """The challenge to echo when Meta subscribes a webhook; ``None`` refuses, also when no token is set."""
    offered = query.get("hub.verify_token", "")
    is_ours = hmac.compare_digest(offered.encode(), verify_token.encode())
    if not verify_token or query.get("hub.mode") != "subscribe" or not is_ours:
        return None
    return query.get("hub.challenge", "")
