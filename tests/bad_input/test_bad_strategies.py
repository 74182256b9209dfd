"""Bad strategies at the command line: refused with the place in the document, and nothing is published."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.acceptance.paths import end, enter, path, send
from tests.bad_input.conftest import Console

ROOT = Path(__file__).resolve().parents[2]
READY = (ROOT / "examples" / "strategies" / "mora-1-30.json").read_text("utf-8")
TWO_PEOPLE = ("--portfolio", "prueba", "--by", "ana", "--approved-by", "beto")


@pytest.fixture(autouse=True)
def ready_templates(console: Console) -> None:
    assert console.run("templates")[0] == 0


def good() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path("mora", enter(), send("mora_1_30_sms", channel="sms"), end()))
    return document


def refused(console: Console, document: object, *people: str) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return console.refused("publish", console.file("mora.json", text), *(people or TWO_PEOPLE))


def test_good_document_is_published(console: Console) -> None:
    file = console.file("mora.json", json.dumps(good()))
    code, out, _ = console.run("publish", file, *TWO_PEOPLE)
    assert (code, out.splitlines()[-1]) == (0, "Versión 1 publicada.")


def test_unknown_fact_is_refused_with_its_node_and_the_fact_that_was_meant(console: Console) -> None:
    document = good()
    document["nodes"][0]["when"]["fact"] = "days_past_deu"
    said = refused(console, document)
    assert "[entrada" in said
    assert "days_past_deu" in said
    assert "days_past_due" in said


def test_publishing_with_ones_own_approval_is_refused(console: Console) -> None:
    said = refused(console, good(), "--portfolio", "prueba", "--by", "ana", "--approved-by", " Ana")
    assert "strategy.approval [mora]" in said


def test_unknown_portfolio_is_refused(console: Console) -> None:
    said = refused(console, good(), "--portfolio", "nadie", "--by", "ana", "--approved-by", "beto")
    assert "portfolio.unknown" in said
    assert "nadie" in said


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.pop("exit_when"), "exit_when"),
        (lambda d: d.update(colour="red"), "colour"),
        (lambda d: d["nodes"][1].update(channel="fax"), "nodes.1"),
        (lambda d: d["nodes"][1]["variants"][0].update(template="carta"), "envio|mora_1_30_sms"),
        (lambda d: d["edges"].pop(), "mora_1_30_sms"),
        (lambda d: d["edges"][0].update(target="nada"), "entrada|nada"),
        (lambda d: d["nodes"].append(d["nodes"][1]), "mora_1_30_sms"),
        (lambda d: d.update(nodes=[]), "nodes"),
        (lambda d: d["nodes"][0]["when"].update(value="muchos"), "entrada"),
    ],
)
def test_broken_part_is_named(console: Console, change: Any, place: str) -> None:
    document = good()
    change(document)
    said = refused(console, document)
    assert any(word in said for word in place.split("|")), said


@pytest.mark.parametrize(
    "text",
    ["", "no", "[]", "null", "{", '{"schema_version": 1}', '{"schema_version": 99}', READY[:-40], READY + "}",
     "[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000,
     '{"key": "a", "key": "b"}', '{"schema_version": NaN}',
     " " * 1_000_001, "\x00", '{"key": "\\ud800"}', '{"schema_version": 1e999}'],
)  # fmt: skip
def test_text_that_is_no_strategy_is_refused(console: Console, text: str) -> None:
    refused(console, text)


def test_bytes_that_are_no_text_are_refused(console: Console) -> None:
    path = console.file("mora.json", READY.encode("utf-16") + b"\xff")
    assert "strategy.unreadable" in console.refused("publish", path, *TWO_PEOPLE)


@pytest.mark.parametrize("seed", range(6))
def test_fuzzed_document_is_refused_or_published_never_more(console: Console, seed: int) -> None:
    chance = Random(seed)
    for _ in range(10):
        text = fuzzed(chance, READY)
        before = console.contents()
        code, out, said = console.run("publish", console.file("mora.json", text), *TWO_PEOPLE)
        assert code in (0, 2), said
        assert (code == 0) == ("publicada" in out)
        if code == 2:
            assert said.startswith("cadencia: ")
            assert console.contents() == before


def fuzzed(chance: Random, text: str) -> str:
    """A document with a value changed, a part taken away or twice, or a few characters spoilt."""
    if chance.random() < 0.3:
        at = chance.randrange(len(text))
        return text[:at] + chance.choice(('"', "{", "\\", "0", "ñ", "")) + text[at + chance.randint(0, 3) :]
    document = json.loads(text)
    for _ in range(chance.randint(1, 3)):
        spoil(chance, document)
    return json.dumps(document)


def spoil(chance: Random, part: Any) -> None:
    """Go down to some part of the document and spoil it."""
    keys = list(part) if isinstance(part, dict) else list(range(len(part)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(part[key], dict | list) and part[key] and chance.random() < 0.85:
        spoil(chance, part[key])
    elif chance.random() < 0.3:
        del part[key]
    elif isinstance(part, list) and chance.random() < 0.3:
        part.append(part[key])
    else:
        part[key] = chance.choice(
            (None, -1, 2**70, 1.5, "", "x" * 300, [], {}, True, "entrada", "days_past_due")
        )
