"""How the benchmarks take time and write down what they found."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

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


def write(name: str, figures: dict[str, Any]) -> None:
    """Print the figures and keep them as ``benchmarks/out/<name>.json``."""
    text = json.dumps(figures, indent=2)
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(text + "\n")
    print(text)
