"""From an edit on the canvas to its new figures, as the screens do it: saved, judged, counted, over HTTP.

``python -m benchmarks.builder [--accounts 30000,1000000]`` adds a row per size to
``benchmarks/out/builder.json``, beside the frames of ``tests.browser.bench``. API and resident are processes
of their own, as ``cadencia up`` starts them; the book is warm and every edit is another document.
``what_if_median_ms`` is what the resident alone took: the rest is the way there and back, saving and judging.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from api.clock import BusinessClock
from api.settings import child_environment
from api.usecases.access.save_user import RoleIn, add_user
from benchmarks import day_world
from benchmarks.day_world import PORTFOLIO
from benchmarks.timing import write_rows
from benchmarks.what_if import edits, stand
from builder.canvas.desk import Desk
from builder.drafts import OpenDraft, open_draft, save
from builder.session import Session, sign_in
from builder.studio.board import Known
from builder.studio.judging import judged
from storage.database import Database
from storage.embedded import EmbeddedServices, ServiceUrls

BAR_MS = 1000.0
"""95 of 100 edits show their figures by then, with a million accounts and twelve nodes."""

PATIENCE_S = 1200.0
PASSWORD = "una frase larga para medir"


def main() -> int:
    """Measure, print and write; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.builder", description=__doc__)
    parser.add_argument("--accounts", default="30000,1000000")
    sizes = [int(size) for size in parser.parse_args().accounts.split(",")]
    rows = [_in_a_new_world(size) for size in sizes]
    write_rows("builder", rows, "accounts")
    return 0 if all(row["p95_ms"] <= BAR_MS for row in rows) else 1


def measure(session: Session) -> dict[str, Any]:
    """Every edit, from the moment it is on the desk to its figures."""
    drafts = list(edits())
    draft = open_draft(session, drafts[0]["key"])
    known = _edited(session, draft, drafts[0], Known())
    taken, resident = [], []
    for document in drafts[1:]:
        began = time.perf_counter()
        known = _edited(session, draft, document, known)
        taken.append(1000 * (time.perf_counter() - began))
        if known.figures.stale or not known.figures.steps:
            raise SystemExit(f"an edit got no figures: {known.summary}")
        told = session.api.post(session.at("what-if"), {"document": document})
        resident.append(1000 * told["seconds"])
        time.sleep(0.25)  # ten questions a second are let in, and this asks two an edit
    row = {
        "accounts": told["accounts"],
        "nodes": len(told["nodes"]),
        "median_ms": round(statistics.median(taken), 1),
        "p95_ms": round(statistics.quantiles(taken, n=20)[-1], 1),
        "edits": len(taken),
        "what_if_median_ms": round(statistics.median(resident), 1),
        "what_if_p95_ms": round(statistics.quantiles(resident, n=20)[-1], 1),
    }
    print(json.dumps(row), file=sys.stderr)
    return row


def _edited(session: Session, draft: OpenDraft, document: dict[str, Any], before: Known) -> Known:
    """What the canvas does with an edit: keep the draft, then ask what it means."""
    draft.desk = Desk.of(document)
    save(session, draft)
    return judged(session, document, before)


def _in_a_new_world(accounts: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="cadencia-bench-builder-") as folder:
        services = EmbeddedServices(Path(folder) / "data")
        os.environ["CADENCIA_DATA_DIR"] = str(Path(folder) / "api")
        os.environ["CADENCIA_MASTER_KEYS"] = day_world.MASTER_KEY.hex()
        try:
            urls = services.start()
            stand(urls, Path(folder) / "snapshots", accounts)
            with _serving(urls, Path(folder)) as url:
                return measure(_strategist(urls, url))
        finally:
            services.stop(force=True)


def _strategist(urls: ServiceUrls, url: str) -> Session:
    database = Database(urls.database_url)
    clock = BusinessClock(database)
    roles = [RoleIn("strategist")]
    add_user(database, clock, login="eva", name="Eva", password=PASSWORD, roles=roles, by="bench")
    session = sign_in(url, "eva", PASSWORD)
    session.portfolio = PORTFOLIO
    _wait_for_book(session)
    return session


@contextmanager
def _serving(urls: ServiceUrls, folder: Path) -> Iterator[str]:
    """The API and the resident of what-ifs."""
    port, resident_port = _free_port(), _free_port()
    environment = child_environment(
        DATABASE_URL=urls.database_url,
        REDIS_URL=urls.redis_url,
        CADENCIA_WHAT_IF_PORT=str(resident_port),
        CADENCIA_LOG_LEVEL="warning",
    )
    commands = (("api.http.resident:create_resident", resident_port), ("api.http.app:create_app", port))
    with (folder / "api.log").open("ab") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "--factory", app, "--port", str(at), "--no-access-log"],
                env=environment,
                stdout=log,
                stderr=log,
            )
            for app, at in commands
        ]
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", folder / "api.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, log: Path) -> None:
    """Until the API answers that it can work; importing everything takes its time on a busy machine."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"the API did not come up: {log.read_text(errors='replace')[-2000:]}")


def _wait_for_book(session: Session) -> None:
    """Until the resident has read the book."""
    give_up = time.monotonic() + PATIENCE_S
    known = Known()
    document = next(edits())
    while time.monotonic() < give_up:
        known = judged(session, document, known)
        if known.figures.steps and not known.figures.stale:
            return
        time.sleep(2)
    raise SystemExit(f"the book was not read: {known.summary}")


if __name__ == "__main__":
    raise SystemExit(main())
