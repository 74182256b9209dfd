"""Messages per second out to the provider simulator, with guard and render, judged on its ledger.

``python -m benchmarks.delivery [--messages 60000]`` writes ``benchmarks/out/delivery.json``. Two
sender processes with sixteen numbers, the simulator and PostgreSQL share two cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from api.clock import BusinessClock
from api.settings import child_environment
from channels.simulator import SimulatorProcess, read_ledger
from channels.simulator.ledger import busiest_second
from engine.vocabulary import MessageState
from storage.database import Database, upgrade
from storage.embedded import EmbeddedServices, ServiceUrls
from tests.delivery.world import NOON, World

OUT = Path(__file__).parent / "out" / "delivery.json"
GOAL_PER_S = 1_000
SENDERS = 16
WORKERS = 2
CORES = 2
PER_SECOND = 160
"""Pace of a number: above the goal's share, so that the machine and not the pace is measured."""

OPEN = {MessageState.QUEUED, MessageState.LEASED, MessageState.SENDING}


def main() -> int:
    """Run, print and write; 1 when a message went out twice or the goal was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.delivery", description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000)
    messages = parser.parse_args().messages
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-") as folder:
        figures = measure(Path(folder), messages)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    reached = figures["msgs_per_s"] >= GOAL_PER_S
    print(f"{figures['msgs_per_s']} messages/s, {figures['duplicates']} twice: "
          f"{'the goal is reached' if reached else f'the goal of {GOAL_PER_S} is missed'}")  # fmt: skip
    return 0 if reached and not figures["duplicates"] else 1


def measure(folder: Path, messages: int) -> dict[str, Any]:
    """Send ``messages`` and read the provider's ledger."""
    with ExitStack() as stack:
        urls = stack.enter_context(servers(folder))
        world = prepared(urls, messages)
        simulator = stack.enter_context(SimulatorProcess(folder / "ledger.jsonl"))
        workers = [stack.enter_context(sender(urls, simulator)) for _ in range(WORKERS)]
        parts = {
            "simulator": [simulator_pid(simulator)],
            "worker": [worker.pid for worker in workers],
            "postgres": postgres_pids(folder),
        }
        before = {name: cpu_s(pids) for name, pids in parts.items()}
        began = time.monotonic()
        while world.states().keys() & OPEN:
            time.sleep(1.0)
            if time.monotonic() - began > 60 + messages / 100:
                raise SystemExit(f"not done in time: {world.states()}")
        elapsed = time.monotonic() - began
        used = {name: round((cpu_s(pids) - before[name]) / elapsed, 2) for name, pids in parts.items()}
        states = world.states()
    return judged(folder / "ledger.jsonl", states, used)


def judged(ledger: Path, states: dict[MessageState, int], used: dict[str, float]) -> dict[str, Any]:
    """The figures, by the provider's own book."""
    lines = read_ledger(ledger, "accepted")
    times = sorted(float(line["real_at"]) for line in lines)
    counts = Counter(line["message_id"] for line in lines)
    return {
        "msgs_per_s": round(len(lines) / (times[-1] - times[0])),
        "messages": len(counts),
        "workers": WORKERS,
        "senders": SENDERS,
        "cores": len(os.sched_getaffinity(0)),
        "duplicates": sum(count - 1 for count in counts.values()),
        "unknown": states.get(MessageState.UNKNOWN, 0),
        "accepted": states.get(MessageState.ACCEPTED, 0),
        "busiest_second_of_a_number": max(busiest_second(lines).values()),
        "pace_of_a_number": PER_SECOND,
        "cpu": used,
    }


@contextmanager
def servers(folder: Path) -> Iterator[ServiceUrls]:
    """PostgreSQL and Valkey of this run."""
    services = EmbeddedServices(folder / "data")
    try:
        yield services.start()
    finally:
        services.stop(force=True)


def prepared(urls: ServiceUrls, messages: int) -> World:
    """Tables, people, released messages, sending numbers, and a morning in November."""
    upgrade(urls.database_url)
    world = World(urls.database_url).found().lanes(SENDERS, PER_SECOND)
    world.debtors(messages, lanes=SENDERS)
    BusinessClock(Database(urls.database_url)).set(NOON)
    with world.connection() as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
    return world


@contextmanager
def sender(urls: ServiceUrls, simulator: SimulatorProcess) -> Iterator[subprocess.Popen[bytes]]:
    """One sender process; it finishes what it began when the block ends."""
    environment = child_environment(
        DATABASE_URL=urls.database_url,
        REDIS_URL=urls.redis_url,
        CADENCIA_WHATSAPP_URL=simulator.whatsapp_url,
        CADENCIA_WHATSAPP_TOKEN="token",
        CADENCIA_LOG_LEVEL="warning",
    )
    process = subprocess.Popen([sys.executable, "-m", "api.worker", "out"], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def simulator_pid(simulator: SimulatorProcess) -> int:
    """The process that listens on the simulator's port."""
    port = int(simulator.url.rsplit(":", 1)[1])
    mine = psutil.Process().children()
    return next(
        int(child.pid) for child in mine if any(c.laddr.port == port for c in child.net_connections("tcp"))
    )


def postgres_pids(folder: Path) -> list[int]:
    """The postmaster; its children are counted with it."""
    status = EmbeddedServices(folder / "data").status()
    return [status.postgres_pid] if status.postgres_pid else []


def cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds used so far by processes and all their children, also those that have ended."""
    seconds = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


if __name__ == "__main__":
    sys.exit(main())
