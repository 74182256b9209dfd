"""Tells the service what became of its messages: signed webhooks, batched, and as unreliable as asked."""

import asyncio
import heapq
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import aiohttp

from channels.simulator.chance import draw
from channels.simulator.clock import BusinessClock
from channels.simulator.faults import FaultBox, FaultKind
from channels.simulator.ledger import Ledger
from channels.simulator.webhook_shapes import Item, Named, meta_post, twilio_post

TICK_S = 0.02
POSTS_AT_ONCE = 16
RETRY_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


@dataclass(slots=True)
class CallbackSettings:
    """Where webhooks go and how they are signed; an empty address keeps them in the ledger only.

    With ``user_ids`` Meta names people by its own ids too, as since 2026; ``hide_numbers`` tells only those.
    """

    whatsapp_url: str = ""
    sms_url: str = ""
    app_secret: str = "simulator-app-secret"
    auth_token: str = "simulator-auth-token"
    batch: int = 100
    user_ids: bool = False
    hide_numbers: bool = False


class Callbacks:
    """A heap of items by business time, emptied by one task of the running loop.

    ``carriers`` deliver the items whose address is theirs over a connection instead of by HTTP.
    """

    def __init__(self, seed: int, ledger: Ledger, faults: FaultBox, clock: BusinessClock) -> None:
        self.settings = CallbackSettings()
        self._seed = seed
        self._ledger = ledger
        self._faults = faults
        self._clock = clock
        self._due: list[tuple[float, int, Item]] = []
        self._order = itertools.count()
        self.carriers: dict[str, Callable[[Item], Awaitable[str]]] = {}
        self._posts: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(POSTS_AT_ONCE)

    @property
    def waiting(self) -> int:
        """Items not yet due plus posts under way."""
        return len(self._due) + len(self._posts)

    def schedule(self, item: Item) -> None:
        """Tell this when business time reaches it, subject to the faults in force now."""
        if not self._faults.any_in_force:
            heapq.heappush(self._due, (item.business_at, next(self._order), item))
            return
        about = (item.channel, item.sender, item.to, f"{item.provider_id}:{item.state}")
        if self._faults.webhook(FaultKind.LOST_WEBHOOK, *about):
            self._ledger.webhooks([_line(item, self._clock, "lost", 0)])
            return
        due_at = item.business_at
        if late := self._faults.webhook(FaultKind.LATE_WEBHOOK, *about):
            due_at += late.span_s(draw(self._seed, "late", *about))
        repeated = self._faults.webhook(FaultKind.REPEATED_WEBHOOK, *about)
        for _ in range(repeated.times if repeated else 1):
            heapq.heappush(self._due, (due_at, next(self._order), item))

    async def run(self) -> None:
        """Post what falls due until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15.0)) as session:
            while True:
                self._post_due(session)
                await asyncio.sleep(TICK_S)

    async def drain(self) -> None:
        """Cancel the posts under way and wait for them."""
        for task in list(self._posts):
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)

    def _post_due(self, session: aiohttp.ClientSession) -> None:
        _, business_now = self._clock.now()
        batches: dict[tuple[bool, str], list[Item]] = defaultdict(list)
        while self._due and self._due[0][0] <= business_now:
            item = heapq.heappop(self._due)[2]
            batches[(_is_meta(item), self._address(item))].append(item)
        for (is_meta, url), items in batches.items():
            size = self.settings.batch if is_meta else 1
            for batch in _batches(self._shuffled(items), size):
                task = asyncio.create_task(self._post(session, is_meta, url, batch))
                self._posts.add(task)
                task.add_done_callback(self._posts.discard)

    def _address(self, item: Item) -> str:
        if item.channel == "whatsapp":
            return self.settings.whatsapp_url
        if item.url in self.carriers or item.state != "reply":
            return item.url
        return self.settings.sms_url or next(iter(self.carriers), "")

    def _shuffled(self, items: list[Item]) -> list[Item]:
        first = items[0]
        about = (first.channel, first.sender, first.to, f"{first.provider_id}:{first.state}")
        if not self._faults.webhook(FaultKind.SHUFFLED_WEBHOOKS, *about):
            return items
        return sorted(items, key=lambda item: draw(self._seed, "shuffle", item.provider_id, item.state))

    async def _post(self, session: aiohttp.ClientSession, is_meta: bool, url: str, items: list[Item]) -> None:
        """Post until the service answers 2xx; each attempt is written down."""
        if not url:
            self._ledger.webhooks(_line(item, self._clock, "no address", 0) for item in items)
            return
        if carrier := self.carriers.get(url):
            await self._carry(carrier, items)
            return
        if is_meta:
            named = Named(self.settings.user_ids, self.settings.hide_numbers)
            body, headers = meta_post(url, items, self.settings.app_secret, named)
        else:
            body, headers = twilio_post(url, items, self.settings.auth_token)
        async with self._gate:
            for attempt, pause_s in enumerate((*RETRY_AFTER_S, None), start=1):
                outcome = await _answer_to(session, url, body, headers)
                self._ledger.webhooks(_line(item, self._clock, outcome, attempt) for item in items)
                if outcome.startswith("2") or pause_s is None:
                    return
                await asyncio.sleep(pause_s)

    async def _carry(self, carrier: Callable[[Item], Awaitable[str]], items: list[Item]) -> None:
        """Deliver over a connection the service holds, again while it does not take it."""
        for item in items:
            for attempt, pause_s in enumerate((*RETRY_AFTER_S, None), start=1):
                outcome = await carrier(item)
                self._ledger.webhooks([_line(item, self._clock, outcome, attempt)])
                if outcome.startswith("2") or pause_s is None:
                    break
                await asyncio.sleep(pause_s)


def _is_meta(item: Item) -> bool:
    """WhatsApp by Meta itself: what goes through Twilio was sent with an address for its statuses."""
    return item.channel == "whatsapp" and not item.url


async def _answer_to(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> str:
    try:
        async with session.post(url, data=body, headers=headers) as response:
            return str(response.status)
    except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
        return type(trouble).__name__


def _batches(items: list[Item], size: int) -> Iterable[list[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _line(item: Item, clock: BusinessClock, outcome: str, attempt: int) -> dict[str, object]:
    real_at, _ = clock.now()
    return {
        "provider_id": item.provider_id,
        "message_id": item.message_id,
        "channel": item.channel,
        "sender": item.sender,
        "to": item.to,
        "state": item.state,
        "code": item.code,
        "text": item.text,
        "real_at": real_at,
        "business_at": item.business_at,
        "outcome": outcome,
        "attempt": attempt,
    }
