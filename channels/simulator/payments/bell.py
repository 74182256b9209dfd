"""Tells the service of payments: signed posts, as late, repeated, lost or out of order as asked."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from channels.simulator.chance import draw
from channels.simulator.clock import BusinessClock
from channels.simulator.faults import FaultBox, FaultKind

TICK_S = 0.02
RETRY_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0)
CHANNEL = "payment"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One webhook, signed: posted as it stands, however often. ``event`` is its provider's word."""

    provider: str
    event: str
    url: str
    body: bytes
    headers: dict[str, str]


class Bell:
    """Posts announcements in their order; ``hold`` keeps them until ``release``."""

    def __init__(self, seed: int, faults: FaultBox, clock: BusinessClock) -> None:
        self.hold = False
        self.told: list[tuple[Announcement, str]] = []
        self._seed = seed
        self._faults = faults
        self._clock = clock
        self._order = itertools.count()
        self._due: list[tuple[float, int, Announcement]] = []
        self._held: list[Announcement] = []
        self._posts: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Announcements not posted yet, and posts under way."""
        return len(self._due) + len(self._held) + len(self._posts)

    def ring(self, announcement: Announcement) -> None:
        """Announce now, subject to the faults in force; without an address nobody is told."""
        if not announcement.url:
            return
        if self.hold:
            self._held.append(announcement)
            return
        about = (CHANNEL, announcement.provider, "", announcement.event)
        if self._faults.webhook(FaultKind.LOST_WEBHOOK, *about):
            self.told.append((announcement, "lost"))
            return
        late = self._faults.webhook(FaultKind.LATE_WEBHOOK, *about)
        wait_s = late.span_s(draw(self._seed, "late", announcement.event, next(self._order))) if late else 0.0
        repeated = self._faults.webhook(FaultKind.REPEATED_WEBHOOK, *about)
        for _ in range(repeated.times if repeated else 1):
            self._push(announcement, wait_s)

    def release(self, *, backwards: bool) -> int:
        """Post what was held, in the order it happened or the other way round; how many."""
        held, self._held, self.hold = self._held, [], False
        self.repeat(held[::-1] if backwards else held)
        return len(held)

    def repeat(self, announcements: Sequence[Announcement]) -> None:
        """Post these very bytes again."""
        for announcement in announcements:
            self._push(announcement, 0.0)

    async def run(self) -> None:
        """Post what falls due until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15.0)) as session:
            while True:
                await self._post_due(session)
                await asyncio.sleep(TICK_S)

    async def drain(self) -> None:
        """Cancel the posts under way."""
        for task in list(self._posts):
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)

    def _push(self, announcement: Announcement, wait_s: float) -> None:
        self._due.append((self._clock.now()[1] + wait_s, next(self._order), announcement))

    async def _post_due(self, session: aiohttp.ClientSession) -> None:
        now = self._clock.now()[1]
        due = sorted(each for each in self._due if each[0] <= now)
        self._due = [each for each in self._due if each[0] > now]
        for _, _, announcement in due:
            # The first try is awaited, so that what is asked for backwards arrives backwards.
            if not await self._try(session, announcement):
                task = asyncio.create_task(self._insist(session, announcement))
                self._posts.add(task)
                task.add_done_callback(self._posts.discard)

    async def _insist(self, session: aiohttp.ClientSession, announcement: Announcement) -> None:
        for pause_s in RETRY_AFTER_S:
            await asyncio.sleep(pause_s)
            if await self._try(session, announcement):
                return

    async def _try(self, session: aiohttp.ClientSession, announcement: Announcement) -> bool:
        try:
            async with session.post(
                announcement.url, data=announcement.body, headers=announcement.headers
            ) as answer:
                outcome = str(answer.status)
        except (TimeoutError, aiohttp.ClientError, OSError) as trouble:
            outcome = type(trouble).__name__
        self.told.append((announcement, outcome))
        return outcome.startswith("2")
