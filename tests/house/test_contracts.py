"""The rooms of the house import each other only in the directions the architecture draws."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


@pytest.fixture(scope="module")
def verdict() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_contract_is_kept(verdict: subprocess.CompletedProcess[str]) -> None:
    assert verdict.returncode == 0, verdict.stdout


def test_the_contracts_were_really_checked(verdict: subprocess.CompletedProcess[str]) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(contracts)} kept, 0 broken." in verdict.stdout


def test_a_strangers_import_breaks_a_contract(tmp_path: Path) -> None:
    """The contracts bite: storage that imports channels is found."""
    for room in ("engine", "storage", "channels", "api", "builder"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("")
    (tmp_path / "engine" / "errors.py").write_text("")
    (tmp_path / "engine" / "vocabulary.py").write_text("")
    (tmp_path / "storage" / "outbox.py").write_text("import channels\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    command = [sys.executable, "-c", LINT, "--no-cache"]
    broken = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "storage.outbox -> channels" in broken.stdout
