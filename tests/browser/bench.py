"""Measures a drag in a strategy of 126 steps, frame by frame; written to benchmarks/out."""

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.timing import write_rows
from tests.browser.conftest import SWITCHES, screens

ROOT = Path(__file__).parents[2]
STEPS = 126
FRAMES = """() => { window.frames_ms = []; let last = performance.now(); window.counting = true;
  const tick = now => { window.frames_ms.push(now - last); last = now;
    if (window.counting) requestAnimationFrame(tick); };
  requestAnimationFrame(tick); }"""


def main() -> None:
    """Open, drag for some seconds, and say how long frames took."""
    with (
        screens(ROOT / "tests" / "browser" / "drawing_page.py") as url,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
    ):
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=shutil.which("chromium"),
            headless=True,
            args=SWITCHES,
            viewport={"width": 1366, "height": 768},
        )
        frames = dragged(context.new_page(), f"{url}/?steps={STEPS}")
        context.close()
    cuts = statistics.quantiles(frames, n=20)
    row: dict[str, Any] = {
        "accounts": 0,
        "nodes": STEPS,
        "median_ms": round(statistics.median(frames), 1),
        "p95_ms": round(cuts[18], 1),
    }
    write_rows("builder", [row], "accounts")
    print(f"{STEPS} steps: a frame takes {row['median_ms']} ms, {row['p95_ms']} ms at the 95th percentile")


def dragged(page: Page, url: str) -> list[float]:
    """Milliseconds of every frame while a step is dragged to and fro."""
    page.set_default_timeout(90_000)
    page.goto(url)
    node = page.locator(".react-flow__node").first
    node.wait_for()
    page.wait_for_timeout(3000)
    box = node.bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 12)
    page.mouse.down()
    page.evaluate(FRAMES)
    for turn in range(12):
        page.mouse.move(box["x"] + 60 + 200 * (turn % 2), box["y"] + 12 + 15 * turn, steps=15)
    page.mouse.up()
    page.evaluate("() => { window.counting = false }")
    frames: list[float] = page.evaluate("() => window.frames_ms.slice(2)")
    return frames


if __name__ == "__main__":
    main()
