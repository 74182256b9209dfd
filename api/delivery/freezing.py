"""Ends a sender that was frozen for longer than its guard is good for, before it can post anything more.

Between the last look at the clock and the bytes of a post lie a few steps of the event loop. A process
stopped just there would, once continued, post what others have long called unknown. The kernel tells a
stopped process that it goes on (SIGCONT); Python runs this handler before any other step.
"""

import asyncio
import os
import signal

from api.clock import steady
from api.delivery.posting import LATEST_POST_S

TICK_S = 0.1
FROZEN = 75
"""Exit code: try again, as the supervisor does."""


class FreezeWatch:
    """Counts the time while the process runs; a task of the sender's loop."""

    def __init__(self) -> None:
        self._running_at = steady()

    async def run(self) -> None:
        """Watch until cancelled."""
        signal.signal(signal.SIGCONT, self._continued)
        while True:
            self._running_at = steady()
            await asyncio.sleep(TICK_S)

    def _continued(self, *_: object) -> None:
        if steady() - self._running_at > LATEST_POST_S:
            os._exit(FROZEN)
