"""The form of a strategy's examples: imagined accounts, what is known day by day, what must happen."""

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from builder.canvas.meaning import word
from builder.canvas.operations import readable
from builder.inspector.document_form import DocumentForm
from engine.currencies import decimals_of
from engine.facts import Fact, FactType
from engine.strategy.nodes import EndNode
from engine.strategy.nodes.base import MessageNode
from engine.strategy.nodes.wait import EVENTS

MOST = 50
COUNTRIES = ("", "MX", "CO", "PE", "CL", "EC", "AR")
FRESH: Mapping[str, Any] = {
    "name": "",
    "start": "2026-11-10",
    "steps": [{"day": 0, "facts": {"days_past_due": 1, "amount_to_cure": 100_000}}],
}


def edit_examples(form: DocumentForm) -> None:
    """Every example with its days; changes are played at once."""
    words = form.words
    if form.trouble():
        st.error(words("No se guardó: {why}", why=form.trouble()))
    for index, example in enumerate(form.value("examples")):
        with st.expander(example["name"]):
            _example(form, index)
    if len(form.value("examples")) < MOST:
        name = words("Ejemplo {n}", n=len(form.value("examples")) + 1)
        _button(
            form,
            words("+ ejemplo"),
            "more",
            partial(_add, form, {**copy.deepcopy(dict(FRESH)), "name": name}),
        )


def _add(form: DocumentForm, example: dict[str, Any]) -> None:
    form.put(("examples",), [*form.value("examples"), example], form.words("ejemplos"))


def _example(form: DocumentForm, index: int) -> None:
    words = form.words
    form.text(words("Nombre"), "examples", index, "name")
    left, right = st.columns(2)
    with left:
        form.text(words("Desde (AAAA-MM-DD)"), "examples", index, "start")
    with right:
        key = form.bind(("examples", index, "country"), form.value("examples", index, "country") or "")
        st.selectbox(
            words("País"),
            COUNTRIES,
            key=key,
            on_change=lambda: form.put(
                ("examples", index, "country"), st.session_state[key] or None, words("País")
            ),
        )
    for number in range(len(form.value("examples", index, "steps"))):
        _step(form, index, number)
    with st.container(horizontal=True):
        _button(form, words("+ día"), f"{index}-day", partial(_add_day, form, index))
        _button(form, words("quitar ejemplo"), f"{index}-gone", partial(_without, form, ("examples",), index))


def _add_day(form: DocumentForm, index: int) -> None:
    steps = form.value("examples", index, "steps")
    fresh = {"day": steps[-1]["day"] + 1, "facts": {}}
    form.put(("examples", index, "steps"), [*steps, fresh], form.words("días"))


def _step(form: DocumentForm, index: int, number: int) -> None:
    """One day: what becomes known or happens, and what must be so in the evening."""
    words = form.words
    path: tuple[str | int, ...] = ("examples", index, "steps", number)
    with st.container(border=True):
        left, right = st.columns([8, 1], vertical_alignment="bottom")
        with left:
            form.number(words("Día"), *path, "day", most=366)
        if len(form.value("examples", index, "steps")) > 1:
            with right:
                name = f"{index}-{number}-gone"
                _button(form, "✕", name, partial(_without, form, ("examples", index, "steps"), number))
        for fact in form.value(*path, "facts"):
            _fact(form, path, fact)
        _new_fact(form, path)
        form.several(words("Ocurre"), EVENTS, *path, "events", new=True)
        _expected(form, path)


def _fact(form: DocumentForm, path: tuple[str | int, ...], name: str) -> None:
    known = form.around.catalogue.get(name)
    label = known.label_es if known else name
    if known and form.words.language == "en":
        label = known.label_en
    left, right = st.columns([8, 1], vertical_alignment="bottom")
    with left:
        _value(form, path, label, known, name)
    with right:
        gone = "-".join(map(str, (*path, name)))
        _button(form, "✕", gone, partial(_without, form, (*path, "facts"), name))


