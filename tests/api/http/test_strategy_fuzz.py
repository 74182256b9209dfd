"""Strategy documents nobody would draw (R14): each is answered with what is wrong and where, and at once."""

import json
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.errors import StrategyError
from engine.strategy.document import json_schema, read_strategy
from engine.validation import validate
from tests.api.http.world import ApiWorld, Asker
from tests.bad_input.test_bad_strategies import fuzzed
from tests.factories.book import BookFactory

pytestmark = pytest.mark.criterion("R14")
READY = (Path(__file__).parents[3] / "examples" / "strategies" / "mora-1-30.json").read_text("utf-8")
JUDGED = "/portfolios/prueba/strategies/validate"
CPU_S = 0.1
PLAIN: dict[str, list[Any]] = {
    "string": ["", "a", "espera", "días", "x" * 600, "days_past_due", "10:00", "2026-11-13"],
    "integer": [-1, 0, 1, 7, 10**6, 2**63],
    "number": [-0.5, 0, 1.5, 1e300],
    "boolean": [True, False],
    "null": [None],
}


@pytest.fixture
def strategist(api: ApiWorld) -> Asker:
    BookFactory(api.database)
    return api.as_("strategist")


def judged(asker: Asker, body: str) -> dict[str, Any]:
    """What the service says of a body; it is a judgement, or a refusal that names a place."""
    answer = asker.ask("POST", JUDGED, content=body, headers={"Content-Type": "application/json"})
    told: dict[str, Any] = answer.json()
    assert answer.status_code in (200, 400, 413, 422), answer.text[:500]
    if answer.status_code == 200:
        blocked = [finding for finding in told["findings"] if finding["severity"] == "error"]
        assert told["publishable"] or blocked or not all(each["passed"] for each in told["examples"])
        assert all(finding["place"] or finding["code"].startswith("strategy.") for finding in blocked)
    else:
        assert told["place"] or told["errors"], told
    return told


def test_spoilt_documents_are_judged_or_refused_with_a_place(strategist: Asker) -> None:
    chance = Random(14)
    for _ in range(40):
        text = fuzzed(chance, READY)
        judged(strategist, f'{{"document": {text}}}')


def made_up(part: dict[str, Any], defs: dict[str, Any], chance: Random, levels: int = 6) -> Any:
    """Something a schema allows, references followed some levels deep; its patterns are not minded."""
    if "$ref" in part:
        named = defs[part["$ref"].rsplit("/", 1)[1]]
        return made_up(named, defs, chance, levels - 1) if levels else None
    if "const" in part or "enum" in part:
        return part.get("const", chance.choice(part.get("enum", [None])))
    for either in ("anyOf", "oneOf"):
        if either in part:
            return made_up(chance.choice(part[either]), defs, chance, levels)
    if part.get("type") == "object":
        wanted = [
            name for name in part.get("properties", {})
            if name in part.get("required", ()) or name == "kind" or chance.random() < 0.4
        ]  # fmt: skip
        return {name: made_up(part["properties"][name], defs, chance, levels) for name in wanted}
    if part.get("type") == "array":
        return [made_up(part.get("items", {}), defs, chance, levels) for _ in range(chance.randint(0, 4))]
    return chance.choice(PLAIN.get(part.get("type", ""), [None, 0, "x", {}, []]))


def test_documents_of_the_schema_are_judged(strategist: Asker) -> None:
    schema, chance = json_schema(), Random(14)
    for _ in range(60):
        judged(strategist, json.dumps({"document": made_up(schema, schema["$defs"], chance)}))


@pytest.mark.parametrize(
    "text",
    [
        '{"document": ' + "[" * 1000 + "]" * 1000 + "}",
        '{"document": {"nodes": ' + '{"a":' * 1000 + "1" + "}" * 1000 + "}}",
        '{"document": ' + "[" * 200_000,
        '{"document": {"key": NaN, "nodes": [Infinity, -Infinity]}}',
        '{"document": {"key": 1e999}}',
        '{"document": {"key": "\\ud800"}}',
        '{"document": {"key": "\\u0000"}}',
        '{"document": {"key": ' + "9" * 5_000 + "}}",
        '{"document": {}, "document": []}',
        "null",
        "",
    ],
    ids="lists objects open nan huge surrogate null digits twice nothing empty".split(),
)
def test_what_is_no_document_at_all_is_refused_or_judged(strategist: Asker, text: str) -> None:
    judged(strategist, text)


def test_ten_megabytes_are_not_read(strategist: Asker) -> None:
    told = judged(strategist, json.dumps({"document": {"key": "x" * (10 << 20)}}))
    assert told["code"] == "body.too_large"


def test_a_good_document_comes_back_as_it_was() -> None:
    strategy = read_strategy(READY)
    assert read_strategy(strategy.model_dump_json(by_alias=True)) == strategy


def test_no_document_takes_a_tenth_of_a_second_of_the_processor() -> None:
    chance = Random(14)
    validate(read_strategy(READY))  # what is made once is made
    for _ in range(60):
        text = fuzzed(chance, READY)
        assert min(seconds(text), seconds(text), seconds(text)) < CPU_S, text


def seconds(text: str) -> float:
    """Processor seconds of this thread for reading and judging one document."""
    began = time.thread_time()
    with suppress(StrategyError):
        validate(read_strategy(text))
    return time.thread_time() - began
