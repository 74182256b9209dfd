"""The one way the screens reach the service: its HTTP API, as a signed-in person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from engine.errors import CadenciaError, ServiceError

PATIENCE_S = 30.0
MOST_PAGES = 40


class ApiProblemError(CadenciaError):
    """What the API refused, with its HTTP status and what a validator found."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(
            str(body.get("detail", "")),
            code=str(body.get("code", f"http.{status}")),
            place=str(body.get("place", "")),
            hint=str(body.get("hint", "")),
        )
        self.status = status
        self.findings: list[Mapping[str, Any]] = list(body.get("findings", ()))


@dataclass(frozen=True)
class Answer:
    """A body and the ETag it came with, empty when there was none."""

    body: Any
    etag: str = ""


class Client:
    """Speaks to one API; without a token only to sign in."""

    def __init__(self, http: httpx.Client, token: str = "") -> None:
        self._http = http
        self._token = token

    @property
    def token(self) -> str:
        """What it signs its requests with; empty before the sign-in."""
        return self._token

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        if_match: str = "",
        files: Mapping[str, Any] | None = None,
    ) -> Answer:
        """One request; raises ``ApiProblemError`` for a refusal, ``ServiceError`` for a silent API."""
        answer = self._answer(method, path, json=json, query=query, if_match=if_match, files=files)
        return Answer(_body(answer) if answer.content else None, answer.headers.get("ETag", ""))

    def _answer(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        if_match: str = "",
        files: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        headers = {"If-Match": if_match} if if_match else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        told = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        try:
            answer = self._http.request(method, path, json=json, params=told, headers=headers, files=files)
        except httpx.HTTPError as silence:
            raise ServiceError(f"the API does not answer: {silence}", place=path) from silence
        if answer.is_error:
            raise ApiProblemError(answer.status_code, _body(answer))
        return answer

    def download(self, path: str, **query: Any) -> bytes:
        """The bytes of a file."""
        return self._answer("GET", path, query=query).content

    def get(self, path: str, **query: Any) -> Any:
        """The body of a GET."""
        return self.ask("GET", path, query=query).body

    def post(self, path: str, json: Any = None) -> Any:
        """The body of a POST's answer."""
        return self.ask("POST", path, json=json).body

    def every(self, path: str, **query: Any) -> list[Any]:
        """All items of a paged list, up to :data:`MOST_PAGES` pages."""
        items: list[Any] = []
        after = ""
        for _ in range(MOST_PAGES):
            page = self.get(path, after=after, **query)
            items += page["items"]
            after = page.get("next") or ""
            if not after:
                break
        return items

    def routes(self) -> frozenset[str]:
        """The paths the service offers, as patterns: ``/v1/portfolios/{portfolio}/strategies``."""
        return frozenset(self.get("/openapi.json")["paths"])


def open_client(url: str, token: str = "") -> Client:
    """A client of the API at an address, with connections of its own."""
    return Client(httpx.Client(base_url=url, timeout=PATIENCE_S), token)


def path(*parts: str) -> str:
    """A path whose parts may hold anything.

    >>> path("portfolios", "banco uno", "strategies")
    '/v1/portfolios/banco%20uno/strategies'
    """
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {"detail": answer.text[:300]}
