"""Whatever text comes in, reading it ends in a strategy or in one refusal with a place, and soon."""

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.contact_policy import load_packs
from engine.errors import StrategyError
from engine.plan import compile_plan
from engine.strategy.document import SMALLEST, Strategy, read_strategy
from engine.validation import Context, validate
from tests.engine.strategy.drawing import agent, decide, document, end, message, notice, split, wait, wait_for

ARROWS = (
    "in -> hola -> oye; hola:blocked -> d; oye:reply -> d; oye:timeout -> d; d:si -> prueba; d:else -> pausa;"
    "prueba:a -> aviso; prueba:b -> pausa; aviso:delivered -> mesa; aviso:term_passed -> mesa;"
    "aviso:not_delivered -> mesa; pausa -> mesa -> fin; mesa:timeout -> fin"
)
SEED: dict[str, Any] = document(
    ARROWS,
    hola=message(fallback={"channel": "sms", "template": "x"}),
    oye=wait_for("reply"),
    d=decide(
        si={"any": [{"fact": "roll", "op": ">", "value": 1}, {"not": {"fact": "roll", "op": "is_known"}}]}
    ),
    prueba=split("a", "b"),
    aviso=notice(),
    pausa=wait(2),
    mesa=agent(),
    fin=end(),
    on_hold={"promise_broken": "mesa"},
    layout={"fin": [1, 2.5]},
    notes=[{"text": "hola", "at": [0, 0]}],
    examples=[{"name": "uno", "steps": [{"day": 0, "facts": {"roll": 2, "labels": ["a"]}}]}],
)
IDS = ["in", "hola", "oye", "d", "prueba", "aviso", "pausa", "mesa", "fin"]
PORTS = [
    "next",
    "blocked",
    "reply",
    "timeout",
    "si",
    "else",
    "a",
    "b",
    "delivered",
    "term_passed",
    "not_delivered",
]

LIMIT_S = 0.1
PACKS = load_packs(["MX", "CO", "CL"])


