"""The parts of a node that come in rows: variants of a message, branches of a decision, arms of a test."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from builder.inspector.conditions import ConditionBuilder
from builder.inspector.form import Form

MOST_VARIANTS, MOST_ARMS, MOST_BRANCHES = 8, 8, 20


def variants(form: Form) -> None:
    """Templates of a message with their weights; two or more are an A/B test."""
    words, rows = form.words, form.value("variants")
    templates = form.around.templates.get(form.value("channel"), ())
    for index in range(len(rows)):
        name, weight, gone = st.columns([6, 3, 1], gap="small", vertical_alignment="bottom")
        with name:
            letter = "ABCDEFGH"[index]
            form.choice(
                words("Plantilla {letter}", letter=letter), templates, "variants", index, "template", new=True
            )
        if len(rows) > 1:
            with weight:
                form.number("%", "variants", index, "weight", most=100, step=5)
            with gone:
                _button(form, "✕", f"variant-{index}", partial(_without, form, "variants", index))
    if len(rows) < MOST_VARIANTS:
        fresh = {"template": rows[-1]["template"], "weight": 0}
        _button(form, words("+ variante (prueba A/B)"), "variant-more", lambda: _more_variants(form, fresh))
    if len(rows) > 1:
        _even(form, "variants")
        form.text(
            words("Clave del experimento"),
            "experiment",
            help=words("La misma clave, el mismo brazo por persona."),
        )


def _more_variants(form: Form, fresh: dict[str, Any]) -> None:
    node = copy.deepcopy(form.node)
    node["variants"] = _evenly([*node["variants"], fresh])
    node["experiment"] = node["experiment"] or f"{form.desk.document['key']}.{form.node_id}"
    form.say(node, form.words("variantes"))


def arms(form: Form) -> None:
    """Paths of an experiment; the first is the champion."""
    words, rows = form.words, form.value("arms")
    form.text(words("Clave del experimento"), "experiment", help=words("Pesos nuevos piden una clave nueva."))
    for index, arm in enumerate(rows):
        weight, gone = st.columns([9, 1], gap="small", vertical_alignment="bottom")
        with weight:
            role = words("campeón") if index == 0 else words("retador")
            form.number(f"{arm['port']} ({role}) %", "arms", index, "weight", most=100, step=5)
        if len(rows) > 2:
            with gone:
                _button(form, "✕", f"arm-{index}", partial(_without, form, "arms", index))
    if len(rows) < MOST_ARMS:
        taken = {arm["port"] for arm in rows}
        port = next(letter for letter in "abcdefghijklmnop" if letter not in taken)
        _button(form, words("+ brazo"), "arm-more", lambda: _add_arm(form, port))
    _even(form, "arms")


def _add_arm(form: Form, port: str) -> None:
    node = copy.deepcopy(form.node)
    node["arms"] = _evenly([*node["arms"], {"port": port, "weight": 0}])
    form.say(node, form.words("brazos"))


def branches(form: Form) -> None:
    """The branches of a decision, tried in order; what is left takes «si no»."""
    words, rows = form.words, form.value("branches")
    for index, branch in enumerate(rows):
        with st.expander(f"{index + 1}. {branch['label'] or branch['port']}", expanded=len(rows) < 3):
            form.text(words("Nombre de la rama"), "branches", index, "label")
            ConditionBuilder(form, ("branches", index, "when"), words("Si")).show()
            with st.container(horizontal=True):
                if index:
                    _button(form, words("↑ antes"), f"up-{index}", partial(_raise, form, index))
                if len(rows) > 1:
                    _button(
                        form,
                        words("quitar rama"),
                        f"gone-{index}",
                        partial(_without, form, "branches", index),
                    )
    if len(rows) < MOST_BRANCHES:
        _button(form, words("+ rama"), "branch-more", lambda: _add_branch(form))
    st.caption(words("Se prueban en orden; sin dato no cumple. Lo demás sale por «si no»."))


def _add_branch(form: Form) -> None:
    node = copy.deepcopy(form.node)
    taken = {branch["port"] for branch in node["branches"]}
    number = next(n for n in range(1, MOST_BRANCHES + 2) if f"rama-{n}" not in taken)
    when = {"fact": "days_past_due", "op": ">=", "value": 1}
    label = form.words("Rama {n}", n=len(node["branches"]) + 1)
    node["branches"].append({"port": f"rama-{number}", "label": label, "when": when})
    form.say(node, form.words("ramas"))


def _raise(form: Form, index: int) -> None:
    node = copy.deepcopy(form.node)
    rows = node["branches"]
    rows[index - 1], rows[index] = rows[index], rows[index - 1]
    form.say(node, form.words("orden de las ramas"))


def _without(form: Form, name: str, index: int) -> None:
    node = copy.deepcopy(form.node)
    del node[name][index]
    if "weight" in node[name][0]:
        node[name] = _evenly(node[name])
    form.say(node, form.words("quitar"))


def _even(form: Form, name: str) -> None:
    """Say when the weights are not 100, and offer to share them evenly."""
    total = sum(row["weight"] for row in form.value(name))
    if total != 100:
        st.warning(form.words("Los pesos suman {total} %: deben sumar 100.", total=total))
        _button(form, form.words("repartir por igual"), f"{name}-even", lambda: _share(form, name))


def _share(form: Form, name: str) -> None:
    form.put((name,), _evenly(copy.deepcopy(form.value(name))), form.words("pesos"))


def _evenly(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with weights that add up to 100, the first ones one more where it does not divide.

    >>> [row["weight"] for row in _evenly([{}, {}, {}])]
    [34, 33, 33]
    """
    share, rest = divmod(100, len(rows))
    return [{**row, "weight": share + (index < rest)} for index, row in enumerate(rows)]


def _button(form: Form, label: str, name: str, action: Callable[[], None]) -> None:
    key = f"{form.desk.epoch}-{form.node_id}-{name}"
    st.button(label, key=key, type="tertiary", on_click=action)
