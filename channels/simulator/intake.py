"""Takes or refuses each message, whatever the protocol: the one place where acceptance happens."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.simulator.behaviour import Behaviours
from channels.simulator.callbacks import Callbacks
from channels.simulator.chance import digest
from channels.simulator.clock import BusinessClock
from channels.simulator.faults import Fault, FaultBox, FaultKind
from channels.simulator.ledger import Ledger
from channels.simulator.webhook_shapes import Item

WINDOW_S = 24 * 3600.0
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
"""Words after which Twilio itself refuses to write to a person."""

NOT_ACCEPTING = frozenset(
    {
        FaultKind.TOO_MANY_REQUESTS,
        FaultKind.UNAVAILABLE,
        FaultKind.ERROR_BEFORE,
        FaultKind.DROP_BEFORE,
        FaultKind.ERROR_IN_200,
        FaultKind.REFUSE,
    }
)
ID_PREFIX = {"whatsapp": "wamid.", "sms": "SM", "email": ""}
STATUS = {
    FaultKind.TOO_MANY_REQUESTS: 429,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.ERROR_BEFORE: 500,
    FaultKind.ERROR_AFTER: 500,
    FaultKind.REFUSE: 400,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came in over any protocol."""

    channel: str
    sender: str
    to: str
    message_id: str
    template: str
    text: str
    parameters: list[str]
    subject: str = ""
    status_url: str = ""
    is_free_text: bool = False
    attachment: str = ""
    buttons: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How to answer. ``provider_id`` is empty when refused; ``status`` 200 means the protocol's own yes."""

    provider_id: str
    status: int
    latency_s: float = 0.0
    code: str = ""
    retry_after_s: float = 0.0
    drop: bool = False
    garbage: bool = False