def read(text: str | bytes) -> Strategy | StrategyError:
    """The strategy or the refusal; anything else that is raised fails the test."""
    try:
        return read_strategy(text)
    except StrategyError as refused:
        return refused


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path inside a JSON document."""
    inner: list[tuple[Any, ...]] = [path] if path else []
    if isinstance(document, dict):
        for key, value in document.items():
            inner += places(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            inner += places(value, (*path, index))
    return inner


def mutated(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(document))
    inner = changed
    for part in path[:-1]:
        inner = inner[part]
    if value is REMOVED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


REMOVED = object()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*IDS, *PORTS, "wait", "segment", "days_past_due", "roll", "mora", "2026-02-30"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def broken_documents(draw: st.DrawFn) -> Any:
    document = SEED
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(document)))
        document = mutated(document, path, draw(st.just(REMOVED) | JSON))
    return document


@given(broken_documents())
def test_a_mutated_document_is_read_or_refused_with_a_place(broken: Any) -> None:
    refused = read(json.dumps(broken))
    if isinstance(refused, StrategyError):
        assert refused.place and refused.code.startswith(("strategy.", "condition."))


@given(st.text(max_size=200) | st.binary(max_size=200))
@example("\ufeff{}")
@example(b"\xff\xfe{}")
@example(SMALLEST.replace('"Smallest"', '"\\ud800"'))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    assert isinstance(read(text), StrategyError)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ('{"schema_version": 1,}', "line 1, column 22"),
        ('{"key": "a", "key": "b"}', "key"),
        (SMALLEST.replace('"value": 1', '"value": NaN'), "NaN"),
        (SMALLEST.replace('"name": "Smallest"', '"name": "\\u0000"'), "'\\x00'"),
        (SMALLEST.replace('"schema_version": 1', '"schema_version": 7'), "schema_version"),
        ("[" * 100_000, "document"),
        (SMALLEST.replace("1}}", "1" * 5000 + "}}"), "document"),
        ("[]", "document"),
    ],
)
def test_the_place_of_a_refusal(text: str, place: str) -> None:
    refused = read(text)
    assert isinstance(refused, StrategyError)
    assert refused.place == place


NESTED = '{"not":' * 1000 + '{"fact":"roll","op":"is_known"}' + "}" * 1000
WIDE = json.dumps({"any": [{"fact": "roll", "op": "=", "value": n} for n in range(20_000)]})
NODES = json.dumps(
    [{"id": f"n{n}", "kind": "wait", "until": {"type": "days", "days": -1}} for n in range(9_000)]
)


@pytest.mark.parametrize(
    "text",
    [
        SMALLEST.replace('{"fact": "days_past_due", "op": ">=", "value": 1}', NESTED),
        SMALLEST.replace('{"fact": "days_past_due", "op": ">=", "value": 1}', WIDE[:900_000]),
        '{"a":' * 900 + "1" + "}" * 900,
        " " * 10_000_000,
        SMALLEST + " " * 10_000_000,
        "{" + ",".join(f'"k{n}": 1' for n in range(60_000)) + ', "k59999": 1}',
        '{"schema_version": 1, "nodes": ' + NODES + "}",
        '{"schema_version": 1, "edges": ' + json.dumps([{"source": "!"}] * 40_000) + "}",
    ],
    ids=["nested", "wide", "deep", "blank", "padded", "twice", "nodes", "edges"],
)
def test_a_hostile_document_is_refused_soon(text: str) -> None:
    spent = []
    for _ in range(3):
        began = time.process_time()
        refused = read(text)
        spent.append(time.process_time() - began)
        assert isinstance(refused, StrategyError)
        assert refused.place
    assert min(spent) < LIMIT_S, spent


# -- the validator -------------------------------------------------------------------------------

CONDITIONS = st.sampled_from(
    [
        {"fact": "roll", "op": ">", "value": 1},
        {"fact": "roll", "op": "<", "value": 0},
        {"fact": "rol", "op": "<", "value": 0},
        {"fact": "roll", "op": "has", "value": "x"},
        {"fact": "product", "op": "in", "value": ["a", "b"]},
        {"fact": "effective_due_on", "op": "before", "value": "2026-02-30"},
        {"all": [{"fact": "roll", "op": ">", "value": 1}, {"fact": "roll", "op": "<", "value": 2}]},
    ]
)
NODE = st.one_of(
    st.builds(wait, st.integers(0, 3)),
    st.builds(lambda when: decide(si=when), CONDITIONS),
    st.just(wait_for("reply")),
    st.just(message()),
    st.just(notice()),
    st.just(agent()),
    st.just(split("a", "b")),
    st.just(end()),
    st.just({"kind": "handover", "strategy": "prueba"}),
    st.builds(lambda when: {"kind": "segment", "when": when}, CONDITIONS),
)


@st.composite
def drawings(draw: st.DrawFn) -> Strategy:
    """Readable documents of any shape: islands, circles, edges to nowhere; some are tidy and lead forward."""
    nodes = {f"n{place}": node for place, node in enumerate(draw(st.lists(NODE, max_size=7)))}
    drawn = document(
        "", when=draw(CONDITIONS), exit_when=draw(st.just("mora") | CONDITIONS), **nodes, fin=end()
    )
    ids = [node["id"] for node in drawn["nodes"]]
    tidy = draw(st.booleans())
    edges = []
    for place, node in enumerate(Strategy.model_validate(drawn).nodes):
        for number, port in enumerate(node.ports()):
            targets = ids[place + 1 :] if tidy else [*ids, "nada"]
            target = targets[0] if tidy and number == 0 else draw(st.sampled_from(targets))
            edges.append({"source": node.id, "port": port, "target": target})
    return Strategy.model_validate(drawn | {"edges": edges})


@given(drawings())
def test_a_strategy_without_errors_compiles(strategy: Strategy) -> None:
    if not any(finding.blocks for finding in validate(strategy)):
        compile_plan(strategy)


@given(broken_documents())
def test_the_validator_never_raises(broken: Any) -> None:
    strategy = read(json.dumps(broken))
    if isinstance(strategy, Strategy):
        context = Context(packs=PACKS, templates={}, others=[strategy], consent_sources=frozenset())
        findings = validate(strategy, context)
        assert all(finding.message_es and finding.message_en for finding in findings)
        if not any(finding.blocks for finding in validate(strategy)):
            compile_plan(strategy)


def test_most_drawings_are_found_out() -> None:
    """The generator is worth its time: some drawings compile, most do not."""
    sound, broken = 0, 0

    @given(drawings())
    def count(strategy: Strategy) -> None:
        nonlocal sound, broken
        blocked = any(finding.blocks for finding in validate(strategy))
        sound, broken = sound + (not blocked), broken + blocked

    count()
    assert sound and broken


def test_the_longest_strategy_is_validated_within_a_second() -> None:
    sends: dict[str, Any] = {f"m{n}": message() for n in range(149)}
    rests: dict[str, Any] = {f"w{n}": wait(3) for n in range(149)}
    path = "in -> " + " -> ".join(f"m{n} -> w{n}" for n in range(149)) + " -> fin;"
    path += ";".join(f"m{n}:blocked -> w{n}" for n in range(149))
    long = Strategy.model_validate(document(path, **sends, **rests, fin=end()))
    began = time.process_time()
    validate(long, Context(packs=PACKS))
    assert time.process_time() - began < 1
