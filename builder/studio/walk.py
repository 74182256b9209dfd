"""One account of today's book through what is drawn: its path lit on the canvas, and why."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.meaning import word
from builder.canvas.operations import Document, readable
from builder.wording import Words
from engine.errors import CadenciaError

Walk = Callable[[Document, str], Mapping[str, Any]]
"""Asks what a document does with the account of a number."""


def show_walk(desk: Desk, words: Words, walk: Walk) -> None:
    """The account's number, then where it goes; its steps are chosen on the canvas."""
    key = f"walk-{desk.epoch}"
    number = st.text_input(
        words("Recorrer con la cuenta n.º"), key=f"{key}-number", on_change=lambda: _forget(key)
    )
    if number and key not in st.session_state:
        try:
            st.session_state[key] = walk(desk.document, number.strip())
        except CadenciaError as refused:
            unknown = refused.code == "account.unknown"
            st.warning(words("No hay una cuenta con ese número.") if unknown else refused.message)
            return
        desk.show(_nodes(st.session_state[key]))
        st.rerun(scope="fragment")
    if number:
        _tell(desk, words, st.session_state[key])


def _forget(key: str) -> None:
    st.session_state.pop(key, None)


def _nodes(told: Mapping[str, Any]) -> list[str]:
    passed = [step["node"] for step in told["steps"]]
    return list(dict.fromkeys([*passed, told["stands_at"]] if told["stands_at"] else passed))


def _tell(desk: Desk, words: Words, told: Mapping[str, Any]) -> None:
    names = {node.id: node.name or node.id for node in readable(desk.document).nodes}
    if not told["in_draft"]:
        st.info(words("Ese día la cuenta no pasa por esta estrategia."))
    for step in told["steps"]:
        st.markdown(f"{names.get(step['node'], step['node'])} → *{word(step['port'], words)}*")
    if told["stands_at"]:
        st.markdown(words("Queda en **{where}**.", where=names.get(told["stands_at"], told["stands_at"])))
    with st.expander(words("Por qué")):
        for line in told["why"]:
            st.markdown(f"- {line['text']}")
