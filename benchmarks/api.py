"""The core-banking API: bulk loads into the database, today's decision, and events to their effect.

``python -m benchmarks.api [--rows N] [--book N] [--seconds N]`` writes ``benchmarks/out/api.json``.
Server, workers, PostgreSQL and this process share the machine's cores; decisions and payments are asked
for at their rates whatever the answers take (open loop). ``during_run`` is the same while a daily run of the
whole book goes on.
"""

import argparse
import asyncio
import io
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl

from benchmarks import day_world
from benchmarks.api_world import LOADED, Server, serving
from benchmarks.day_world import MEASURED, World
from benchmarks.timing import write
from storage.embedded import EmbeddedServices

DECISIONS_S, EVENTS_S = 50, 50
BARS = {
    "ndjson_s": 4.0, "parquet_s": 2.5, "new_contacts_s": 30.0, "decision_p50_ms": 8.0,
    "decision_p99_ms": 20.0, "event_p99_s": 2.0,
}  # fmt: skip
DURING = {"decision_p50_ms": 24.0, "decision_p99_ms": 60.0, "event_p99_s": 2.0}
NDJSON, PARQUET = "application/x-ndjson", "application/vnd.apache.parquet"


def main() -> int:
    """Measure, print and write; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.api", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--book", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--name", default="api", help="of the file in benchmarks/out")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-api-") as folder:
        services = EmbeddedServices(Path(folder) / "data")
        # Every process has the same keys: the index's in this folder, and the master of the benchmarks.
        os.environ["CADENCIA_DATA_DIR"] = str(Path(folder) / "api")
        os.environ["CADENCIA_MASTER_KEYS"] = day_world.MASTER_KEY.hex()
        try:
            urls = services.start()
            world = day_world.prepare(urls, Path(folder) / "snapshots", chosen.book)
            with day_world.day_workers(world):
                day_world.enter_everybody(world)
                with serving(world, Path(folder)) as server:
                    figures = _figures(world, server, chosen.rows, chosen.seconds)
        finally:
            services.stop(force=True)
    write(chosen.name, figures)
    return 0 if _within(figures, BARS) and _within(figures["during_run"], DURING) else 1


def _figures(world: World, server: Server, rows: int, seconds: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"rows": rows, "new_contacts_s": _load(server, _book(rows, 0), NDJSON)}
    figures["ndjson_s"] = min(_load(server, _book(rows, turn), NDJSON) for turn in (1, 2, 3))
    figures["parquet_s"] = min(_load(server, _book(rows, turn), PARQUET) for turn in (4, 5, 6))
    asyncio.run(_ask(server, 5, "warm"))
    figures |= asyncio.run(_ask(server, seconds, "quiet"))
    figures["event_p99_s"] = server.event_p99_s("quiet")
    run = threading.Thread(target=world.run, args=(MEASURED,))
    run.start()
    during = asyncio.run(_ask(server, seconds, "run", until=lambda: not run.is_alive()))
    run.join()
    during["event_p99_s"] = server.event_p99_s("run")
    return figures | {"during_run": during}


def _book(rows: int, turn: int) -> pl.DataFrame:
    """Accounts as a core tells them; each turn every amount is another one."""
    number = pl.int_range(0, rows, eager=True)
    text = number.cast(pl.String).str.zfill(7)
    return pl.DataFrame(
        {
            "account": "A" + text,
            "id_number": "RFC" + text,
            "name": "Persona " + text,
            "phone": "+52551" + text,
            "email": "p" + text + "@correo.example",
            "amount_to_cure": (number % 5_000 + 1_000 + turn).cast(pl.Float64) + 0.5,
            "outstanding_balance": (number % 7_000 + 9_000).cast(pl.Float64) + 0.25,
            "due_on": pl.Series([f"2026-10-{1 + day % 28:02d}" for day in range(rows)]),
            "product": pl.Series(["tarjeta"] * rows),
        }
    )


def _load(server: Server, book: pl.DataFrame, kind: str) -> float:
    """Seconds from the first byte posted to the answer: every row is committed by then."""
    if kind == NDJSON:
        body = book.write_ndjson().encode()
    else:
        file = io.BytesIO()
        book.write_parquet(file)
        body = file.getvalue()
    began = time.perf_counter()
    answer = httpx.post(
        f"{server.base}/{LOADED}/accounts/loads", content=body, timeout=600,
        headers={**server.headers, "Content-Type": kind},
    )  # fmt: skip
    took = time.perf_counter() - began
    told = answer.raise_for_status().json()
    if told["accepted"] != book.height or told["inserted"] + told["changed"] != book.height:
        raise SystemExit(f"not every row landed: {told}")
    print(f"  {book.height:,} rows as {kind}: {took:.2f} s", file=sys.stderr)
    return round(took, 2)


async def _ask(server: Server, seconds: int, label: str, until: Any = lambda: False) -> dict[str, Any]:
    """Decisions and payments at their rates for some seconds; how long the decisions took."""
    took: list[float] = []
    numbers = server.numbers(DECISIONS_S * seconds)
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(timeout=60, limits=limits, headers=server.headers) as client:
        waiting: list[asyncio.Task[None]] = []
        began = time.perf_counter()
        for turn in range(DECISIONS_S * seconds):
            await asyncio.sleep(max(began + turn / DECISIONS_S - time.perf_counter(), 0))
            waiting.append(asyncio.create_task(_decide(client, server, numbers[turn % len(numbers)], took)))
            waiting.append(
                asyncio.create_task(_pay(client, server, numbers[turn % len(numbers)], label, turn))
            )
            if until():
                break
        await asyncio.gather(*waiting)
    ms = np.array(took) * 1_000
    p50, p99 = (round(float(np.percentile(ms, at)), 1) for at in (50, 99))
    print(f"  {label}: {len(took):,} decisions, p50 {p50} ms, p99 {p99} ms", file=sys.stderr)
    return {"decisions": len(took), "decision_p50_ms": p50, "decision_p99_ms": p99}


async def _decide(client: httpx.AsyncClient, server: Server, number: str, took: list[float]) -> None:
    began = time.perf_counter()
    answer = await client.get(f"{server.base}/{day_world.PORTFOLIO}/accounts/{number}/decision")
    answer.raise_for_status()
    took.append(time.perf_counter() - began)


async def _pay(client: httpx.AsyncClient, server: Server, number: str, label: str, turn: int) -> None:
    paid = {
        "account": number, "amount": "1", "paid_at": f"{MEASURED}T13:00:00Z", "source": label,
        "reference": str(turn),
    }  # fmt: skip
    answer = await client.post(f"{server.base}/{day_world.PORTFOLIO}/payments", json=paid)
    answer.raise_for_status()


def _within(figures: dict[str, Any], bars: dict[str, float]) -> bool:
    for name, bar in bars.items():
        mark = "" if figures[name] <= bar else "  <- missed"
        print(f"{name}: {figures[name]} (at most {bar}){mark}")
    return all(figures[name] <= bar for name, bar in bars.items())


if __name__ == "__main__":
    sys.exit(main())
