"""What is said of a strategy as a whole: name, country, when accounts leave, where broken promises go."""

from collections.abc import Callable
from typing import Any, cast

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.operations import readable
from builder.inspector.form import Surroundings
from builder.wording import Words
from engine.conditions import parse, sentence
from engine.conditions.sentence import Language
from engine.errors import StrategyError

EXITS = {
    "mora": "Al ponerse al día (mora)",
    "preventiva": "Al pagar la cuota o al vencer (preventiva)",
    "convenio": "Al cumplir o romper el convenio",
}
COUNTRIES = ("", "MX", "CO", "PE", "CL", "EC", "AR", "BR", "PY", "GT", "US")


def show_strategy(desk: Desk, words: Words, around: Surroundings) -> None:
    """The form of the document itself, shown while no step is chosen."""
    document = desk.document
    st.caption(words("Elija un paso en el lienzo para editarlo. Aquí, lo de toda la estrategia."))
    _text(desk, words("Nombre de la estrategia"), "name")
    _choice(desk, words("País"), "country", COUNTRIES, lambda code: code or words("el de cada deudor"))
    exit_when = document["exit_when"]
    if isinstance(exit_when, str):
        _choice(desk, words("La cuenta sale"), "exit_when", tuple(EXITS), lambda name: words(EXITS[name]))
    else:
        said = sentence(parse(exit_when), around.catalogue, cast(Language, words.language))
        st.markdown(f"**{words('La cuenta sale cuando')}**: {said}")
    nodes = {node.id: node.name or node.id for node in readable(document).nodes}
    key = _bound(desk, "promise_broken", document.get("on_hold", {}).get("promise_broken", ""))
    st.selectbox(
        words("Tras una promesa rota, ir a"),
        ["", *nodes],
        key=key,
        format_func=lambda name: nodes.get(name, words("seguir donde estaba")),
        on_change=lambda: _put(desk, "on_hold", _on_hold(desk, st.session_state[key])),
    )


def _on_hold(desk: Desk, node_id: str) -> dict[str, str]:
    kept = {
        cause: node for cause, node in desk.document.get("on_hold", {}).items() if cause != "promise_broken"
    }
    return {**kept, "promise_broken": node_id} if node_id else kept


def _text(desk: Desk, label: str, name: str) -> None:
    key = _bound(desk, name, desk.document[name])
    st.text_input(
        label, key=key, max_chars=120, on_change=lambda: _put(desk, name, st.session_state[key].strip())
    )


def _choice(desk: Desk, label: str, name: str, options: tuple[str, ...], said: Callable[[str], str]) -> None:
    key = _bound(desk, name, desk.document.get(name) or "")
    st.selectbox(
        label,
        options,
        key=key,
        format_func=said,
        on_change=lambda: _put(desk, name, st.session_state[key] or None),
    )


def _bound(desk: Desk, name: str, value: Any) -> str:
    key = f"{desk.epoch}/strategy/{name}"
    st.session_state[key] = value
    return key


def _put(desk: Desk, name: str, value: Any) -> None:
    if desk.document.get(name) == value or desk.readonly:
        return
    changed = {**desk.document, name: value}
    try:
        readable(changed)
    except StrategyError as refused:
        desk.refuse(refused.message)
        return
    desk.replace(changed, name, f"strategy:{name}")
