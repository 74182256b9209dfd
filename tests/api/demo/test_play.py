"""The demo on a slice of its book: five days end to end, every told story held against tables and ledger."""

import re
import tempfile
from pathlib import Path

import pytest

from api.demo.play import DAYS, play
from api.demo.stage import LEDGER
from channels.simulator import read_ledger


@pytest.mark.timeout(600)
def test_the_demo_plays_its_five_days_on_a_slice_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with tempfile.TemporaryDirectory(prefix="cadencia-demo-", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("CADENCIA_DATA_DIR", folder)
        play(told.append, accounts=300)  # a story that is not true in the tables raises
        assert "Traceback" not in (Path(folder) / "demo" / "service.log").read_text()
        named = len(read_ledger(Path(folder) / "demo" / LEDGER, "person"))
    story = "\n".join(told)
    assert all(f"{day:%d-%m-%Y}" in story for day in DAYS)
    assert "feriado en México y Colombia" in story
    assert re.search(r"De vuelta: \d+ entregados, \d+ leídos.*, 1 con respuesta, \d+ por canal", story)
    assert "8090/mailbox" in story
    assert named > 100
