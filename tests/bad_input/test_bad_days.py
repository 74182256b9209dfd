"""Days that cannot be run and servers that are not there: one line says why, and nothing is half-written."""

import json
import socket

import pytest

from tests.acceptance.paths import end, enter, path, send
from tests.bad_input.conftest import Console


def run_day(date: str = "2026-11-12", portfolio: str = "prueba") -> tuple[str, ...]:
    return ("run-day", "--portfolio", portfolio, "--date", date)


def test_unknown_portfolio_is_refused_with_those_there_are(console: Console) -> None:
    said = console.refused(*run_day(portfolio="nadie"))
    assert "portfolio.unknown" in said
    assert "nadie" in said
    assert "prueba" in said


def test_date_in_the_past_is_refused(console: Console) -> None:
    publish(console)
    assert console.run(*run_day("2026-11-12"), "--json")[0] == 0
    assert "run.past [prueba]" in console.refused(*run_day("2026-11-11"))


def test_date_that_is_no_date_is_refused(console: Console) -> None:
    code, _, said = console.run(*run_day("mañana"))
    assert code == 2
    assert "mañana" in said


def test_run_without_a_published_strategy_says_what_to_do(console: Console) -> None:
    console.book.account(console.book.person())
    said = console.refused(*run_day())
    assert "run.no_strategy [prueba]" in said
    assert "cadencia publish" in said


@pytest.mark.parametrize("command", ["runs", "release", "explain"])
def test_questions_about_an_unknown_portfolio_are_refused(console: Console, command: str) -> None:
    arguments = {
        "runs": (),
        "release": ("--date", "2026-11-12", "--by", "ana"),
        "explain": ("TC-1", "--date", "2026-11-12"),
    }[command]
    assert "nadie" in console.refused(command, *arguments, "--portfolio", "nadie")


def test_explaining_what_never_happened_is_refused(console: Console) -> None:
    account = ("explain", "TC-1", "--portfolio", "prueba", "--date")
    assert "TC-1" in console.refused(*account, "2026-11-12")
    console.book.account(console.book.person(), number="TC-1")
    assert "2026-11-12" in console.refused(*account, "2026-11-12")


def test_releasing_what_is_not_held_is_refused(console: Console) -> None:
    release = ("release", "--portfolio", "prueba", "--date", "2026-11-12", "--by", "ana")
    assert "2026-11-12" in console.refused(*release)


COMMANDS = (
    ("run-day", "--portfolio", "prueba", "--date", "2026-11-12"),
    ("runs", "--portfolio", "prueba"),
    ("templates",),
    ("migrate",),
    ("check",),
    ("stop", "--by", "ana", "--reason", "prueba"),
    ("generate", "--accounts", "10"),
    (
        "portfolio",
        "p",
        "--country",
        "MX",
        "--currency",
        "MXN",
        "--timezone",
        "America/Mexico_City",
        "--creditor",
        "B",
    ),
)


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:9/nothing", "postgresql://[", "no database at all"]
)
def test_database_that_is_not_there_is_said_by_every_command(
    console: Console, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    for command in COMMANDS:
        said = console.refused(*command)
        assert "service.unreachable" in said
        assert "PostgreSQL" in said


def test_database_without_tables_is_said(
    console: Console, monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert "cadencia migrate" in console.refused(*run_day())


def test_port_that_is_taken_is_said_before_anything_starts(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        monkeypatch.setenv("CADENCIA_API_PORT", str(port))
        said = console.refused("up")
    assert "service.port_taken" in said
    assert str(port) in said
    assert "CADENCIA_API_PORT" in said


def publish(console: Console) -> None:
    assert console.run("templates")[0] == 0
    document = json.loads(path("mora", enter(), send("mora_1_30_sms", channel="sms"), end()))
    file = console.file("mora.json", json.dumps(document))
    assert (
        console.run("publish", file, "--portfolio", "prueba", "--by", "ana", "--approved-by", "beto")[0] == 0
    )
