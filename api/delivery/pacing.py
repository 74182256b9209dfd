"""Spaces the posts of one sending number: evenly, and never more than its rate in any one second."""

from collections import deque

SLACK_SHARE = 0.5
"""How much of an interval a late post may catch up with the next one."""


class Pacer:
    """When the next post of a lane may begin, in seconds of a steady clock that the caller reads.

    A bucket refilled at its rate lets almost twice the rate through in one second; this one remembers
    the posts of the last second instead.

    >>> pacer = Pacer(per_second=2)
    >>> pacer.wait(0.0), pacer.begin(0.0), pacer.wait(0.125)
    (0.0, None, 0.375)
    """

    def __init__(self, per_second: int) -> None:
        self._interval = 1.0 / per_second
        self._recent: deque[float] = deque(maxlen=per_second)
        self._due_at: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until the next post may begin, 0 when it may begin now."""
        ready_at = now if self._due_at is None else self._due_at
        if len(self._recent) == self._recent.maxlen:
            ready_at = max(ready_at, self._recent[0] + 1.0)
        return max(0.0, ready_at - now)

    def begin(self, now: float) -> None:
        """A post begins now."""
        self._recent.append(now)
        earliest = now - self._interval * SLACK_SHARE
        self._due_at = self._interval + (now if self._due_at is None else max(self._due_at, earliest))
