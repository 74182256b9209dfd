"""Numbered places at which a fault run kills the process, as a power cut would: no cleanup, no last word."""

import os
import signal

AFTER_LEASE = 1
BEFORE_GUARD_COMMIT = 2
AFTER_GUARD_COMMIT = 3
AFTER_POST = 4
AFTER_RECORD = 5
MID_SWEEP = 6
BEFORE_APPLY_COMMIT = 7
AFTER_APPLY = 8

AFTER_BEGIN_SHARD = 11
AFTER_READ = 12
AFTER_SNAPSHOT = 13
BEFORE_SHARD_COMMIT = 14
AFTER_SHARD_COMMIT = 15
BEFORE_CLOSE = 16
IN_CLOSE = 17
"""Where a daily run may die."""


class CrashPoints:
    """``spec`` is ``"3"``, or ``"3:5"`` for the fifth passage of point 3; empty never crashes."""

    def __init__(self, spec: str = "") -> None:
        point, _, passage = spec.partition(":")
        self._point = int(point) if point else None
        self._left = int(passage or 1)

    def __call__(self, point: int) -> None:
        """Pass a numbered point; SIGKILL this process when it is the one asked for."""
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


UNHARMED = CrashPoints()
"""Passes every point."""
