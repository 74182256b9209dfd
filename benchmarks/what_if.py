"""From an edit to its figures: drafts of twelve nodes over a book held in memory.

``python -m benchmarks.what_if [--accounts 30000,1000000]`` writes ``benchmarks/out/what_if.json``. Each
edit is another document (a wait, a limit), so that no answer is told twice; the book is warm. Besides the
seconds on the wall it says the processor seconds: on a busy machine only these compare.
"""

import argparse
import copy
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.clock import BusinessClock
from api.usecases.day.run_day import run_day
from api.what_if.resident import Resident
from benchmarks import day_world
from benchmarks.day_world import ENTERED, MEASURED, PORTFOLIO
from benchmarks.strategies import four_strategies
from benchmarks.timing import write
from storage.database import Database
from storage.embedded import EmbeddedServices, ServiceUrls

BAR_S = 1.0
"""95 of 100 edits have their figures by then, with a million accounts and twelve nodes."""

EDITS = 40
PATIENCE_S = 900.0


def main() -> int:
    """Measure, print and write; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.what_if", description=__doc__)
    parser.add_argument("--accounts", default="30000,1000000")
    parser.add_argument("--database", default="", help="an address with a world made before, of one size")
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.accounts.split(",")]
    rows = [measure(chosen.database) if chosen.database else _in_a_new_world(size) for size in sizes]
    write("what_if", {"bar_p95_s": BAR_S, "rows": rows})
    return 0 if all(row["p95_s"] <= BAR_S for row in rows) else 1


def measure(url: str) -> dict[str, Any]:
    """The figures of one world."""
    database = Database(url)
    resident = Resident(database, BusinessClock(database), patience_s=PATIENCE_S)
    began = time.perf_counter()
    resident.refresh(PORTFOLIO)
    held_s = time.perf_counter() - began
    for document in four_strategies():
        resident.figures(PORTFOLIO, document, {})
    wall, processor = [], []
    told: dict[str, Any] = {}
    for draft in edits():
        began, busy = time.perf_counter(), time.process_time()
        told = resident.figures(PORTFOLIO, draft, {})
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
    row = {
        "accounts": told["accounts"],
        "nodes": len(told["nodes"]),
        "edits": len(wall),
        "in_flight": told["in_flight"],
        "messages": told["messages"],
        "median_s": round(statistics.median(wall), 4),
        "p95_s": round(statistics.quantiles(wall, n=20)[-1], 4),
        "processor_median_s": round(statistics.median(processor), 4),
        "processor_p95_s": round(statistics.quantiles(processor, n=20)[-1], 4),
        "hold_s": round(held_s, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(row), file=sys.stderr)
    return row


def edits() -> Iterator[dict[str, Any]]:
    """What a person changes while drawing the largest strategy: waits, limits, who enters."""
    base = four_strategies()[0]
    for number in range(EDITS):
        draft = copy.deepcopy(base)
        waits = [node for node in draft["nodes"] if node["kind"] == "wait" and "days" in node["until"]]
        waits[number % len(waits)]["until"]["days"] = 1 + number % 9
        messages = [node for node in draft["nodes"] if node["kind"] == "channel"]
        messages[number % len(messages)]["max_per_day"] = {"messages": 1000 + number}
        yield draft


def _in_a_new_world(accounts: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-what-if-") as folder:
        services = EmbeddedServices(Path(folder) / "data")
        try:
            urls = services.start()
            stand(urls, Path(folder) / "snapshots", accounts)
            return measure(urls.database_url)
        finally:
            services.stop(force=True)


def stand(urls: ServiceUrls, snapshots: Path, accounts: int) -> None:
    """Everybody has entered and stands somewhere; the clock shows the morning of the measured date."""
    world = day_world.prepare(urls, snapshots, accounts)
    clock = BusinessClock(world.database)
    clock.set(datetime(ENTERED.year, ENTERED.month, ENTERED.day, 13, 30, tzinfo=UTC))
    run_day(world.database, PORTFOLIO, ENTERED, snapshots_url=str(snapshots))
    day_world.deal_out(world)
    clock.set(datetime(MEASURED.year, MEASURED.month, MEASURED.day, 13, 0, tzinfo=UTC))


if __name__ == "__main__":
    raise SystemExit(main())
