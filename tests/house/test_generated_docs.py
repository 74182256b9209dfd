"""The pages that follow from the code say what the code says; `python -m tools.docs` writes them."""

import json
from pathlib import Path

import pytest

from engine.strategy.nodes import NODE_KINDS
from tools.docs import SAMPLES, WRITTEN, facts, pages, strategy_format

ROOT = Path(__file__).parents[2]
FRESH = pages()
GENERATED = ["docs/strategy-format.md", "docs/strategy.schema.json", "docs/facts.md"]


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == FRESH[name], "run: python -m tools.docs"


def test_every_node_kind_is_explained_with_an_example() -> None:
    page = strategy_format()
    assert set(SAMPLES) == set(NODE_KINDS)
    assert all(f"### `{kind}` — {model.title_es}" in page for kind, model in NODE_KINDS.items())


def test_every_page_says_that_it_is_written_by_the_code() -> None:
    assert WRITTEN in strategy_format() and WRITTEN in facts()


def test_the_schema_is_one_a_validator_understands() -> None:
    schema = json.loads(FRESH["docs/strategy.schema.json"])
    assert schema["additionalProperties"] is False
    assert {"key", "nodes", "exit_when"} <= set(schema["required"])
