"""The whole daily run against the floor of reading and writing, all due and 15 % due.

``python -m benchmarks.day [--accounts 1000000] [--due 100,15]`` writes ``benchmarks/out/day.json``. The
embedded PostgreSQL, two day workers behind RQ and the run itself share two cores.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks import day_world, floor
from benchmarks.day_world import MEASURED, WORKERS, World
from benchmarks.timing import cpu_s, write
from storage.database import Database
from storage.embedded import EmbeddedServices, ServiceUrls

RATIO, PART_OF_ALL, PEAK_MB = 2.0, 1 / 3, 3 * 1024
"""The bars: run to floor with all due; 15 % due to all due; memory of our processes."""


def main() -> int:
    """Measure, print and write; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.day", description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--due", default="100,15", help="percent of the enrolments that fall due")
    parser.add_argument("--name", default="day", help="of the file in benchmarks/out")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-day-") as folder:
        services = EmbeddedServices(Path(folder) / "data")
        try:
            urls = services.start()
            percents = [int(part) for part in chosen.due.split(",")]
            postgres_pid = services.status().postgres_pid or 0
            rows = _rows(urls, Path(folder), chosen.accounts, percents, postgres_pid)
        finally:
            services.stop(force=True)
    write(chosen.name, {"rows": rows})
    return 0 if _within_the_bars(rows) else 1


def _rows(
    urls: ServiceUrls, folder: Path, accounts: int, percents: Sequence[int], postgres_pid: int
) -> list[dict[str, Any]]:
    world = day_world.prepare(urls, folder / "snapshots", accounts)
    with day_world.day_workers(world):
        day_world.enter_everybody(world)
    world.database.close()
    return [_row(urls, folder, accounts, percent, postgres_pid) for percent in percents]


def _row(urls: ServiceUrls, folder: Path, accounts: int, percent: int, postgres_pid: int) -> dict[str, Any]:
    own = day_world.copied(urls, f"due_{percent}")
    snapshots = folder / f"snapshots_{percent}"
    world = World(own, Database(own.database_url), snapshots)
    with day_world.day_workers(world) as workers:
        due = day_world.make_due(world, percent)
        if percent == 100:
            shutil.rmtree(snapshots)  # nothing of yesterday is left: every column is read
        since = world.number("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        ours = (os.getpid(), postgres_pid)  # the workers are children of this process
        with _peak_of(workers) as peak:
            used, began = cpu_s(ours), time.perf_counter()
            closed = world.run(MEASURED)
            run_s, run_cpu_s = time.perf_counter() - began, cpu_s(ours) - used
    if closed.state != "closed":
        raise SystemExit(f"the run ended {closed.state}: {closed.fuse}")
    print(f"  {closed.sentence()}; {run_s:.1f} s", file=sys.stderr)
    scratch = folder / f"floor_{percent}"
    floor_s, floor_cpu_s = floor.measure(world.database, closed.run_id, since, scratch, WORKERS, postgres_pid)
    return {
        "accounts": accounts,
        "due": due,
        "messages": closed.messages,
        "run_s": round(run_s, 2),
        "floor_s": round(floor_s, 2),
        "ratio": round(run_s / floor_s, 2),
        "peak_rss_mb": round(peak[0] / 2**20),
        "run_cpu_s": round(run_cpu_s, 2),
        "floor_cpu_s": round(floor_cpu_s, 2),
    }


@contextmanager
def _peak_of(workers: Sequence[int]) -> Iterator[list[int]]:
    """The most memory this process, the workers and their children had together (sum of PSS, bytes)."""
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(1.0):  # looking costs time itself
            most[0] = max(most[0], _memory(workers))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def _memory(workers: Sequence[int]) -> int:
    total = 0
    for pid in workers:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid)
            for process in (parent, *parent.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    total += process.memory_full_info().pss
    return total + int(psutil.Process().memory_full_info().pss)


def _within_the_bars(rows: Sequence[dict[str, Any]]) -> bool:
    everything = rows[0]
    kept = everything["ratio"] <= RATIO and max(row["peak_rss_mb"] for row in rows) < PEAK_MB
    print(f"all due: {everything['ratio']} times the floor (at most {RATIO})")
    for row in rows[1:]:
        part = row["run_s"] / everything["run_s"]
        kept = kept and part <= PART_OF_ALL
        print(f"{row['due']:,} due: {part:.0%} of all due (at most a third)")
    return bool(kept)


if __name__ == "__main__":
    sys.exit(main())
