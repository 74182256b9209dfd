"""Posts what the guard cleared, one lane at a time at its pace, and turns answers into outcomes.

A cleared message is posted within ``LATEST_POST_S`` of its guard or not at all: later than that a
payment, an opt-out or the red button may have been committed, and after a pause of this process the
lease may be over. Such a message was certainly never posted, so it is given back under its fence.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from api.clock import Clock, steady
from api.delivery.crash_points import AFTER_POST, CrashPoints
from api.delivery.judging import Cleared
from api.delivery.pacing import Pacer
from channels.port import Accepted, Action, NotAccepted, Outcome, Sender, Unknown
from engine.vocabulary import Channel, MessageState
from storage.outbox import reasons
from storage.outbox.lanes import Lane
from storage.outbox.outcomes import PostOutcome

LATEST_POST_S = 1.0
MOST_TRIES = 5
MOST_IN_FLIGHT = 1000
BREAKER_AFTER = 3
LONGEST_PAUSE_S = 60.0
FIRST_RETRY_S: Mapping[Action, float] = {
    Action.RETRY_LATER: 2.0,
    Action.SLOW_DOWN: 1.0,
    Action.RETRY_PERSON_LATER: 6.0,
    Action.PAUSE_SENDER: 300.0,
    Action.STOP_CHANNEL: 60.0,
}
"""Refusals after which the same message may be sent later, and the pause before its second try."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A cleared message on its way to the post, and the steady second of its guard."""

    cleared: Cleared
    guarded_at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A post and what came of it; ``action`` is set when the provider asked for something beyond.

    ``pause_s`` is how long the provider wants to be left alone, 0 when it did not say.
    """

    cleared: Cleared
    outcome: PostOutcome
    action: Action | None
    pause_s: float = 0.0


class LanePost:
    """Posts the messages of one lane in order, spaced evenly, without waiting for the answers."""

    def __init__(
        self,
        lane: Lane,
        sender: Sender,
        clock: Clock,
        answered: Callable[[Answered], None],
        unposted: Callable[[Cleared], None],
        crash: CrashPoints,
    ) -> None:
        self.lane = lane
        self._sender = sender
        self._clock = clock
        self._answered = answered
        self._unposted = unposted
        self._crash = crash
        self._pacer = Pacer(lane.per_second)
        self._waiting: deque[Waiting] = deque()
        self._more = asyncio.Event()
        self._posts: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._paused_until = 0.0

    @property
    def waiting(self) -> int:
        """Cleared messages whose post has not begun."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """Posts begun and not yet answered."""
        return len(self._posts)

    def is_open(self) -> bool:
        """Whether the lane may be given more: not paused by its provider, not clogged."""
        return steady() >= self._paused_until and len(self._posts) < MOST_IN_FLIGHT

    def add(self, cleared: Cleared, guarded_at: float) -> None:
        """Queue one cleared message."""
        self._waiting.append(Waiting(cleared, guarded_at))
        self._more.set()

    async def run(self) -> None:
        """Post until cancelled."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            if pause_s := self._pacer.wait(steady()):
                await asyncio.sleep(pause_s)
            self._begin(self._waiting.popleft())

    async def finish(self) -> None:
        """Give back what has not begun and wait for the posts that have."""
        while self._waiting:
            self._unposted(self._waiting.popleft().cleared)
        await asyncio.gather(*self._posts, return_exceptions=True)

    def _begin(self, waiting: Waiting) -> None:
        if not self._may_post(waiting):
            self._unposted(waiting.cleared)
            return
        self._pacer.begin(steady())
        task = asyncio.create_task(self._post(waiting))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    def _may_post(self, waiting: Waiting) -> bool:
        now = steady()
        return now - waiting.guarded_at <= LATEST_POST_S and now >= self._paused_until

    async def _post(self, waiting: Waiting) -> None:
        cleared = waiting.cleared
        if not self._may_post(waiting):
            self._unposted(cleared)
            return
        try:
            answer = await self._sender.send(cleared.outgoing)
        except Exception as fault:  # an adapter's own fault: nobody knows whether the message left
            log.error("delivery.adapter_fault", message=str(cleared.message.id), fault=repr(fault))
            answer = Unknown(f"{type(fault).__name__}: {fault}")
        self._crash(AFTER_POST)
        self._mind(answer)
        self._answered(_answered(cleared, answer, self._clock))

    def _mind(self, answer: Outcome) -> None:
        """Slow down when told to, and open the breaker when nothing goes through."""
        if not isinstance(answer, NotAccepted) or answer.action not in FIRST_RETRY_S:
            self._failures = 0 if isinstance(answer, Accepted) else self._failures
            return
        self._failures += 1
        pause_s = answer.retry_after_s if answer.action is Action.SLOW_DOWN else 0.0
        if self._failures >= BREAKER_AFTER and answer.action is not Action.RETRY_PERSON_LATER:
            pause_s = max(pause_s, min(2.0 ** (self._failures - BREAKER_AFTER) / 2, LONGEST_PAUSE_S))
        if answer.action is Action.PAUSE_SENDER:
            pause_s = max(pause_s, LONGEST_PAUSE_S)
        if pause_s and steady() + pause_s > self._paused_until:
            self._paused_until = steady() + pause_s
            log.warning(
                "delivery.lane_paused", lane=self.lane.lane, seconds=round(pause_s, 1), reason=answer.reason
            )


def channel_of(lane: Lane) -> Channel:
    """The channel a lane sends on."""
    return Channel(lane.channel)


def _answered(cleared: Cleared, answer: Outcome, clock: Clock) -> Answered:
    message = cleared.message
    state, provider_id, reason, send_at, action = MessageState.UNKNOWN, None, "", None, None
    if isinstance(answer, Accepted):
        state, provider_id = MessageState.ACCEPTED, answer.provider_id
    elif isinstance(answer, Unknown):
        reason = answer.reason[:500]
    else:
        action, reason = answer.action, f"{reasons.PROVIDER}{answer.code}"
        state = MessageState.FAILED
        if action in FIRST_RETRY_S and message.tries + 1 < MOST_TRIES:
            state = MessageState.QUEUED
            pause_s = max(answer.retry_after_s, FIRST_RETRY_S[action] * 2.0**message.tries)
            send_at = clock.ahead(pause_s)
    outcome = PostOutcome(
        message.id, message.local_on, message.fence, message.person_id, state, provider_id, reason, send_at
    )
    return Answered(cleared, outcome, action)
