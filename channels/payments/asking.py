"""Asks a provider of payments over HTTP, and says what is certain about its answer.

Each request that moves or promises money carries a key, so whatever is not certain may be asked again:
silence, a dropped connection, 5xx, 408, 409 (the same key is being worked) and 429 are
``PaymentUnknown``; any other 4xx is ``PaymentRefused``, with the provider's own words. Keys and tokens
stand in headers only and are in no message.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from channels.payments.port import PaymentRefused, PaymentUnknown

TIMEOUT_S = 10.0
NOT_CERTAIN = frozenset({408, 409, 425, 429})
LONGEST_REASON = 300

Document = dict[str, Any]


class Asking:
    """One account of one provider; ``name`` is what people call it. Connections are kept."""

    def __init__(self, name: str, base_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def get(
        self, path: str, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> Document | None:
        """Read one resource; ``None`` when there is none."""
        return self._ask("GET", path, headers, missing_is_none=True, params=query)

    def send(
        self,
        path: str,
        headers: Mapping[str, str],
        *,
        document: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Document:
        """Post a JSON document or a form; the answer's document, empty when it has none."""
        body: dict[str, Any] = {"data": dict(form)} if form is not None else {"json": document or {}}
        return self._ask(method, path, headers, **body) or {}

    def sign_in(self, path: str, login: tuple[str, str], form: Mapping[str, str]) -> Document:
        """Ask for a token with a user and a password."""
        return self._ask("POST", path, {}, auth=login, data=dict(form)) or {}

    def fetch(self, url: str) -> bytes:
        """The bytes behind an address that was checked."""
        try:
            answer = self._client.get(url)
        except httpx.HTTPError as trouble:
            raise self._unknown(type(trouble).__name__) from trouble
        if answer.status_code != 200:
            raise self._unknown(f"HTTP {answer.status_code}")
        return answer.content

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        missing_is_none: bool = False,
        **body: Any,
    ) -> Document | None:
        try:
            answer = self._client.request(method, self.base_url + path, headers=dict(headers), **body)
        except httpx.HTTPError as trouble:
            raise self._unknown(type(trouble).__name__) from trouble
        status = answer.status_code
        if status == 404 and missing_is_none:
            return None
        said = _document(answer.content)
        if status in (401, 403):
            raise self._unknown(f"HTTP {status}: revise las llaves de {self.name}")
        if 400 <= status < 500 and status not in NOT_CERTAIN:
            raise PaymentRefused(
                f"{self.name} no lo acepta: {_reason(said)}"[:LONGEST_REASON],
                place=path,
                hint=f"HTTP {status}",
            )
        if said is None and answer.content.strip():
            raise self._unknown("una respuesta que no se entiende")
        if not 200 <= status < 300:
            raise self._unknown(f"HTTP {status}")
        return said

    def _unknown(self, why: str) -> PaymentUnknown:
        return PaymentUnknown(f"{self.name} no dio una respuesta cierta", place=self.name, hint=why)


def _document(raw: bytes) -> Document | None:
    """The JSON object of an answer, its numbers exact."""
    try:
        said = json.loads(raw, parse_float=Decimal)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _reason(said: Document | None) -> str:
    """The provider's own words for a refusal, wherever it puts them."""
    if said is None:
        return "sin decir por qué"
    error = said.get("error")
    inner = error.get("message") if isinstance(error, dict) else None
    details = said.get("details")
    first = details[0].get("issue") if isinstance(details, list) and details else None
    return str(inner or first or said.get("message") or said.get("name") or error or "sin decir por qué")
