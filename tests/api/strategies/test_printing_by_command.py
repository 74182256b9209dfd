"""`cadencia print-strategy` writes the version in force, another one, or the draft, as its file is called."""

from pathlib import Path

import pytest

from api.cli.app import run
from tests.acceptance.paths import end, enter, path, wait
from tests.acceptance.timeline import Timeline


def test_the_version_in_force_is_written_as_the_file_is_called(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = Timeline(database_url, tmp_path)
    for days in (5, 3):
        timeline.publish(path("mora", enter(), wait(days), end(), name="Mora"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    asked = ["print-strategy", "mora", "-p", "prueba", "--to"]
    assert run([*asked, str(tmp_path / "mora.md")]) == 0
    assert "Espera 3 días." in (tmp_path / "mora.md").read_text(encoding="utf-8")
    assert run([*asked, str(tmp_path / "uno.md"), "--version", "1"]) == 0
    assert "Espera 5 días." in (tmp_path / "uno.md").read_text(encoding="utf-8")
    assert run([*asked, str(tmp_path / "mora.pdf")]) == 0
    assert (tmp_path / "mora.pdf").read_bytes().startswith(b"%PDF-")
    assert run([*asked, str(tmp_path / "no.pdf"), "--draft"]) == 2
