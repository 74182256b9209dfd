"""`make help` lists every command, the machine check says what is missing, the locks are complete."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "tools" / "check_machine.sh"
PROMISED = {
    "help", "demo", "test", "lint", "lock", "up", "status", "bench", "bench-engine", "bench-day",
    "bench-delivery", "chaos", "clean",
}  # fmt: skip


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_make_lists_every_command_with_a_sentence(arguments: list[str]) -> None:
    told = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = dict(re.findall(r"^  make (\S+) +(\S.*)$", told, re.MULTILINE))
    assert set(listed) >= PROMISED


def check_machine(python: str, path: str = os.environ["PATH"], **variables: str) -> tuple[int, str]:
    environment = {"PATH": path, **variables}
    done = subprocess.run(
        ["/bin/sh", str(CHECK), python], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def pretending_python(folder: Path, version: str, include: str) -> str:
    """A command that answers the questions of the check as some other Python would."""
    fake = folder / "python-other"
    fake.write_text(
        f"""#!/bin/sh
case "$2" in
  *SystemExit*) exit {0 if version >= "3.11" else 1} ;;
  *version_info*) echo "Python {version}" ;;
  *include*) echo "{include}" ;;
esac
"""
    )
    fake.chmod(0o755)
    return str(fake)


def test_this_machine_passes() -> None:
    assert check_machine(sys.executable) == (0, "")


def test_no_python_is_said_in_one_line_with_its_cure() -> None:
    code, line = check_machine("python-that-is-not-there")
    assert code == 1
    assert line.count("\n") == 1
    assert "Cure: install Python 3.11" in line


def test_an_old_python_is_said_in_one_line_with_its_cure(tmp_path: Path) -> None:
    code, line = check_machine(pretending_python(tmp_path, "3.10", str(tmp_path)))
    assert (code, line.count("\n")) == (1, 1)
    assert "Python 3.10 is too old" in line
    assert "Cure: " in line


def test_a_missing_compiler_is_said_in_one_line_with_its_cure(tmp_path: Path) -> None:
    python = pretending_python(tmp_path, "3.11", str(tmp_path))
    code, line = check_machine(python, path=str(tmp_path))
    assert (code, line.count("\n")) == (1, 1)
    assert "no C compiler" in line
    assert "Cure: " in line


def test_missing_headers_are_said_in_one_line_with_their_cure(tmp_path: Path) -> None:
    code, line = check_machine(pretending_python(tmp_path, "3.12", str(tmp_path)), CC="sh")
    assert (code, line.count("\n")) == (1, 1)
    assert "no Python.h" in line
    assert "python3-dev" in line


@pytest.mark.parametrize("lock", ["bootstrap.lock", "runtime.lock", "dev.lock"])
def test_every_pinned_package_has_a_version_and_hashes(lock: str) -> None:
    pins = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements" / lock).read_text(), flags=re.MULTILINE)[1:]
    assert pins
    for pin in pins:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", pin), pin
        assert "--hash=sha256:" in pin


def test_the_locks_hold_what_the_requirements_ask_for() -> None:
    for wanted, lock in (
        ("runtime.in", "runtime.lock"),
        ("tools.in", "dev.lock"),
        ("runtime.in", "dev.lock"),
    ):
        asked = set(
            re.findall(r"^([a-z][a-z0-9-]+)", (ROOT / "requirements" / wanted).read_text(), re.MULTILINE)
        )
        pinned = set(
            re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements" / lock).read_text(), re.MULTILINE)
        )
        assert asked - pinned == set()
