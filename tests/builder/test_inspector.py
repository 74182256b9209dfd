"""The inspector draws the whole document: exit, examples, other channel, hours, full queues, broken plans."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from builder.canvas.desk import Desk
from builder.session import Session
from engine.examples import run
from engine.strategy.document import Strategy, read_strategy
from tests.builder.conftest import World
from tests.builder.pages import INSIDE, opened_page

KEY = "entera"
DRAWN: dict[str, Any] = {
    "schema_version": 1,
    "key": KEY,
    "name": "Entera",
    "exit_when": "mora",
    "nodes": [
        {"id": "entrada", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}},
        {"id": "aviso", "kind": "channel", "channel": "whatsapp", "variants": [{"template": "hola"}]},
        {"id": "espera", "kind": "wait", "until": {"type": "event", "events": ["reply"], "days": 2}},
        {"id": "mesa", "kind": "escalate", "target": "agent", "queue": {"name": "mesa", "per_day": 5}},
        {"id": "salida", "kind": "end", "outcome": "recorrida"},
    ],
    "edges": [
        {"source": "entrada", "target": "aviso"},
        {"source": "aviso", "target": "espera"},
        {"source": "aviso", "port": "blocked", "target": "salida"},
        {"source": "espera", "port": "reply", "target": "mesa"},
        {"source": "espera", "port": "timeout", "target": "salida"},
        {"source": "mesa", "target": "salida"},
        {"source": "mesa", "port": "timeout", "target": "salida"},
    ],
}


class Inspected:
    """The canvas page of one draft, and the desk behind it."""

    def __init__(self, session: Session, key: str) -> None:
        document = {**DRAWN, "key": key}
        session.api.ask("PUT", f"{INSIDE}/strategies/{key}/draft", json=document, if_match='"0"')
        self.page: AppTest = opened_page(session, "lienzo", strategy=key)
        self.desk: Desk = self.page.session_state[f"draft/tarjetas/{key}/"].desk

    def choose(self, *nodes: str) -> "Inspected":
        self.desk.selected = nodes
        self.page.run()
        return self

    def widget(self, kind: str, name: str) -> Any:
        return getattr(self.page, kind)(key=f"{self.desk.epoch}/{name}")

    def say(self, kind: str, name: str, value: Any) -> "Inspected":
        self.widget(kind, name).set_value(value).run()
        assert not self.page.exception
        return self

    def press(self, label: str) -> "Inspected":
        next(button for button in self.page.button if button.label == label).click().run()
        assert not self.page.exception
        return self

    @property
    def strategy(self) -> Strategy:
        return Strategy.model_validate(self.desk.document)


@pytest.fixture
def inspected(world: World, request: pytest.FixtureRequest) -> Inspected:
    session = world.session(world.person("eva", "strategist"))
    return Inspected(session, request.node.name.replace("_", "-")[-60:].strip("-"))


def test_the_exit_becomes_a_condition_and_a_preset_again(inspected: Inspected) -> None:
    inspected.say("selectbox", "estrategia//exit_when/preset", "")
    assert inspected.desk.document["exit_when"] == {"fact": "amount_to_cure", "op": "<=", "value": 0}
    inspected.say("selectbox", "estrategia//exit_when/0/fact", "days_past_due")
    assert inspected.desk.document["exit_when"]["fact"] == "days_past_due"
    inspected.desk.history.undo()
    inspected.desk.revision += 1
    inspected.page.run()
    inspected.say("selectbox", "estrategia//exit_when/preset", "preventiva")
    assert inspected.strategy.exit_when == "preventiva"


def test_a_broken_plan_leads_somewhere_of_its_own(inspected: Inspected) -> None:
    inspected.say("selectbox", "estrategia//on_hold/plan_broken", "mesa")
    inspected.say("selectbox", "estrategia//on_hold/promise_broken", "aviso")
    assert inspected.strategy.on_hold == {"plan_broken": "mesa", "promise_broken": "aviso"}
    inspected.say("selectbox", "estrategia//on_hold/plan_broken", "")
    assert inspected.strategy.on_hold == {"promise_broken": "aviso"}


def test_a_message_gets_another_channel_and_loses_it(inspected: Inspected) -> None:
    inspected.choose("aviso").say("toggle", "aviso/fallback/wanted", True)
    inspected.say("selectbox", "aviso/fallback/on", "not_read")
    inspected.say("number_input", "aviso/fallback/hours", 12)
    drawn = inspected.desk.document["nodes"][1]["fallback"]
    assert drawn == {"on": "not_read", "channel": "sms", "template": "hola", "hours": 12}
    inspected.say("toggle", "aviso/fallback/wanted", False)
    assert inspected.desk.document["nodes"][1]["fallback"] is None


def test_a_wait_is_counted_in_hours_and_in_days_again(inspected: Inspected) -> None:
    inspected.choose("espera").say("selectbox", "espera/until/unit", "hours")
    until = inspected.desk.document["nodes"][2]["until"]
    assert (until["hours"], until["days"]) == (48, None)
    inspected.say("number_input", "espera/until/hours", 6)
    assert inspected.desk.document["nodes"][2]["until"]["hours"] == 6
    inspected.say("selectbox", "espera/until/unit", "days")
    assert inspected.desk.document["nodes"][2]["until"]["days"] == 1


def test_a_full_queue_gets_a_way_out_to_a_cheaper_channel(inspected: Inspected) -> None:
    inspected.choose("mesa").say("selectbox", "mesa/queue/overflow", "cheaper_channel")
    assert "overflow" in inspected.strategy.node("mesa").ports()
    inspected.say("selectbox", "mesa/queue/overflow", "tomorrow")
    assert "overflow" not in inspected.strategy.node("mesa").ports()


def test_an_example_is_written_played_and_taken_away(inspected: Inspected) -> None:
    inspected.page.session_state[f"panel-{inspected.desk.epoch}"] = "examples"
    inspected.page.run()
    inspected.page.toggle(key=f"edit-examples-{inspected.desk.epoch}").set_value(True).run()
    inspected.press("+ ejemplo").press("+ día")
    at = "estrategia//examples/0/steps"
    inspected.say("number_input", f"{at}/0/facts/days_past_due", 4)
    inspected.say("selectbox", f"{at}/0/new-fact", "on_plan")
    inspected.say("selectbox", f"{at}/0/expect_message", "hola")
    inspected.say("selectbox", f"{at}/0/expect_node", "espera")
    (example,) = inspected.strategy.examples
    assert [step.day for step in example.steps] == [0, 1]
    assert example.steps[0].facts["days_past_due"] == 4 and example.steps[0].facts["on_plan"] is False
    (played,) = run(inspected.strategy)
    assert played.passed, played.failures
    inspected.press("quitar ejemplo")
    assert inspected.strategy.examples == ()


def test_a_date_that_is_none_is_refused_and_told(inspected: Inspected) -> None:
    inspected.page.session_state[f"panel-{inspected.desk.epoch}"] = "examples"
    inspected.page.run()
    inspected.page.toggle(key=f"edit-examples-{inspected.desk.epoch}").set_value(True).run()
    inspected.press("+ ejemplo").say("text_input", "estrategia//examples/0/start", "mañana")
    assert inspected.strategy.examples[0].start == "2026-11-10"
    assert any("No se guardó" in str(error.value) for error in inspected.page.error)


def test_what_the_inspector_draws_is_read_by_the_engine(inspected: Inspected) -> None:
    inspected.choose("aviso").say("number_input", "aviso/max_per_day/money", 500)
    inspected.say("selectbox", "aviso/purpose", "confirmation")
    drawn = read_strategy(json.dumps(inspected.desk.document)).node("aviso")
    assert drawn.model_dump()["max_per_day"] == {"messages": None, "money": 500}
