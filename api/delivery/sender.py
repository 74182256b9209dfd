"""The sender process: owns lanes, leases what is due, guards small groups, posts, and records.

At most ``GROUP_S`` of work is cleared ahead of each lane's post, so what stands in ``sending`` and
has not begun is always under half a second. Database work runs in threads on connections of its own:
one for leases and guards, one for outcomes and heartbeats.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from api.clock import Clock, steady
from api.delivery.crash_points import AFTER_LEASE, CrashPoints
from api.delivery.guarding import Guard
from api.delivery.judging import Cleared
from api.delivery.posting import LanePost
from api.delivery.recorder import Recorder
from channels.port import Sender
from engine.errors import ServiceError
from engine.vocabulary import Channel
from storage.database import Database
from storage.heartbeats import alive, beat, silence
from storage.held_connection import HeldConnection
from storage.outbox.lanes import Lane, count_lanes, release_lanes, take_lanes
from storage.outbox.leases import Leased, keep, lease_due

GROUP_S = 0.25
AHEAD_S = 3.0
BEAT_S = 4.0
POLL_S = 1.0
MOST_IN_GROUP = 200
SENDER_NAMES = "out-"

log = structlog.get_logger()


@dataclass
class _OwnedLane:
    """A lane, its posting task, and what is leased for it."""

    post: LanePost
    task: asyncio.Task[None]
    leased: deque[Leased] = field(default_factory=deque)
    asked_at: float = float("-inf")
    found_less: bool = False

    @property
    def per_second(self) -> int:
        return self.post.lane.per_second

    @property
    def allotment(self) -> int:
        """How many cleared messages may wait for their post."""
        return 1 if self.post.is_probing else max(1, int(self.per_second * GROUP_S))

    @property
    def room(self) -> int:
        """How many more may be cleared now."""
        return self.allotment - self.post.waiting


class SenderProcess:
    """One worker of the lane ``out``. ``senders`` are the providers by channel.

    ``most_lanes`` and ``only_lanes`` bound what it takes; without them the lanes are shared evenly by
    the senders alive. ``on_settled`` is called with a portfolio that has outcomes to apply.
    ``doorbell`` is set from outside when there may be something to do.
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[Channel, Sender],
        clock: Clock,
        *,
        worker: str,
        most_lanes: int | None = None,
        only_lanes: Sequence[int] | None = None,
        on_settled: Callable[[int], object] | None = None,
        crash: CrashPoints | None = None,
    ) -> None:
        self.worker = worker
        self.doorbell = asyncio.Event()
        self._senders = senders
        self._clock = clock
        self._most_lanes = most_lanes
        self._only_lanes = only_lanes
        self._on_settled = on_settled
        self._settled_portfolios: set[int] = set()
        self._crash = crash or CrashPoints()
        self._connection = HeldConnection(database)
        self._beats = HeldConnection(database)
        self._guard = Guard(self._connection, worker, clock, self._crash)
        self._recorder = Recorder(HeldConnection(database), clock, self._forget, self._settled, self._crash)
        self._lanes: dict[int, _OwnedLane] = {}
        self._held: dict[UUID, float] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Finish what has begun, give back the rest, and end."""
        self._stopping.set()
        self.doorbell.set()

    async def run(self) -> None:
        """Send until stopped."""
        recording = asyncio.create_task(self._recorder.run())
        beating = asyncio.create_task(self._beat())
        ringing = asyncio.create_task(self._ring())
        try:
            while not self._stopping.is_set():
                posting = [owned.task for owned in self._lanes.values()]
                _let_accidents_out(recording, beating, ringing, *posting)
                if not await self._turn():
                    await self._rest()
        finally:
            beating.cancel()
            ringing.cancel()
            await self._leave(recording)

    async def _turn(self) -> bool:
        """Lease and guard once; whether anything was done."""
        try:
            await self._refill()
            group = self._next_group()
            if group:
                await self._pass(group)
            return bool(group)
        except ServiceError as trouble:
            log.warning("delivery.database", error=str(trouble))
            await asyncio.sleep(0.5)
            return False

    async def _rest(self) -> None:
        """Wait for the doorbell, or until a lane runs low, or for the next poll."""
        has_work = any(owned.leased or owned.post.waiting for owned in self._lanes.values())
        self.doorbell.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.doorbell.wait(), GROUP_S / 10 if has_work else POLL_S)
        if not has_work:
            for owned in self._lanes.values():
                owned.found_less = False

    async def _refill(self) -> None:
        """Lease for the lanes that run low; a lane that had too little is asked again a poll later."""
        wanted: dict[int, int] = {}
        for number, owned in self._lanes.items():
            low = len(owned.leased) < owned.per_second * AHEAD_S / 4
            ask = not owned.found_less or steady() - owned.asked_at > POLL_S
            if low and ask and owned.post.is_open():
                wanted[number] = int(owned.per_second * AHEAD_S) - len(owned.leased)
        if not wanted:
            return
        leased_at = steady()
        found = await asyncio.to_thread(self._lease, wanted)
        self._held.update((leased.id, leased_at) for leased in found)
        if found:
            self._crash(AFTER_LEASE)
        for number, most in wanted.items():
            self._take_in(number, [leased for leased in found if leased.lane == number], most)

    def _take_in(self, lane: int, leased: Sequence[Leased], most: int) -> None:
        owned = self._lanes.get(lane)
        if owned is None:
            self._recorder.unposted(leased)
            return
        owned.leased.extend(leased)
        owned.asked_at, owned.found_less = steady(), len(leased) < most

    def _lease(self, wanted: Mapping[int, int]) -> list[Leased]:
        with self._connection.transaction() as connection:
            return lease_due(connection, self.worker, wanted, self._clock.now())

    def _next_group(self) -> list[Leased]:
        """The next quarter second of work of every open lane, one message per person.

        Nothing before half of it is needed: a guard costs the same for a few messages as for many.
        """
        group: list[Leased] = []
        people: set[int] = set()
        busy = [o for o in self._lanes.values() if o.post.is_open() and (o.leased or o.post.waiting)]
        if sum(owned.room for owned in busy) < sum(owned.allotment for owned in busy) / 2:
            return []
        for owned in busy:
            room = owned.room
            again: list[Leased] = []
            while room > 0 and owned.leased and len(group) < MOST_IN_GROUP:
                leased = owned.leased.popleft()
                if leased.person_id in people:
                    again.append(leased)
                    continue
                people.add(leased.person_id)
                group.append(leased)
                room -= 1
            owned.leased.extendleft(reversed(again))
        return group

    async def _pass(self, group: Sequence[Leased]) -> None:
        try:
            guarded = await asyncio.to_thread(self._guard.pass_group, group)
        except ServiceError:
            self._recorder.unposted(group)
            raise
        except Exception as fault:
            await self._single_out(group, fault)
            return
        for message_id in guarded.refused:
            self._forget(message_id)
        self._recorder.unposted(guarded.passed_over)
        for cleared in guarded.cleared:
            owned = self._lanes.get(cleared.message.lane)
            if owned is None:
                self._recorder.unposted([cleared.message])
            else:
                owned.post.add(cleared, guarded.at)

    async def _single_out(self, group: Sequence[Leased], fault: Exception) -> None:
        """A message the guard cannot read is halved out of its group and failed; the others go on."""
        if len(group) == 1:
            log.error("delivery.poison", message=str(group[0].id), fault=repr(fault))
            self._recorder.poisoned(group[0], fault)
            return
        middle = len(group) // 2
        await self._pass(group[:middle])
        await self._pass(group[middle:])

    async def _beat(self) -> None:
        """Keep lanes and leases alive; a blocked or stopped process keeps nothing."""
        while True:
            try:
                lanes = await asyncio.to_thread(self._keep_alive)
                await self._own(lanes)
            except ServiceError as trouble:
                log.warning("delivery.heartbeat", error=str(trouble))
            await asyncio.sleep(BEAT_S if self._lanes else POLL_S)

    def _keep_alive(self) -> list[Lane]:
        with self._beats.transaction() as connection:
            beat(connection, self.worker, {"lanes": sorted(self._lanes)})
            share = -(-count_lanes(connection, self._only_lanes) // max(alive(connection, SENDER_NAMES), 1))
            most = share if self._most_lanes is None else self._most_lanes
            excess = sorted(self._lanes)[most:]
            release_lanes(connection, self.worker, excess)
            keep(connection, self.worker, self._growing_old())
            return take_lanes(connection, self.worker, most, self._only_lanes)

    def _settled(self, portfolio_id: int) -> None:
        self._settled_portfolios.add(portfolio_id)

    async def _ring(self) -> None:
        """Ring, once a second at most, for the portfolios whose outcomes can be applied."""
        while True:
            await asyncio.sleep(POLL_S)
            portfolios, self._settled_portfolios = self._settled_portfolios, set()
            for portfolio_id in sorted(portfolios):
                if self._on_settled is not None:
                    await asyncio.to_thread(self._on_settled, portfolio_id)

    def _growing_old(self) -> list[UUID]:
        """Messages held for longer than a beat: most are posted and recorded before."""
        now = steady()
        return [message_id for message_id, since in list(self._held.items()) if now - since > BEAT_S]

    def _forget(self, message_id: UUID) -> None:
        self._held.pop(message_id, None)

    async def _own(self, lanes: Sequence[Lane]) -> None:
        """Begin with new lanes, and let go of those another worker has or may have now."""
        mine = {lane.lane: lane for lane in lanes if Channel(lane.channel) in self._senders}
        for number in self._lanes.keys() - mine.keys():
            await self._let_go(self._lanes.pop(number))
        for number in mine.keys() & self._lanes.keys():
            self._heed(self._lanes[number], mine[number].paused)
        for number in mine.keys() - self._lanes.keys():
            lane = mine[number]
            sender = self._senders[Channel(lane.channel)]
            post = LanePost(lane, sender, self._clock, self._recorder.answered, self._unposted, self._crash)
            self._lanes[number] = _OwnedLane(post, asyncio.create_task(post.run()))
            self.doorbell.set()

    def _heed(self, owned: _OwnedLane, paused: bool) -> None:
        """A paused number holds no leases: its messages wait, or expire, in the queue."""
        owned.post.believe(paused)
        if paused:
            self._recorder.unposted(list(owned.leased))
            owned.leased.clear()

    async def _let_go(self, owned: _OwnedLane) -> None:
        owned.task.cancel()
        self._recorder.unposted(list(owned.leased))
        await owned.post.finish()

    def _unposted(self, cleared: Cleared) -> None:
        self._recorder.unposted([cleared.message])

    async def _leave(self, recording: asyncio.Task[None]) -> None:
        """The orderly end: begun posts are recorded, everything else is queued for others."""
        for owned in self._lanes.values():
            await self._let_go(owned)
        self._lanes.clear()
        recording.cancel()
        with suppress(ServiceError):
            await self._recorder.flush()
            await asyncio.to_thread(self._release)
        for connection in (self._connection, self._beats):
            connection.close()
        self._recorder.close()

    def _release(self) -> None:
        with self._beats.transaction() as connection:
            release_lanes(connection, self.worker)
            silence(connection, self.worker)


def _let_accidents_out(*tasks: asyncio.Task[None]) -> None:
    """A task that ended on its own ended by an accident: the process must not live on without it."""
    for task in tasks:
        if task.done():
            task.result()
