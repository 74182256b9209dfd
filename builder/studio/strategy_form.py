"""What is said of a strategy as a whole: name, country, when accounts leave, where what is broken goes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from builder.canvas.desk import Desk
from builder.canvas.operations import readable
from builder.inspector.conditions import ConditionBuilder
from builder.inspector.document_form import DocumentForm
from builder.inspector.form import Surroundings
from builder.wording import Words

EXITS: Mapping[str, str] = {
    "mora": "Al ponerse al día (mora)",
    "preventiva": "Al pagar la cuota o al vencer (preventiva)",
    "convenio": "Al cumplir o romper el convenio",
    "": "Cuando se cumpla una condición",
}
COUNTRIES = ("", "MX", "CO", "PE", "CL", "EC", "AR", "BR", "PY", "GT", "US")
BROKEN: Mapping[str, str] = {
    "promise_broken": "Tras una promesa rota, ir a",
    "plan_broken": "Tras un convenio roto, ir a",
}
FIRST_EXIT = {"fact": "amount_to_cure", "op": "<=", "value": 0}


def show_strategy(desk: Desk, words: Words, around: Surroundings) -> None:
    """The form of the document itself, shown while no step is chosen."""
    st.caption(words("Elija un paso en el lienzo para editarlo. Aquí, lo de toda la estrategia."))
    form = DocumentForm(desk, words, around)
    if form.trouble():
        st.error(words("No se guardó: {why}", why=form.trouble()))
    form.text(words("Nombre de la estrategia"), "name")
    _country(form)
    if form.value("campaign") is not None:
        _campaign(form)
    _exit(form)
    for cause, label in BROKEN.items():
        _broken(form, cause, words(label))


def _country(form: DocumentForm) -> None:
    words = form.words
    key = form.bind(("country",), form.value("country") or "")
    st.selectbox(
        words("País"),
        COUNTRIES,
        key=key,
        format_func=lambda code: code or words("el de cada deudor"),
        on_change=lambda: form.put(("country",), st.session_state[key] or None, words("País")),
    )


def _exit(form: DocumentForm) -> None:
    """One of the presets, or a condition of its own built by rows."""
    words, now = form.words, form.value("exit_when")
    preset = now if isinstance(now, str) else ""
    key = form.bind(("exit_when", "preset"), preset)
    label = words("La cuenta sale")

    def taken() -> None:
        chosen = st.session_state[key]
        if chosen != preset:
            form.put(("exit_when",), chosen or dict(FIRST_EXIT), label)

    st.selectbox(label, list(EXITS), key=key, format_func=lambda name: words(EXITS[name]), on_change=taken)
    if not preset:
        ConditionBuilder(form, ("exit_when",), words("La cuenta sale cuando")).show()


def _broken(form: DocumentForm, cause: str, label: str) -> None:
    """The step an account goes to, or nothing: it goes on where it was."""
    words = form.words
    nodes = {node.id: node.name or node.id for node in readable(form.desk.document).nodes}
    before: dict[str, str] = form.value("on_hold")
    key = form.bind(("on_hold", cause), before.get(cause, ""))

    def taken() -> None:
        kept = {other: node for other, node in before.items() if other != cause}
        chosen = st.session_state[key]
        form.put(("on_hold",), {**kept, cause: chosen} if chosen else kept, label)

    st.selectbox(
        label,
        ["", *nodes],
        key=key,
        format_func=lambda name: nodes.get(name, words("seguir donde estaba")),
        on_change=taken,
    )


def _campaign(form: DocumentForm) -> None:
    """The dates of a campaign and what it may spend in all."""
    words = form.words
    left, right = st.columns(2)
    with left:
        _date(form, words("Desde"), "starts_on")
    with right:
        _date(form, words("Hasta"), "ends_on")
    form.limit(words("Presupuesto, en unidades menores"), "campaign", "budget")


def _date(form: DocumentForm, label: str, name: str) -> None:
    said: Any = date.fromisoformat(form.value("campaign", name))
    key = form.bind(("campaign", name), said)
    st.date_input(
        label,
        key=key,
        format="DD/MM/YYYY",
        on_change=lambda: form.put(("campaign", name), st.session_state[key].isoformat(), label),
    )
