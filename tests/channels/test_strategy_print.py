"""A strategy on paper: all it means is said, no step is drawn over another, equal sheets give equal bytes."""

import json
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from channels.strategy_print.drawing import KIND_COLOURS
from channels.strategy_print.markdown import strategy_markdown
from channels.strategy_print.pdf import strategy_pdf
from channels.strategy_print.sheet import LawNote, Signature, StrategySheet, Text
from engine.strategy.document import Strategy, read_strategy
from engine.strategy.layers import draw
from engine.strategy.nodes import NODE_KINDS
from engine.strategy.telling import tell

ROOT = Path(__file__).parents[2]
STRATEGIES = sorted((ROOT / "examples" / "strategies").glob("*.json"))


def sheet_of(strategy: Strategy, **more: Any) -> StrategySheet:
    fields: dict[str, Any] = {
        "creditor": "Financiera Aurora",
        "portfolio": "tarjetas",
        "country": "CO",
        "key": strategy.key,
        "name": strategy.name,
        "state": "Versión 3",
        "on": date(2026, 11, 13),
        "content_hash": strategy.content_hash(),
        "told": tell(strategy),
        "drawing": draw(strategy),
        "texts": [Text("aviso", "Aviso", "SMS", "versión 1", "", "Hola [nombre]\n*hoy*", "Hola")],
        "law": [LawNote("CO", "Ley 2300 de 2023", "art. 3", "Lunes a viernes de 7 a 19.")],
        "signatures": [Signature(3, date(2026, 11, 13), "eva", "ana", strategy.content_hash(), "antes")],
        "about": [("Aprobó", "ana")],
    }
    return StrategySheet(**{**fields, **more})


@pytest.fixture(params=STRATEGIES, ids=lambda file: file.stem)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return read_strategy(request.param.read_text(encoding="utf-8"))


def test_everything_a_strategy_means_is_said(strategy: Strategy) -> None:
    text = strategy_markdown(sheet_of(strategy))
    for node in strategy.nodes:
        assert re.sub(r"([_\[\]])", r"\\\1", node.name) in text, node.id
    for example in strategy.examples:
        assert example.name in text
    for said in (strategy.content_hash(), "Ley 2300 de 2023, art. 3", "\\*hoy\\*", "ana", "eva"):
        assert said in text
    assert text.count(" --> ") + text.count("-->|") >= len({(e.source, e.target) for e in strategy.edges})


def test_every_way_leads_to_the_step_it_names(strategy: Strategy) -> None:
    told = tell(strategy)
    names = {number: node for node, number in told.numbers.items()}
    for step in told.steps:
        targets = strategy.targets(step.id)
        assert {way.port: names[way.target] for way in step.ways if way.target} == targets


def test_no_two_steps_stand_on_one_another_and_ways_go_down(strategy: Strategy) -> None:
    drawing = draw(strategy)
    assert len(set(drawing.places.values())) == len(strategy.nodes)
    by_layer: dict[int, list[float]] = {}
    for column, layer in drawing.places.values():
        by_layer.setdefault(layer, []).append(column)
    for columns in by_layer.values():
        ordered = sorted(columns)
        assert all(right - left >= 0.999 for left, right in pairwise(ordered))
    for bends in drawing.bends.values():
        layers = [layer for _, layer in bends]
        assert layers == list(range(layers[0], layers[-1] + 1)) or layers[-1] <= layers[0]


def test_the_paper_is_the_same_bytes_each_time(strategy: Strategy) -> None:
    first = strategy_pdf(sheet_of(strategy))
    assert first.startswith(b"%PDF-")
    assert first == strategy_pdf(sheet_of(strategy))
    assert first != strategy_pdf(sheet_of(strategy, state="Versión 4"))


def circle() -> Strategy:
    nodes = [
        {"id": "in", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}},
        {"id": "w", "kind": "wait", "until": {"type": "event", "events": ["reply"], "days": 2}},
        {"id": "out", "kind": "end", "outcome": "fin"},
    ]
    edges = [
        {"source": "in", "target": "w"},
        {"source": "w", "port": "timeout", "target": "w"},
        {"source": "w", "port": "reply", "target": "out"},
    ]
    document = {"schema_version": 1, "key": "vuelta", "name": "Vuelta <b>", "exit_when": "mora"}
    return read_strategy(json.dumps({**document, "nodes": nodes, "edges": edges}))


def test_a_strategy_that_goes_round_is_drawn_and_printed() -> None:
    sheet = sheet_of(circle())
    assert strategy_pdf(sheet)
    assert "# Vuelta \\<b\\>" in strategy_markdown(sheet)


def test_a_long_strategy_goes_on_over_pages() -> None:
    nodes: list[dict[str, Any]] = [
        {"id": "in", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}}
    ]
    nodes += [{"id": f"w{n}", "kind": "wait", "until": {"type": "days", "days": 1}} for n in range(120)]
    nodes.append({"id": "out", "kind": "end", "outcome": "fin"})
    edges = [{"source": a["id"], "target": b["id"]} for a, b in pairwise(nodes)]
    document = {"schema_version": 1, "key": "larga", "name": "Larga", "exit_when": "mora"}
    long = read_strategy(json.dumps({**document, "nodes": nodes, "edges": edges}))
    paper = strategy_pdf(sheet_of(long))
    assert paper.count(b"/Type /Page\n") >= 8


def test_a_draft_without_texts_law_or_signatures_is_printed() -> None:
    bare = replace(sheet_of(circle()), texts=(), law=(), signatures=(), about=())
    assert strategy_pdf(bare)
    assert "Aprobaciones" not in strategy_markdown(bare)


def test_every_kind_has_the_colour_of_the_canvas() -> None:
    style = (ROOT / "builder" / "canvas" / "assets" / "canvas.css").read_text(encoding="utf-8")
    for kind in NODE_KINDS:
        assert f"--kind-{kind}:{KIND_COLOURS[kind]}" in style.replace(" ", "").lower(), kind
