"""What an edit of the canvas does to the document, and what is refused with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as drawn

from builder.canvas.drawing import drawing, palette
from builder.canvas.kinds import NEW, new_node, new_strategy
from builder.canvas.operations import Document, applied, readable, with_node
from builder.wording import Words
from engine.errors import StrategyError
from engine.strategy.nodes import NODE_KINDS

READY = sorted((Path(__file__).parents[2] / "examples" / "strategies").glob("*.json"))
WORDS = Words("es")


def chain() -> Document:
    """entrada -> envio -> espera -> salida, with the refused messages going to the wait."""
    document: Document = new_strategy("prueba", "Prueba")
    for kind in ("wait", "channel"):
        document = applied(document, insertion(kind, via={"source": "entrada", "port": "next"}))
    return applied(document, {"op": "connect", "source": "envio", "port": "blocked", "target": "espera"})


def insertion(kind: str, **more: Any) -> dict[str, Any]:
    config = new_node(kind)
    step = {"id": config["id"], "config": config, "at": [100, 200]}
    return {"op": "insert", "steps": [step], "edges": [], "via": None, "positions": {}, **more}


def ways(document: Document) -> set[tuple[str, str, str]]:
    return {(edge["source"], edge["port"], edge["target"]) for edge in document["edges"]}


def refused(document: Document, operation: dict[str, Any]) -> str:
    with pytest.raises(StrategyError) as caught:
        applied(document, operation)
    return caught.value.code


def test_a_step_dropped_on_a_way_stands_on_it() -> None:
    assert ways(chain()) == {
        ("entrada", "next", "envio"),
        ("envio", "next", "espera"),
        ("envio", "blocked", "espera"),
        ("espera", "next", "salida"),
    }


def test_a_deleted_step_leaves_no_gap() -> None:
    left = applied(chain(), {"op": "remove", "nodes": ["espera"]})
    assert ways(left) == {
        ("entrada", "next", "envio"),
        ("envio", "next", "salida"),
        ("envio", "blocked", "salida"),
    }
    assert "espera" not in left["layout"]


def test_a_deleted_run_of_steps_leaves_no_gap() -> None:
    assert ways(applied(chain(), {"op": "remove", "nodes": ["envio", "espera"]})) == {
        ("entrada", "next", "salida")
    }


def test_a_broken_promise_does_not_jump_to_a_deleted_step() -> None:
    document = {**chain(), "on_hold": {"promise_broken": "espera"}}
    assert applied(document, {"op": "remove", "nodes": ["espera"]})["on_hold"] == {}


def test_one_branch_leads_to_one_place() -> None:
    moved = applied(chain(), {"op": "connect", "source": "envio", "port": "blocked", "target": "salida"})
    assert ("envio", "blocked", "salida") in ways(moved)
    assert ("envio", "blocked", "espera") not in ways(moved)


@pytest.mark.parametrize(
    ("source", "port", "target", "why"),
    [
        ("envio", "next", "envio", "canvas.self"),
        ("envio", "next", "entrada", "canvas.entry"),
        ("envio", "next", "espera", "canvas.duplicate"),
        ("envio", "quizas", "salida", "canvas.nowhere"),
        ("envio", "next", "nadie", "canvas.nowhere"),
    ],
)
def test_a_connection_that_makes_no_sense_is_refused_with_its_reason(source, port, target, why) -> None:
    assert refused(chain(), {"op": "connect", "source": source, "port": port, "target": target}) == why


def test_a_circle_needs_a_wait_of_a_day() -> None:
    with_two = applied(chain(), insertion("label", via={"source": "envio", "port": "next"}))
    back = {"op": "connect", "source": "marca", "port": "next", "target": "envio"}
    assert refused(with_two, back) == "canvas.cycle"
    through_the_wait = {"op": "connect", "source": "espera", "port": "next", "target": "envio"}
    assert ("espera", "next", "envio") in ways(applied(with_two, through_the_wait))


def test_the_last_step_stays() -> None:
    assert (
        refused(chain(), {"op": "remove", "nodes": ["entrada", "envio", "espera", "salida"]}) == "canvas.last"
    )


@pytest.mark.parametrize(
    "operation", [{"op": "explode"}, {"op": "connect"}, {"op": "move", "positions": {"envio": "far"}}, {}]
)
def test_what_is_no_edit_is_refused(operation) -> None:
    assert refused(chain(), operation).startswith("canvas.")


def test_a_pasted_step_the_engine_cannot_read_is_refused() -> None:
    paste = insertion("wait")
    paste["steps"][0]["config"] = {"id": "espera-2", "kind": "wait", "until": {"type": "someday"}}
    paste["steps"][0]["id"] = "espera-2"
    assert refused(chain(), paste) == "strategy.unreadable"


def test_a_way_out_that_is_gone_leads_nowhere() -> None:
    event = {"id": "espera", "kind": "wait", "until": {"type": "event", "events": ["reply"], "days": 3}}
    assert not [way for way in ways(with_node(chain(), event)) if way[0] == "espera"]


def test_places_and_notes_never_change_the_meaning() -> None:
    document = chain()
    moved = applied(document, {"op": "move", "positions": {"envio": [1, 2]}})
    noted = applied(moved, {"op": "notes", "notes": [{"text": "ojo", "at": [3, 4]}]})
    assert noted["layout"]["envio"] == [1, 2]
    assert readable(noted).content_hash() == readable(document).content_hash()


def test_a_place_given_by_the_browser_yields_to_one_that_is_kept() -> None:
    document = {**chain(), "layout": {"envio": [5, 5]}}
    placed = applied(document, {"op": "place", "positions": {"envio": [1, 1], "espera": [2, 2]}})
    assert placed["layout"] == {"envio": [5, 5], "espera": [2, 2]}


@pytest.mark.parametrize("file", READY, ids=lambda file: file.stem)
def test_a_ready_strategy_is_drawn_whole(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    graph = drawing(document, WORDS)
    assert [step["config"] for step in graph["steps"]] == document["nodes"]
    assert ways({"edges": graph["edges"]}) == ways(document)
    for step in graph["steps"]:
        assert step["name"] and step["line"]
        assert not step["ports"] or step["main"] in [port["id"] for port in step["ports"]]


def test_the_palette_offers_every_kind_of_the_registry() -> None:
    assert [kind["kind"] for kind in palette(WORDS)] == list(NODE_KINDS) == list(NEW)


@given(drawn.data())
def test_whatever_is_done_the_document_stays_readable(data) -> None:
    document = chain()
    for _ in range(6):
        ids = [node["id"] for node in document["nodes"]]
        some = drawn.sampled_from([*ids, "nadie"])
        operation = data.draw(
            drawn.one_of(
                drawn.builds(lambda node: {"op": "remove", "nodes": [node]}, some),
                drawn.builds(
                    lambda source, port, target: {
                        "op": "connect",
                        "source": source,
                        "port": port,
                        "target": target,
                    },
                    some,
                    drawn.sampled_from(["next", "blocked"]),
                    some,
                ),
                drawn.sampled_from([insertion(kind) for kind in NODE_KINDS]),
            )
        )
        try:
            document = applied(document, operation)
        except StrategyError:
            continue
        strategy = readable(document)
        ports = {node.id: node.ports() for node in strategy.nodes}
        assert all(edge.target in ports and edge.port in ports[edge.source] for edge in strategy.edges)
        assert len({(edge.source, edge.port) for edge in strategy.edges}) == len(strategy.edges)
