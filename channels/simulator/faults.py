"""What can go wrong at a provider, on demand: each fault names whom it strikes and how often."""

import math
from collections import Counter
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from channels.simulator.chance import between, draw


class FaultKind(StrEnum):
    """The ways to misbehave. ``*_before`` means nobody receives the message, ``*_after`` that it goes out."""

    LATENCY = "latency"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    GARBAGE = "garbage"
    ERROR_IN_200 = "error_in_200"
    REFUSE = "refuse"
    LOST_WEBHOOK = "lost_webhook"
    LATE_WEBHOOK = "late_webhook"
    REPEATED_WEBHOOK = "repeated_webhook"
    SHUFFLED_WEBHOOKS = "shuffled_webhooks"


ANSWER_FAULTS = frozenset(FaultKind) - {
    FaultKind.LATENCY,
    FaultKind.LOST_WEBHOOK,
    FaultKind.LATE_WEBHOOK,
    FaultKind.REPEATED_WEBHOOK,
    FaultKind.SHUFFLED_WEBHOOKS,
}


class Fault(BaseModel):
    """One fault. Empty ``channel``, ``sender`` and ``to`` strike everyone; of a payment the sender is its
    provider, and ``to`` the path that is asked.

    ``next_n`` strikes the next n matching requests and then ends; without it, each request is struck
    with ``probability``. ``seconds`` is the span of a latency (real) or of a late webhook (business);
    an exponential latency has its mean in the middle of the span and is cut at five means.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    channel: Literal["", "whatsapp", "sms", "email", "payment"] = ""
    sender: str = ""
    to: str = ""
    probability: float = Field(default=1.0, ge=0.0, le=1.0)
    next_n: int | None = Field(default=None, ge=1)
    code: str = Field(default="", pattern=r"^\d*$")
    retry_after_s: float = Field(default=1.0, ge=0.0)
    seconds: tuple[float, float] = (0.05, 0.5)
    distribution: Literal["uniform", "exponential"] = "uniform"
    times: int = Field(default=2, ge=2, le=10)

    def strikes(self, channel: str, sender: str, to: str) -> bool:
        """Whether a message by this channel, sender and addressee is one it is about."""
        return self.channel in ("", channel) and self.sender in ("", sender) and self.to in ("", to)

    def span_s(self, share: float) -> float:
        """Seconds at ``share`` of the distribution."""
        if self.distribution == "uniform":
            return between(self.seconds, share)
        mean = sum(self.seconds) / 2
        return min(-mean * math.log1p(-share), 5 * mean)


class FaultBox:
    """The faults in force. A draw depends on the seed, the fault, the message and how often it was tried."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._faults: list[tuple[int, Fault]] = []
        self._left: dict[int, int] = {}
        self._added = 0
        self._tries: Counter[tuple[str, str]] = Counter()

    def add(self, fault: Fault) -> None:
        """Put a fault in force, after those already there."""
        self._faults.append((self._added, fault))
        if fault.next_n is not None:
            self._left[self._added] = fault.next_n
        self._added += 1

    def clear(self) -> None:
        """End every fault."""
        self._faults.clear()
        self._left.clear()

    @property
    def any_in_force(self) -> bool:
        """Whether any fault can still strike."""
        return bool(self._faults)

    def in_force(self) -> list[Fault]:
        """The faults that can still strike."""
        return [fault for _, fault in self._faults]

    def answer(self, channel: str, sender: str, to: str, key: str) -> tuple[float, Fault | None]:
        """The latency in real seconds of one request, and the first fault that strikes its answer."""
        if not self._faults:
            return 0.0, None
        latency_s = 0.0
        attempt = self._attempt("answer", key)
        for number, fault in list(self._faults):
            if not fault.strikes(channel, sender, to):
                continue
            if fault.kind is FaultKind.LATENCY and self._hits(number, fault, key, attempt):
                latency_s += fault.span_s(draw(self._seed, "latency", number, key, attempt))
            elif fault.kind in ANSWER_FAULTS and self._hits(number, fault, key, attempt):
                return latency_s, fault
        return latency_s, None

    def webhook(self, kind: FaultKind, channel: str, sender: str, to: str, key: str) -> Fault | None:
        """The first fault of this kind that strikes a webhook item."""
        for number, fault in list(self._faults):
            if fault.kind is not kind or not fault.strikes(channel, sender, to):
                continue
            if self._hits(number, fault, key, self._attempt(kind, key)):
                return fault
        return None

    def _attempt(self, about: str, key: str) -> int:
        self._tries[(about, key)] += 1
        return self._tries[(about, key)]

    def _hits(self, number: int, fault: Fault, key: str, attempt: int) -> bool:
        if fault.next_n is None:
            return draw(self._seed, "fault", number, key, attempt) < fault.probability
        self._left[number] -= 1
        if self._left[number] == 0:
            self._faults = [(n, f) for n, f in self._faults if n != number]
        return True