class Intake:
    """Judges arrivals: pace of the number, faults in force, then the ledger and the statuses to come."""

    def __init__(
        self,
        seed: int,
        ledger: Ledger,
        faults: FaultBox,
        behaviours: Behaviours,
        callbacks: Callbacks,
        clock: BusinessClock,
    ) -> None:
        self.rate_per_s: float | None = None
        self.pair_gap_s: float | None = None
        self._seed = seed
        self._ledger = ledger
        self._faults = faults
        self._behaviours = behaviours
        self._callbacks = callbacks
        self._clock = clock
        self._recent: dict[str, deque[float]] = {}
        self._last_inbound: dict[tuple[str, str], float] = {}
        self._last_sender: dict[str, tuple[str, str]] = {}
        self._last_to: dict[tuple[str, str], float] = {}
        self._stopped: set[tuple[str, str]] = set()
        self._anonymous: Counter[str] = Counter()

    def judge(self, arrival: Arrival) -> Verdict:
        """Accept or refuse one message and write it down before anyone is answered."""
        key = arrival.message_id or f"{arrival.channel}:{arrival.to}"
        latency_s, fault = self._faults.answer(arrival.channel, arrival.sender, arrival.to, key)
        if self._exceeds_pace(arrival):
            fault = Fault(kind=FaultKind.TOO_MANY_REQUESTS)
        elif code := self._refuses_pair(arrival):
            fault = Fault(kind=FaultKind.REFUSE, code=code)
        if fault is not None and fault.kind in NOT_ACCEPTING:
            verdict = _refusal(fault, latency_s)
            self._write_refusal(arrival, verdict)
            return verdict
        verdict = _acceptance(fault, latency_s, self._provider_id(arrival, key))
        self._write_acceptance(arrival, verdict)
        return verdict

    def heard_from(self, person: str, sender: str, business_at: float, text: str = "") -> None:
        """A person wrote to one of our numbers: the pair's 24-hour window is open, or STOP closed it."""
        self._last_inbound[(sender, person)] = business_at
        if text.strip().upper() in STOP_WORDS:
            self._stopped.add((sender, person))

    def last_sender(self, person: str) -> tuple[str, str] | None:
        """(channel, sender) of the last message a person received; ``None`` when there was none."""
        if person in self._last_sender:
            return self._last_sender[person]
        received = self._ledger.received_by(person)
        return (received[-1]["channel"], received[-1]["sender"]) if received else None

    def _refuses_pair(self, arrival: Arrival) -> str:
        """The error of a person who answered STOP by SMS, or was written to by this number just now."""
        pair = (arrival.sender, arrival.to)
        if arrival.channel == "sms" and pair in self._stopped:
            return "21610"
        if self.pair_gap_s is None or arrival.channel != "whatsapp":
            return ""
        now, _ = self._clock.now()
        is_close = now - self._last_to.get(pair, 0.0) < self.pair_gap_s
        self._last_to[pair] = now
        return "131056" if is_close else ""

    def _exceeds_pace(self, arrival: Arrival) -> bool:
        if self.rate_per_s is None or arrival.channel == "email":
            return False
        now, _ = self._clock.now()
        recent = self._recent.setdefault(arrival.sender, deque())
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= self.rate_per_s:
            return True
        recent.append(now)
        return False

    def _provider_id(self, arrival: Arrival, key: str) -> str:
        self._anonymous[key] += 0 if arrival.message_id else 1
        nth = self._ledger.times_accepted(arrival.message_id) if arrival.message_id else self._anonymous[key]
        return ID_PREFIX[arrival.channel] + digest(self._seed, "provider id", key, nth).hex()

    def _write_acceptance(self, arrival: Arrival, verdict: Verdict) -> None:
        real_at, business_at = self._clock.now()
        self._ledger.accept(
            {
                "provider_id": verdict.provider_id,
                "message_id": arrival.message_id,
                "channel": arrival.channel,
                "sender": arrival.sender,
                "to": arrival.to,
                "template": arrival.template,
                "text": arrival.text,
                "parameters": arrival.parameters,
                "subject": arrival.subject,
                **({"attachment": arrival.attachment} if arrival.attachment else {}),
                **({"buttons": list(arrival.buttons)} if arrival.buttons else {}),
                "real_at": real_at,
                "business_at": business_at,
                "status": verdict.status,
                "dropped": verdict.drop,
                "garbled": verdict.garbage,
            }
        )
        self._last_sender[arrival.to] = (arrival.channel, arrival.sender)
        if arrival.channel != "email":
            self._tell_story(arrival, verdict.provider_id, business_at)

    def _write_refusal(self, arrival: Arrival, verdict: Verdict) -> None:
        real_at, business_at = self._clock.now()
        self._ledger.refuse(
            {
                "message_id": arrival.message_id,
                "channel": arrival.channel,
                "sender": arrival.sender,
                "to": arrival.to,
                "real_at": real_at,
                "business_at": business_at,
                "status": verdict.status,
                "code": verdict.code,
                "dropped": verdict.drop,
            }
        )

    def _tell_story(self, arrival: Arrival, provider_id: str, business_at: float) -> None:
        item = Item(
            business_at=business_at,
            channel=arrival.channel,
            provider_id=provider_id,
            message_id=arrival.message_id,
            sender=arrival.sender,
            to=arrival.to,
            state="failed",
            code="131047",
            url=arrival.status_url,
        )
        if arrival.is_free_text and not self._window_is_open(arrival, business_at):
            self._callbacks.schedule(item)
            return
        for happening in self._behaviours.story(arrival.channel, arrival.to, provider_id):
            self._callbacks.schedule(item.becoming(happening))

    def _window_is_open(self, arrival: Arrival, business_at: float) -> bool:
        heard_at = self._last_inbound.get((arrival.sender, arrival.to))
        return heard_at is not None and business_at - heard_at < WINDOW_S


def _refusal(fault: Fault, latency_s: float) -> Verdict:
    return Verdict(
        provider_id="",
        status=STATUS.get(fault.kind, 200),
        latency_s=latency_s,
        code=fault.code,
        retry_after_s=fault.retry_after_s,
        drop=fault.kind is FaultKind.DROP_BEFORE,
    )


def _acceptance(fault: Fault | None, latency_s: float, provider_id: str) -> Verdict:
    kind = fault.kind if fault else None
    return Verdict(
        provider_id=provider_id,
        status=STATUS.get(kind, 200) if kind else 200,
        latency_s=latency_s,
        code=fault.code if fault else "",
        drop=kind is FaultKind.DROP_AFTER,
        garbage=kind is FaultKind.GARBAGE,
    )
