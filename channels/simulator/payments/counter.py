"""The counter every simulated provider serves at: the till, idempotency keys, and faults on demand."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson
from aiohttp import web

from channels.simulator.faults import FaultBox
from channels.simulator.intake import NOT_ACCEPTING, STATUS
from channels.simulator.payments.bell import CHANNEL, Announcement
from channels.simulator.payments.till import Happening, Page, Payment, Till

Said = tuple[int, Mapping[str, Any] | None]
"""What a provider answers: the status, and a JSON document."""

GARBAGE = b'{"id": "'


class House(Protocol):
    """One simulated provider."""

    name: str
    notify_url: str

    def routes(self) -> list[web.RouteDef]:
        """Its API."""
        ...

    def new_payment_id(self) -> str:
        """What it would call the next payment."""
        ...

    def announce(self, page: Page, payment: Payment | None, what: Happening) -> Announcement | None:
        """Its signed webhook for what happened; ``None`` where it says nothing."""
        ...

    def forge(self, page: Page) -> Announcement:
        """What somebody else would post in its name."""
        ...


class Counter:
    """What the providers share."""

    def __init__(self, till: Till, faults: FaultBox) -> None:
        self.till = till
        self._faults = faults
        self._answers: dict[tuple[str, str], tuple[bytes, Said]] = {}

    async def serve(
        self, request: web.Request, provider: str, key: str, said: bytes, do: Callable[[], Said]
    ) -> web.Response:
        """Do what a request asks, once per key, and answer as well as the faults in force allow."""
        latency_s, fault = self._faults.answer(CHANNEL, provider, request.path, key or request.path)
        if latency_s:
            await asyncio.sleep(latency_s)
        kind = fault.kind if fault else None
        if kind in NOT_ACCEPTING:
            return _lost(request) if "drop" in str(kind) else web.Response(status=STATUS.get(kind, 500))
        status, document = self._once(provider, key, said, do)
        if kind is not None:
            if "drop" in str(kind):
                return _lost(request)
            return (
                web.Response(status=500) if "error" in str(kind) else web.Response(body=GARBAGE, status=200)
            )
        body = b"" if document is None else orjson.dumps(document, default=str)
        return web.Response(body=body, status=status, content_type="application/json")

    def _once(self, provider: str, key: str, said: bytes, do: Callable[[], Said]) -> Said:
        if not key:
            return do()
        known = self._answers.get((provider, key))
        if known is None:
            answer = do()
            if answer[0] < 400:
                self._answers[(provider, key)] = (said, answer)
            return answer
        first, answer = known
        return answer if first == said else (400, {"message": "this key came with another request"})


def _lost(request: web.Request) -> web.Response:
    """The connection breaks."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
