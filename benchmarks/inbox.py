"""Statuses per second in: signed posts of twenty, answered after their commit, and how far the worker lags.

``python -m benchmarks.inbox [--seconds 60]`` writes ``benchmarks/out/inbox.json``. The API, the inbox
worker, PostgreSQL and this poster share two cores.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import orjson
import psycopg

from api.demo.stage import free_port
from api.settings import child_environment
from benchmarks.delivery import CORES, cpu_s, postgres_pids, servers
from engine.vocabulary import MessageState
from storage.database import upgrade
from storage.embedded import ServiceUrls
from storage.inbox import inbox_state
from tests.delivery.world import NOON, World

OUT = Path(__file__).parent / "out" / "inbox.json"
GOAL_PER_S = 3_000
LONGEST_LAG_S = 5.0
PER_POST = 20
STATES = ("sent", "delivered", "read")
SECRET = "bench-secret"
POSTS_AT_ONCE = 64


def main() -> int:
    """Run, print and write; 1 when the rate or the lag misses its goal, or a status was lost."""
    parser = argparse.ArgumentParser(prog="benchmarks.inbox", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-second", type=int, default=GOAL_PER_S)
    chosen = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-") as folder:
        figures = measure(Path(folder), chosen.seconds, chosen.per_second)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    reached = figures["statuses_per_s"] >= 0.98 * chosen.per_second and figures["lag_max_s"] <= LONGEST_LAG_S
    whole = figures["read"] == figures["messages"] and not figures["refused_posts"]
    print(f"{figures['statuses_per_s']} statuses/s, lag {figures['lag_max_s']} s at most: "
          f"{'the goal is reached' if reached and whole else 'the goal is missed'}")  # fmt: skip
    return 0 if reached and whole else 1


def measure(folder: Path, seconds: int, per_second: int) -> dict[str, Any]:
    """Post every status of enough messages at an even pace, and look how far the worker is behind."""
    with ExitStack() as stack:
        urls = stack.enter_context(servers(folder))
        world, bodies, messages = prepared(urls, seconds * per_second)
        port, processes = stack.enter_context(service(urls, folder))
        parts = {"api": [processes[0].pid], "worker": [processes[1].pid], "postgres": postgres_pids(folder)}
        before = {name: cpu_s(pids) for name, pids in parts.items()}
        posting = asyncio.run(post_all(port, bodies, per_second / PER_POST, urls.database_url))
        began = time.monotonic()
        while worked_left(urls) and time.monotonic() - began < 120:
            time.sleep(0.1)
        drained_s = time.monotonic() - began
        used = {name: cpu_s(pids) - before[name] for name, pids in parts.items()}
        read = world.states().get(MessageState.READ, 0)
    sent = len(bodies) * PER_POST
    return {
        "statuses_per_s": round(sent / posting["took_s"]),
        "statuses": sent,
        "posts": len(bodies),
        "per_post": PER_POST,
        "messages": messages,
        "read": read,
        "refused_posts": posting["refused"],
        "answer_p50_ms": posting["p50_ms"],
        "answer_p99_ms": posting["p99_ms"],
        "lag_max_s": posting["lag_max_s"],
        "drained_after_s": round(drained_s, 1),
        "cpu_ms_per_1000": {name: round(1e6 * seconds / sent) for name, seconds in used.items()},
        "cores": len(os.sched_getaffinity(0)),
    }


def prepared(urls: ServiceUrls, statuses: int) -> tuple[World, list[bytes], int]:
    """Accepted messages, and their statuses in posts of twenty, shuffled a little as Meta does."""
    upgrade(urls.database_url)
    world = World(urls.database_url).found().lanes(16)
    count = statuses // len(STATES) // PER_POST * PER_POST
    ids = world.debtors(count, lanes=16)
    world.do("UPDATE message SET state = 4, released = true, applied = true, sending_at = %s", NOON)
    with world.connection() as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    told = [
        {
            "id": f"wamid.{message}",
            "status": state,
            "timestamp": str(int(NOON.timestamp()) + n),
            "recipient_id": "525512345678",
            "biz_opaque_callback_data": str(message),
            "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"},
        }
        for start in range(0, count, 300)
        for n, state in enumerate(STATES)
        for message in ids[start : start + 300]
    ]
    return world, [post_of(told[n : n + PER_POST]) for n in range(0, len(told), PER_POST)], count


def post_of(statuses: list[dict[str, Any]]) -> bytes:
    """One post of Meta's."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "10001"},
        "statuses": statuses,
    }
    entry = {"id": "419561257915477", "changes": [{"value": value, "field": "messages"}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


@contextmanager
def service(urls: ServiceUrls, folder: Path) -> Iterator[tuple[int, list[subprocess.Popen[bytes]]]]:
    """The API and one inbox worker; the API's port, and both processes."""
    port = free_port()
    environment = child_environment(
        DATABASE_URL=urls.database_url,
        REDIS_URL=urls.redis_url,
        CADENCIA_DATA_DIR=str(folder),
        CADENCIA_WHATSAPP_APP_SECRET=SECRET,
        CADENCIA_LOG_LEVEL="warning",
    )
    api = ("-m", "uvicorn", "--factory", "api.http.app:create_app", "--port", str(port), "--no-access-log",
           "--log-level", "warning")  # fmt: skip
    started = [
        subprocess.Popen([sys.executable, *command], env=environment)
        for command in (api, ("-m", "api.worker", "inbox"))
    ]
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", timeout=1.0)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        time.sleep(3.0)
        yield port, started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


async def post_all(port: int, bodies: list[bytes], posts_per_s: float, database_url: str) -> dict[str, Any]:
    """Post at an even pace, as many at once as it takes; the answers' times and the worst lag seen."""
    took: list[float] = []
    refused = 0
    gate = asyncio.Semaphore(POSTS_AT_ONCE)
    lags: list[float] = []
    url = f"http://127.0.0.1:{port}/webhooks/whatsapp"

    async def one(session: aiohttp.ClientSession, body: bytes) -> None:
        nonlocal refused
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        async with gate:
            began = time.monotonic()
            async with session.post(
                url, data=body, headers={"X-Hub-Signature-256": f"sha256={signature}"}
            ) as r:
                refused += r.status != 200
            took.append(time.monotonic() - began)

    async with aiohttp.ClientSession() as session:
        watching = asyncio.create_task(asyncio.to_thread(watch, database_url, lags))
        began = time.monotonic()
        tasks = []
        for n, body in enumerate(bodies):
            if (early := began + n / posts_per_s - time.monotonic()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(one(session, body)))
        await asyncio.gather(*tasks)
        took_s = time.monotonic() - began
        lags.append(-1.0)  # tells the watcher to leave
        await watching
    ordered = sorted(took)
    return {
        "took_s": took_s,
        "refused": refused,
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 1),
        "p99_ms": round(1000 * ordered[int(len(ordered) * 0.99)], 1),
        "lag_max_s": round(max(lags), 2),
    }


def watch(database_url: str, lags: list[float]) -> None:
    """Note twice a second how old the oldest unworked row is."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not lags or lags[-1] >= 0:
            lags.append(inbox_state(connection).lag_s)
            time.sleep(0.5)


def worked_left(urls: ServiceUrls) -> int:
    """Rows nobody has worked yet."""
    with psycopg.connect(urls.database_url, autocommit=True) as connection:
        return inbox_state(connection).new


if __name__ == "__main__":
    sys.exit(main())
