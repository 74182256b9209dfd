"""The strategies that ship: without findings in Mexico, Colombia and Chile, and their examples green."""

from pathlib import Path

import pytest

from channels.templates import ready_templates
from engine.conditions import may_both_be_true
from engine.contact_policy import load_packs
from engine.examples import run
from engine.strategy.document import Strategy, read_strategy
from engine.validation import Context, TemplateFacts, validate

FOLDER = Path(__file__).parents[3] / "examples" / "strategies"
READY = {file.stem: read_strategy(file.read_bytes()) for file in sorted(FOLDER.glob("*.json"))}
TEMPLATES = {
    key: TemplateFacts(template.channel, template.language, names_consequence=template.names_consequence)
    for key, template in ready_templates().items()
}
CONTEXT = Context(
    templates=TEMPLATES,
    language="es",
    packs=load_packs(["MX", "CO", "CL"]),
    others=list(READY.values()),
    consent_sources=frozenset({"whatsapp", "sms", "email"}),
)
BANDS = ["preventiva", "mora-1-30", "mora-31-60", "mora-60-mas"]


@pytest.mark.parametrize("key", READY)
def test_a_ready_strategy_has_no_finding_in_any_of_the_three_countries(key: str) -> None:
    assert validate(READY[key], CONTEXT) == []


@pytest.mark.parametrize("key", READY)
def test_the_examples_of_a_ready_strategy_are_green(key: str) -> None:
    results = run(READY[key])
    assert {result.name: result.failures for result in results if not result.passed} == {}
    assert len(results) >= 2


@pytest.mark.parametrize("key", READY)
def test_a_ready_strategy_is_filed_under_its_key_and_named_in_spanish(key: str) -> None:
    strategy = READY[key]
    assert strategy.key == key
    assert all(node.name for node in strategy.nodes)


def test_every_ready_template_of_arrears_is_used() -> None:
    used = {key for strategy in READY.values() for node in strategy.nodes for key in node.templates()}
    of_a_stage = {key for key, template in ready_templates().items() if template.stage != "free"}
    assert of_a_stage <= used <= set(ready_templates())


def test_each_band_takes_over_from_the_one_before() -> None:
    bands = [READY[key].entry() for key in BANDS]
    priorities = [segment.priority for segment in bands]
    assert priorities == sorted(set(priorities))
    assert all(segment.takes_over == "lower_priority" for segment in bands)
    assert not any(
        may_both_be_true(one.when, other.when) for i, one in enumerate(bands) for other in bands[i + 1 :]
    )


def test_the_example_of_every_country_is_there() -> None:
    countries = {example.country for strategy in READY.values() for example in strategy.examples}
    assert countries == {"MX", "CO", "CL"}


def test_early_arrears_compare_two_wordings() -> None:
    strategy: Strategy = READY["mora-1-30"]
    assert len(strategy.node("recordatorio").templates()) == 2
