"""Posts what the guard cleared, one lane at a time at its pace, and turns answers into outcomes.

A cleared message is posted within ``LATEST_POST_S`` of its guard or not at all: later than that a
payment, an opt-out or the red button may have been committed, and after a pause of this process the
lease may be over. Such a message was certainly never posted, so it is given back under its fence.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from api.clock import Clock, steady
from api.delivery.breaker import Breaker
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
IN_FLIGHT_S = 3.0
"""Seconds of a number's pace that may be on the way unanswered: what a hanging provider can cost."""

PAUSED_S = 10.0
"""How long a number rests by its own word before the table's is believed."""

JITTER_SHARE = 0.25
FIRST_RETRY_S: Mapping[Action, float] = {
    Action.RETRY_LATER: 2.0,
    Action.SLOW_DOWN: 1.0,
    Action.RETRY_PERSON_LATER: 6.0,
    Action.PAUSE_SENDER: 300.0,
    Action.STOP_CHANNEL: 60.0,
    Action.MEDIA_FAILED: 5.0,
    Action.STOP_TEMPLATE: 0.0,
    Action.FAULTY_TEMPLATE: 0.0,
    Action.WINDOW_CLOSED: 0.0,
}
"""Refusals after which the same message may be sent later, and the pause before its second try.

Of a held or faulty template, and of a closed window, the guard decides at once in which words it goes.
"""

TROUBLE = frozenset({Action.RETRY_LATER, Action.SLOW_DOWN, Action.STOP_CHANNEL, Action.PAUSE_SENDER})
"""Refusals that speak of the provider or the number rather than of one message."""

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
        self._most_in_flight = max(int(lane.per_second * IN_FLIGHT_S), 1)
        self._breaker = Breaker()
        self._paused = lane.paused
        self._paused_until = 0.0

    @property
    def waiting(self) -> int:
        """Cleared messages whose post has not begun."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """Posts begun and not yet answered."""
        return len(self._posts)

    @property
    def is_probing(self) -> bool:
        """Whether one message at a time is tried, because the last ones failed."""
        return self._breaker.is_probing

    def is_open(self) -> bool:
        """Whether the lane may be given more: not paused by its provider, not broken, not clogged."""
        now = steady()
        rests = self._paused or now < self._paused_until
        return not rests and self._breaker.lets_through(now) and len(self._posts) < self._most_in_flight

    def believe(self, paused: bool) -> None:
        """What the table says of the number's pause."""
        self._paused = paused

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
        self._breaker.begun()
        task = asyncio.create_task(self._post(waiting))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    def _may_post(self, waiting: Waiting) -> bool:
        return _is_fresh(waiting) and self.is_open()

    async def _post(self, waiting: Waiting) -> None:
        cleared = waiting.cleared
        if not _is_fresh(waiting):
            self._breaker.withdrawn()
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
        """Tell the breaker how the provider is; what it says of one person's message is not about that."""
        now = steady()
        if isinstance(answer, Unknown):
            self._say_paused(self._breaker.failed(now), answer.reason)
        elif isinstance(answer, Accepted) or answer.action not in TROUBLE:
            self._breaker.succeeded()
        else:
            asked_s = answer.retry_after_s if answer.action is Action.SLOW_DOWN else 0.0
            self._say_paused(self._breaker.failed(now, asked_s), answer.reason)
            if answer.action is Action.PAUSE_SENDER:
                self._paused_until = now + PAUSED_S

    def _say_paused(self, seconds: float, reason: str) -> None:
        if seconds:
            log.warning(
                "delivery.lane_paused", lane=self.lane.lane, seconds=round(seconds, 1), reason=reason[:200]
            )


def _is_fresh(waiting: Waiting) -> bool:
    return steady() - waiting.guarded_at <= LATEST_POST_S


def channel_of(lane: Lane) -> Channel:
    """The channel a lane sends on."""
    return Channel(lane.channel)


def _answered(cleared: Cleared, answer: Outcome, clock: Clock) -> Answered:
    message = cleared.message
    state, provider_id, reason, send_at, action = MessageState.UNKNOWN, None, "", None, None
    pause_s = 0.0
    if isinstance(answer, Accepted):
        state, provider_id = MessageState.ACCEPTED, answer.provider_id
    elif isinstance(answer, Unknown):
        reason = answer.reason[:500]
    else:
        action, reason, pause_s = answer.action, f"{reasons.PROVIDER}{answer.code}", answer.retry_after_s
        state = MessageState.FAILED
        if action in FIRST_RETRY_S and message.tries + 1 < MOST_TRIES:
            state, send_at = MessageState.QUEUED, clock.ahead(_next_try_s(message.id, message.tries, answer))
    outcome = PostOutcome(
        message.id, message.local_on, message.fence, message.person_id, state, provider_id, reason, send_at
    )
    return Answered(cleared, outcome, action, pause_s)


def _next_try_s(message_id: UUID, tries: int, answer: NotAccepted) -> float:
    """Seconds to the next try: growing, at least what the provider asked, and not all at the same instant."""
    jitter = 1 + JITTER_SHARE * (message_id.int % 1000) / 1000
    return max(answer.retry_after_s, FIRST_RETRY_S[answer.action] * 2.0**tries) * jitter
