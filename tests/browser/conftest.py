"""What the browser tests begin with: a headless Chromium, and the screens on a port of their own."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser.hand import Hand

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "browser"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One Chromium; missing, it is a failure where submissions are checked and a skip elsewhere."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        told = "no chromium on this machine: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("chromium")),
            executable_path=program,
            headless=True,
            viewport={"width": 1366, "height": 768},
            args=SWITCHES,
        )
        context.set_default_timeout(45_000)
        yield context
        context.close()


@contextmanager
def screens(script: Path, *arguments: str) -> Iterator[str]:
    """Streamlit with a script, until the block is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true")
    quiet = ("--server.fileWatcherType=none", "--browser.gatherUsageStats=false")
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options, *quiet, "--", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the screens ended at once"
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the screens do not answer")


@pytest.fixture(scope="session")
def drawing_url() -> Iterator[str]:
    """The canvas alone, without a service."""
    with screens(ROOT / "tests" / "browser" / "drawing_page.py") as url:
        yield url


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab; a picture of it is kept in build/browser when the test is over."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{request.node.name}.png")
    page.close()
    assert errors == []


@pytest.fixture
def hand(page: Page, drawing_url: str) -> Hand:
    """A hand on the strategy «preventiva»."""
    return Hand(page).on(f"{drawing_url}/?strategy=preventiva")
