"""Asks the resident process: one HTTP connection kept, and its refusals raised as they were."""

from collections.abc import Mapping
from typing import Any

import httpx

from api.access.sessions import derive
from engine.errors import CadenciaError, ServiceError

PATIENCE_S = 30.0
TOKEN_HEADER = "X-Cadencia-Resident"


class WhatIfClient:
    """The resident at an address, as :class:`api.what_if.resident.WhatIf`."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url, timeout=httpx.Timeout(PATIENCE_S, connect=2.0), headers={TOKEN_HEADER: token}
        )

    def figures(
        self, portfolio: str, document: Mapping[str, Any], choices: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The figures of a draft."""
        return self._ask("/figures", portfolio=portfolio, document=document, choices=choices)

    def walk(self, portfolio: str, document: Mapping[str, Any], account: str) -> dict[str, Any]:
        """One account through a draft."""
        return self._ask("/walk", portfolio=portfolio, document=document, account=account)

    def _ask(self, path: str, **said: Any) -> dict[str, Any]:
        try:
            answer = self._client.post(path, json=said)
        except httpx.HTTPError as silent:
            raise ServiceError(
                "the what-if process does not answer", hint=str(silent), code="service.what_if"
            ) from silent
        told: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise CadenciaError(
                told.get("detail", "the what-if failed"),
                place=told.get("place", ""),
                hint=told.get("hint", ""),
                code=told.get("code", "service.what_if"),
            )
        return told


def resident_token(key: bytes) -> str:
    """What the API and the resident know each other by, from the installation's key."""
    return derive(key, b"cadencia.resident").hex()
