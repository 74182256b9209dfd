"""Real sender processes that a test may kill, stop and start again, judged on the simulator's ledger."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from api.clock import BusinessClock
from api.settings import child_environment
from channels.simulator import SimulatorProcess, read_ledger
from engine.vocabulary import MessageState
from tests.chaos.figures import Figures
from tests.delivery.world import NOON, World

OPEN = {MessageState.QUEUED, MessageState.LEASED, MessageState.SENDING}
RECOVERY_S = 60.0


class Installation:
    """A world, its simulator and its senders; everything it started ends with the block."""

    def __init__(self, world: World, redis_url: str, folder: Path, figures: Figures) -> None:
        self.world = world
        self.figures = figures
        self.ledger = folder / "ledger.jsonl"
        self.simulator = SimulatorProcess(self.ledger)
        self._redis_url = redis_url
        self._log = folder / "senders.log"
        self._senders: list[subprocess.Popen[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.simulator)
        BusinessClock(self.world.database).set(NOON)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sender in self._senders:
            if sender.poll() is None:
                sender.send_signal(signal.SIGCONT)
                sender.kill()
            sender.wait()
        self._stack.close()

    def sender(self, *, lanes: str = "", crash_at: str = "") -> subprocess.Popen[bytes]:
        """Start a sender process, told to die at a numbered point or not."""
        arguments = ["--lanes", lanes] * bool(lanes) + ["--crash-at", crash_at] * bool(crash_at)
        environment = child_environment(
            DATABASE_URL=self.world.url,
            REDIS_URL=self._redis_url,
            CADENCIA_WHATSAPP_URL=self.simulator.whatsapp_url,
            CADENCIA_WHATSAPP_TOKEN="token",
            CADENCIA_LOG_LEVEL="warning",
        )
        with self._log.open("ab") as log:
            sender = subprocess.Popen(
                [sys.executable, "-m", "api.worker", "out", *arguments],
                env=environment,
                stderr=log,
                stdout=log,
            )
        self._senders.append(sender)
        return sender

    def kill(self, sender: subprocess.Popen[bytes]) -> None:
        """SIGKILL one sender and wait for its end."""
        with suppress(ProcessLookupError):
            os.kill(sender.pid, signal.SIGKILL)
        sender.wait()

    def freeze(self, sender: subprocess.Popen[bytes]) -> None:
        """SIGSTOP one sender: it holds what it holds, and knows nothing of the time that passes."""
        os.kill(sender.pid, signal.SIGSTOP)
        self.figures.add(kills=1)

    def arrived(self) -> Counter[str]:
        """How often each message of ours reached the provider."""
        if not self.ledger.exists():
            return Counter()
        return Counter(str(line["message_id"]) for line in read_ledger(self.ledger, "accepted"))

    def unknown(self) -> set[str]:
        """The messages we list as unknown."""
        rows = self.world.rows("SELECT id FROM message WHERE state = %s", int(MessageState.UNKNOWN))
        return {str(message_id) for (message_id,) in rows}

    def is_settled(self) -> bool:
        """Whether every message has come to an end."""
        return not OPEN & self.world.states().keys()

    def settle(self) -> None:
        """Wait until no message is open any more: a minute after the last fault at most."""
        self.figures.settled(until(self.is_settled))

    def judge(self, messages: int) -> None:
        """Nobody twice, nobody missing who is not listed as unknown, nothing left open."""
        arrived, unknown = self.arrived(), self.unknown()
        every = {str(message_id) for (message_id,) in self.world.rows("SELECT id FROM message")}
        twice = {key for key, times in arrived.items() if times > 1}
        lost = every - arrived.keys() - unknown
        killed = sum(sender.poll() == -signal.SIGKILL for sender in self._senders)
        self.figures.add(
            kills=killed, messages=len(every), twice=len(twice), lost=len(lost), unknown=len(unknown)
        )
        assert (twice, lost) == (set(), set())
        assert len(every) == messages
        assert arrived.keys() <= every
        assert self.is_settled()

    def story_of_the_senders(self) -> str:
        """What the senders logged."""
        return self._log.read_text() if self._log.exists() else ""


def until(is_so: Callable[[], bool], within_s: float = RECOVERY_S, every_s: float = 0.25) -> float:
    """Wait for something real processes do; the seconds it took. Fails when it takes longer."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < within_s, f"not within {within_s:.0f} s"
        time.sleep(every_s)
    return time.monotonic() - began
