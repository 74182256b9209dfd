"""How the benchmarks take time and write down what they found."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import psutil

OUT = Path(__file__).parent / "out"


def seconds(work: Callable[[], object], runs: int) -> list[float]:
    """How long each of some runs took, after one that is not counted."""
    work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def median_s(work: Callable[[], object], runs: int = 5) -> float:
    """The median of some runs, after one that is not counted."""
    return median(seconds(work, runs))


def cpu_s(pids: Iterable[int]) -> float:
    """Processor seconds used so far by processes and all their children, also those that have ended."""
    used = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                used += times.user + times.system + times.children_user + times.children_system
    return used


def write_rows(name: str, rows: Iterable[dict[str, Any]], key: str) -> None:
    """Keep rows in ``benchmarks/out/<name>.json`` beside those of other runs; a row is known by ``key``."""
    file = OUT / f"{name}.json"
    kept = {row[key]: row for row in json.loads(file.read_text())["rows"]} if file.exists() else {}
    kept |= {row[key]: row for row in rows}
    write(name, {"rows": [kept[each] for each in sorted(kept)]})


def write(name: str, figures: dict[str, Any]) -> None:
    """Print the figures and keep them as ``benchmarks/out/<name>.json``."""
    text = json.dumps(figures, indent=2)
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(text + "\n")
    print(text)
