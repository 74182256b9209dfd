"""examples/core_banking does what its README says, against a running server."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from api.http.app import create_app
from api.settings import Settings, child_environment
from api.usecases.access.give_key import give_key
from tests.acceptance.paths import end, enter, path, send, wait
from tests.acceptance.timeline import Timeline

EXAMPLE = Path(__file__).parents[3] / "examples" / "core_banking"
SCOPES = ["book.write", "event.write", "decision.read", "message.read"]


@pytest.fixture
def timeline(database_url: str, tmp_path: Path) -> Timeline:
    timeline = Timeline(database_url, tmp_path)
    timeline.publish(path("mora", enter(), send("aviso"), wait(3), send("segundo"), wait(9), end()))
    return timeline


@pytest.fixture
def environment(timeline: Timeline, redis_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server of its own on a free port, and a key for it."""
    settings = Settings(database_url=timeline.url, redis_url=redis_url, data_dir=tmp_path)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 60
    while not server.started and time.monotonic() < give_up:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    key = give_key(
        timeline.database, timeline.clock, label="core", scopes=SCOPES,
        portfolio_id=timeline.book.portfolio_id, days=30, by="ana",
    )  # fmt: skip
    yield child_environment(CADENCIA_URL=f"http://127.0.0.1:{port}", CADENCIA_KEY=key.text)
    server.should_exit = True
    thread.join(30)


def play(environment: dict[str, str], half: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "core.py"), "prueba", half],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_loads_pays_and_sees_the_message_withdrawn(
    timeline: Timeline, environment: dict[str, str]
) -> None:
    first, *decided = play(environment, "begin")
    assert first == "cargadas 2 cuentas, rechazadas 0"
    assert [line.partition(": ")[0] for line in decided] == ["CTA-0001", "CTA-0002"]
    assert all("aviso por whatsapp" in line for line in decided)
    timeline.day(0, deliver=False)
    told = play(environment, "pay")
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert told == [
        "antes del pago: CTA-0001 queued, CTA-0002 queued",
        "pago registrado; queda por pagar 0.00; retirados 1",
        "después del pago: CTA-0001 withdrawn, CTA-0002 queued",
    ]
    assert all(line in readme for line in [first, *decided, *told])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_same_by_curl(timeline: Timeline, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", str(EXAMPLE / "core.sh"), "prueba"],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"refused":1' in done.stdout
    assert '"amount_to_cure":"0.00"' in done.stdout
    assert timeline.rows("SELECT amount_to_cure FROM account WHERE number = 'CTA-0003'") == [(0,)]
