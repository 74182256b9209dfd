"""Posts one HTTP request once and says what is certain about it.

The rule (what a duplicate costs is a broken law, what a lost reminder costs is little):

* nothing of the body was written: not accepted, safe to try again;
* 429, and 503, are documented as "not accepted": later, after ``Retry-After``;
* any other 5xx, a timeout or a dropped connection after the body was written: unknown;
* 2xx to 4xx answers are handed to the adapter, which knows its provider's words.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import orjson
from aiohttp.abc import AbstractStreamWriter

from channels.port import Action, NotAccepted, Outcome, Unknown
from channels.provider_errors import is_certain, refusal
from engine.errors import ServiceError

DEFAULT_TIMEOUT = aiohttp.ClientTimeout(total=30.0, connect=2.0)
"""``connect`` bounds the wait for a connection: what waits longer is older than its guard allows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said, and its JSON when it is an object."""

    status: int
    document: dict[str, object] | None
    retry_after_s: float


class WitnessedBody(aiohttp.BytesPayload):
    """A request body that remembers whether any of it was handed to the connection."""

    begun = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self.begun = True
        await super().write_with_length(writer, content_length)


async def post_once(
    session: aiohttp.ClientSession, url: str, body: bytes, content_type: str, headers: Mapping[str, str]
) -> Answer | NotAccepted | Unknown:
    """Post ``body`` and read the answer; network trouble becomes an outcome, never an exception."""
    witness = WitnessedBody(body, content_type=content_type)
    try:
        return await _post(session, url, witness, headers)
    except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
        reason = f"{type(trouble).__name__}: {trouble}"
        if witness.begun:
            return Unknown(reason)
        return NotAccepted("connection", reason, Action.RETRY_LATER)


async def post_form(
    session: aiohttp.ClientSession, url: str, form: aiohttp.FormData, headers: Mapping[str, str]
) -> Answer | Unknown:
    """Post a form with files; for uploads, which may be repeated: network trouble says only that."""
    try:
        return await _post(session, url, form, headers)
    except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
        return Unknown(f"{type(trouble).__name__}: {trouble}")


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    query: Mapping[str, str] | None = None,
    document: object = None,
) -> Answer:
    """One request of administration, never of a message; ``ServiceError`` when nobody answers."""
    body = None if document is None else orjson.dumps(document)
    told = dict(headers) | ({"Content-Type": "application/json"} if body else {})
    try:
        async with session.request(
            method, url, params=query, data=body, headers=told, allow_redirects=False
        ) as response:
            return Answer(response.status, _document(await response.read()), 0.0)
    except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
        raise ServiceError(
            "the provider does not answer", hint=type(trouble).__name__, code="provider.unreachable"
        ) from trouble


async def _post(
    session: aiohttp.ClientSession,
    url: str,
    data: WitnessedBody | aiohttp.FormData,
    headers: Mapping[str, str],
) -> Answer:
    async with session.post(url, data=data, headers=headers, allow_redirects=False) as response:
        raw = await response.read()
        return Answer(response.status, _document(raw), _retry_after(response.headers.get("Retry-After")))


def judge_error(provider: str, answer: Answer, code: str, reason: str) -> Outcome:
    """The outcome of an answer that is not an acceptance; ``code`` is empty when it named none."""
    status = answer.status
    if code and (status < 500 or is_certain(provider, code)) and status != 408:
        return refusal(provider, code, reason, retry_after_s=answer.retry_after_s)
    if status in (429, 503):
        action = Action.SLOW_DOWN if status == 429 else Action.RETRY_LATER
        return NotAccepted(f"http.{status}", reason or "busy", action, answer.retry_after_s)
    if status in (401, 403, 404) or 300 <= status < 400:
        return NotAccepted(f"http.{status}", reason or "wrong address or key", Action.STOP_CHANNEL)
    if 400 <= status < 500 and status != 408:
        return NotAccepted(f"http.{status}", reason or "bad request", Action.AUTHOR_ERROR)
    return Unknown(f"HTTP {status} {code or 'without a readable answer'} {reason}".strip())


def open_session(timeout: aiohttp.ClientTimeout, connections: int) -> aiohttp.ClientSession:
    """A session that keeps connections open and follows neither cookies nor environment proxies."""
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=15.0)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


class SessionHolder:
    """Opens the session at the first use, inside the running loop, and closes it once."""

    def __init__(self, timeout: aiohttp.ClientTimeout, connections: int) -> None:
        self._timeout = timeout
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The one session of this sender."""
        if self._session is None:
            self._session = open_session(self._timeout, self._connections)
        return self._session

    async def close(self) -> None:
        """Close the session and let its sockets go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)


def _document(raw: bytes) -> dict[str, object] | None:
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _retry_after(header: str | None) -> float:
    """Seconds of a ``Retry-After`` header; its date form is left to the caller's own pauses."""
    try:
        seconds = float(header or 0)
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