def _value(form: DocumentForm, path: tuple[str | int, ...], label: str, fact: Fact | None, name: str) -> None:
    """A widget for a fact's value by its type; without one, whatever people write."""
    value = form.value(*path, "facts", name)
    place = (*path, "facts", name)
    kind = fact.type if fact else None
    if kind is FactType.MONEY and isinstance(value, int):
        _money(form, place, label, path)
    elif isinstance(value, bool):
        form.truth(label, *place)
    elif isinstance(value, int):
        form.number(label, *place, least=-100_000, most=1_000_000_000)
    elif isinstance(value, list):
        form.several(label, [each for each in fact.values if each] if fact else (), *place, new=True)
    elif fact and fact.values:
        form.choice(label, [each for each in fact.values if each], *place, new=True)
    else:
        form.text(label, *place)


def _money(form: DocumentForm, place: tuple[str | int, ...], label: str, path: tuple[str | int, ...]) -> None:
    """Whole units of the example's own currency where it says one."""
    steps = form.value(*path[:3])
    said = [step["facts"]["currency"] for step in steps if step["facts"].get("currency")]
    unit = 10 ** decimals_of(said[-1] if said else form.around.currency)
    key = form.bind(place, form.value(*place) / unit)
    st.number_input(
        label,
        key=key,
        step=1.0,
        on_change=lambda: form.put(place, round(st.session_state[key] * unit), label),
    )


def _new_fact(form: DocumentForm, path: tuple[str | int, ...]) -> None:
    """Choosing a fact adds it with a first value of its type."""
    words, catalogue = form.words, form.around.catalogue
    left = [name for name in catalogue if name not in form.value(*path, "facts")]
    key = form.bind((*path, "new-fact"), None)
    english = words.language == "en"

    def taken() -> None:
        name = st.session_state[key]
        if name is not None:
            facts = {**form.value(*path, "facts"), name: first_value(catalogue[name])}
            form.put((*path, "facts"), facts, words("datos"))

    st.selectbox(
        words("+ dato"),
        left,
        index=None,
        key=key,
        placeholder=words("+ dato"),
        label_visibility="collapsed",
        format_func=lambda name: catalogue[name].label_en if english else catalogue[name].label_es,
        on_change=taken,
    )


def first_value(fact: Fact) -> bool | int | str | list[str]:
    """What a fact is before people have said it.

    >>> from engine.facts import CATALOGUE
    >>> first_value(CATALOGUE["days_past_due"]), first_value(CATALOGUE["on_plan"])
    (1, False)
    """
    word_of = next((value for value in fact.values if value), "valor")
    match fact.type:
        case FactType.NUMBER | FactType.MONEY:
            return 1
        case FactType.BOOLEAN:
            return False
        case FactType.SET:
            return [word_of]
        case FactType.DATE:
            return "2026-11-10"
        case _:
            return word_of


def _expected(form: DocumentForm, path: tuple[str | int, ...]) -> None:
    words, strategy = form.words, readable(form.desk.document)
    names = {node.id: node.name or node.id for node in strategy.nodes}
    templates = [key for node in strategy.nodes if isinstance(node, MessageNode) for key in node.templates()]
    ends = [node.outcome for node in strategy.nodes if isinstance(node, EndNode)]
    _wanted(
        form,
        (*path, "expect_message"),
        words("Se espera el mensaje"),
        dict(zip(templates, templates, strict=True)),
    )
    form.truth(words("No se espera ningún mensaje"), *path, "expect_nothing")
    _wanted(form, (*path, "expect_node"), words("Queda en"), names)
    outcomes = {outcome: word(outcome, words) for outcome in (*ends, "exit")}
    outcomes["exit"] = words("se cumple la salida")
    _wanted(form, (*path, "expect_outcome"), words("Sale con"), outcomes)


def _wanted(form: DocumentForm, path: tuple[str | int, ...], label: str, options: Mapping[str, str]) -> None:
    """One of some, or nothing said."""
    now = form.value(*path) or ""
    known = list(options) if not now or now in options else [now, *options]
    key = form.bind(path, now)
    st.selectbox(
        label,
        ["", *known],
        key=key,
        format_func=lambda name: options.get(name, name) or "—",
        on_change=lambda: form.put(path, st.session_state[key] or None, label),
    )


def _without(form: DocumentForm, path: tuple[str | int, ...], place: str | int) -> None:
    """The list or facts at a path without one part."""
    left = copy.deepcopy(form.value(*path))
    del left[place]
    form.put(path, left, form.words("quitar"))


def _button(form: DocumentForm, label: str, name: str, action: Callable[[], None]) -> None:
    st.button(label, key=f"{form.desk.epoch}-example-{name}", type="tertiary", on_click=action)
