"""Asks the time: business time for windows and send times, a steady count of seconds for pacing.

Business time is the system's UTC clock, unless a simulation keeps a start and a speed in the table
``business_clock``, which every process shares. Leases and timeouts never use it: the database's
``clock_timestamp()`` does for those.
"""

import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from engine.errors import CadenciaError
from storage.database import Database
from storage.held_connection import HeldConnection

REREAD_S = 0.25
"""How old a process's copy of the shared clock may be."""

_SPEC = re.compile(r"^(?P<start>[^\s@]+)(\s+x(?P<times>\d+(\.\d+)?)|@(?P<speed>\d+(\.\d+)?))?$")


class Clock(Protocol):
    """Whatever can say which business instant it is."""

    def now(self) -> datetime:
        """The business instant, aware, in UTC."""
        ...

    def ahead(self, real_s: float) -> datetime:
        """The business instant that will be reached in so many real seconds."""
        ...


@dataclass(frozen=True)
class ClockSetting:
    """business = business_at + (real - real_at) * speed."""

    business_at: datetime
    real_at: datetime
    speed: float

    def at(self, real: datetime) -> datetime:
        """Business time at a real instant."""
        return self.business_at + timedelta(seconds=(real - self.real_at).total_seconds() * self.speed)


class SystemClock:
    """Business time is real time."""

    def now(self) -> datetime:
        """The system's UTC clock."""
        return system_now()

    def ahead(self, real_s: float) -> datetime:
        """The system's UTC clock, later."""
        return system_now() + timedelta(seconds=real_s)


class BusinessClock:
    """Business time as the database's row says, or the system's clock while there is no row.

    Safe for threads. A change made by another process is seen within ``REREAD_S``.
    """

    def __init__(self, database: Database) -> None:
        self._connection = HeldConnection(database)
        self._lock = threading.Lock()
        self._setting: ClockSetting | None = None
        self._read_at = -REREAD_S

    def now(self) -> datetime:
        """The business instant, aware, in UTC."""
        setting = self.setting()
        return system_now() if setting is None else setting.at(system_now())

    def ahead(self, real_s: float) -> datetime:
        """The business instant that will be reached in so many real seconds."""
        setting = self.setting()
        later = system_now() + timedelta(seconds=real_s)
        return later if setting is None else setting.at(later)

    def setting(self) -> ClockSetting | None:
        """The start and speed in force; ``None`` when business time is real time."""
        with self._lock:
            if steady() - self._read_at >= REREAD_S:
                self._setting = self._read()
                self._read_at = steady()
            return self._setting

    def set(self, start: datetime, speed: float = 1.0) -> ClockSetting:
        """Let business time be ``start`` now and run ``speed`` times as fast as real time."""
        if start.tzinfo is None:
            raise CadenciaError(
                "a start of the clock without time zone", code="clock.start", hint="2026-11-13T08:00:00-06:00"
            )
        setting = ClockSetting(start.astimezone(UTC), system_now(), speed)
        with self._connection.transaction() as connection:
            connection.execute(
                "INSERT INTO business_clock (id, business_at, real_at, speed) VALUES (1, %s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET business_at = EXCLUDED.business_at,"
                " real_at = EXCLUDED.real_at, speed = EXCLUDED.speed",
                [setting.business_at, setting.real_at, setting.speed],
            )
        with self._lock:
            self._setting, self._read_at = setting, steady()
        return setting

    def jump(self, to: datetime) -> ClockSetting:
        """Move business time to an instant, at the same speed."""
        setting = self.setting()
        return self.set(to, 1.0 if setting is None else setting.speed)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _read(self) -> ClockSetting | None:
        with self._connection.transaction() as connection:
            row = connection.execute(
                "SELECT business_at, real_at, speed FROM business_clock WHERE id = 1"
            ).fetchone()
        return None if row is None else ClockSetting(row[0].astimezone(UTC), row[1].astimezone(UTC), row[2])


def parse_clock(spec: str) -> tuple[datetime, float]:
    """Start and speed of a ``CADENCIA_CLOCK``: an instant with its offset, then `` x`` or ``@`` and a factor.

    >>> parse_clock("2026-11-13T08:00:00-06:00 x600")[1], parse_clock("2026-11-13T08:00:00Z@60")[1]
    (600.0, 60.0)
    """
    found = _SPEC.match(spec.strip())
    try:
        if found is None:
            raise ValueError(spec)
        start = datetime.fromisoformat(found["start"])
    except ValueError as wrong:
        raise CadenciaError(
            f"not a clock: {spec!r}", code="clock.spec", hint="2026-11-13T08:00:00-06:00 x600"
        ) from wrong
    if start.tzinfo is None:
        raise CadenciaError(f"{spec!r} has no time zone", code="clock.spec", hint="add -06:00 or Z")
    return start, float(found["times"] or found["speed"] or 1.0)


def system_now() -> datetime:
    """Real time, aware, in UTC."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds of a clock that never goes back and counts while this process or machine sleeps."""
    return time.clock_gettime(_STEADY_CLOCK)


_STEADY_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
