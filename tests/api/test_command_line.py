"""The command line says what went wrong in one line and leaves with the documented code."""

import json
from pathlib import Path

import pytest
import typer

from api.cli.app import app, run
from engine.errors import RunError


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def failing_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands more: one that refuses, one that meets what nobody expected."""
    monkeypatch.setattr(app, "registered_commands", list(app.registered_commands))

    @app.command("refuse")
    def refuse() -> None:
        raise RunError("the book is of yesterday", place="portfolio tarjetas", hint="import today's file")

    @app.command("stumble")
    def stumble() -> None:
        raise ZeroDivisionError("accounts per shard")


def test_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    told = capsys.readouterr().out
    assert "Exit codes" in told
    assert "refused" in told


@pytest.mark.usefixtures("failing_commands")
def test_a_refusal_is_one_line_with_code_place_message_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refuse"]) == 2
    captured = capsys.readouterr()
    expected = "run.refused [portfolio tarjetas]: the book is of yesterday (import today's file)"
    assert captured.err == f"cadencia: {expected}\n"
    assert captured.out == ""


@pytest.mark.usefixtures("failing_commands")
def test_an_accident_leaves_a_reference_and_its_story_in_the_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["stumble"]) == 1
    line = capsys.readouterr().err
    assert "Traceback" not in line
    reference = line.split("reference ")[1].split(":")[0]
    story = (tmp_path / "data" / "errors.log").read_text()
    assert reference in story
    assert "ZeroDivisionError: accounts per shard" in story


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dance"]) == 2
    assert "dance" in capsys.readouterr().err


def test_a_wrong_setting_is_refused_before_any_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADENCIA_LOG_LEVEL", "loud")
    assert run(["status"]) == 2
    assert "CADENCIA_LOG_LEVEL" in capsys.readouterr().err


def test_status_where_nothing_runs_says_how_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status"]) == 0
    assert "cadencia up" in capsys.readouterr().out


def test_status_for_machines_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["up"] is False
    assert {part["name"]: part["state"] for part in document["parts"]} == {"postgres": "off", "valkey": "off"}


def test_down_where_nothing_runs_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["down"]) == 0
    assert capsys.readouterr().out == "Nothing was running.\n"


def test_every_command_has_a_help_sentence() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert [name for name, command in group.commands.items() if not command.help] == []
