"""What waits at the desk: queues with their load, and the tasks of a view, the most worth first."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from builder import figures
from builder.session import Session
from builder.work import instants

Json = Mapping[str, Any]

KINDS: Mapping[str, str] = {
    "escalation": "Gestión",
    "paid_claim": "Dice que ya pagó",
    "dispute": "Disputa",
    "complaint": "Queja",
    "promise_echo": "Promesa por confirmar",
    "callback": "Llamada acordada",
}
VIEWS: Mapping[str, str] = {"open": "Por hacer", "mine": "Mías", "done": "Hechas"}
EMPTY: Mapping[str, str] = {
    "open": "No hay tareas: las derivaciones, disputas y «ya pagué» llegan aquí solas.",
    "mine": "No tiene tareas en mano. Pulse «Siguiente».",
    "done": "Todavía no se ha terminado ninguna tarea.",
}
PAGE = 50


def choose_kinds(session: Session) -> list[str]:
    """The queues as one choice of kinds, each with how much waits; none chosen means all."""
    words = session.words
    open_of: dict[str, int] = {}
    overdue = 0
    for queue in session.api.get(session.at("tasks", "queues"))["items"]:
        open_of[queue["kind"]] = open_of.get(queue["kind"], 0) + queue["open"]
        overdue += queue["overdue"]
    kinds = [kind for kind in KINDS if open_of.get(kind)]
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = _pills(session, kinds, open_of)
        if overdue:
            st.badge(words("{n} fuera de plazo", n=overdue), icon=":material/schedule:", color="red")
    return chosen


def _pills(session: Session, kinds: Sequence[str], open_of: Mapping[str, int]) -> list[str]:
    words = session.words
    chosen = st.pills(
        words("Qué trabajar"),
        kinds,
        selection_mode="multi",
        key="desk-kinds",
        format_func=lambda kind: f"{words(KINDS[kind])} · {open_of[kind]}",
        label_visibility="collapsed",
        persist_state="session",
    )
    return [str(kind) for kind in chosen]


def show_tasks(session: Session, kinds: Sequence[str]) -> None:
    """The tasks of a view as a table; one chosen opens."""
    words = session.words
    view = st.segmented_control(
        words("Ver"),
        list(VIEWS),
        default="open",
        key="desk-view",
        required=True,
        format_func=lambda one: words(VIEWS[one]),
        label_visibility="collapsed",
    )
    kind = kinds[0] if len(kinds) == 1 else ""
    told = session.api.get(session.at("tasks"), view=view, kind=kind, limit=PAGE)
    tasks = [task for task in told["items"] if not kinds or task["kind"] in kinds]
    if not tasks:
        st.info(words(EMPTY[str(view)]), icon=":material/task_alt:")
        return
    chosen: Any = st.dataframe(
        [_row(session, task) for task in tasks],
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        column_config={words("Monto"): st.column_config.TextColumn(alignment="right")},
        key=f"tasks-{view}",
    )
    if chosen.selection.rows:
        st.query_params["task"] = str(tasks[chosen.selection.rows[0]]["id"])
        st.rerun()


def _row(session: Session, task: Json) -> dict[str, str]:
    words = session.words
    return {
        words("Qué"): words(KINDS[task["kind"]]),
        words("Persona"): task["person"],
        words("Cuenta"): task["account"],
        words("Monto"): figures.money(task["value"], task["currency"], session.country),
        words("Queda"): due_in(session, task),
        words("Cola"): task["queue"],
        words("En manos de"): task["taken_by"] or "—",
        words("Resultado"): task["result"].replace("_", " "),
    }


def due_in(session: Session, task: Json) -> str:
    """How long is left, or for how long it is late; a dash where it has no term."""
    words = session.words
    if not task["due_at"]:
        return "—"
    left = instants.instant(task["due_at"]) - session.now()
    if left.total_seconds() < 0:
        return words("tarde por {span}", span=instants.span(-left, words))
    return instants.span(left, words)
