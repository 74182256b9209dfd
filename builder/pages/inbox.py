"""The inbox: who waits at the left, the conversation in the middle, the account and the law at the right."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.meaning import word
from builder.client import ApiProblemError
from builder.frame import heading
from builder.session import Session
from builder.work import instants
from builder.work.answer import show_answer
from builder.work.cards import show_card
from builder.work.debts import show_debts
from builder.work.forms import show_forms
from builder.work.hands import show_hands, show_meanings
from builder.work.law import show_law
from builder.work.timeline import show_timeline
from engine.errors import CadenciaError

STYLE = Path(__file__).parents[1] / "work" / "work.css"
VIEWS = {
    "open": "Todas",
    "mine": "Mías",
    "unassigned": "Libres",
    "waiting": "Esperan",
    "closed": "Cerradas",
}
EMPTY = {
    "open": "Nadie espera: cada respuesta que necesite una persona aparece aquí.",
    "mine": "No tiene conversaciones. Tome una de «Libres».",
    "unassigned": "Todas las conversaciones están en manos de alguien.",
    "waiting": "Nadie espera respuesta.",
    "closed": "Todavía no se ha cerrado ninguna conversación.",
}
PAGE = 30
FRESH_S = 15.0
CHOSEN = "conversation"


def show_inbox(session: Session) -> None:
    """The three columns."""
    words = session.words
    st.html(STYLE)
    heading(
        words("Bandeja"),
        words("Lo urgente primero: quien espera y la ventana que se cierra; luego el monto."),
    )
    left, rest = st.columns([3, 8.4], gap="medium")
    with left:
        _list(session)
    with rest:
        number = st.query_params.get(CHOSEN, "")
        if number.isdigit():
            _conversation(session, number)
        else:
            st.info(words("Elija una conversación de la lista."), icon=":material/forum:")
            _figures(session)


def _list(session: Session) -> None:
    words = session.words
    view = st.segmented_control(
        words("Ver"),
        list(VIEWS),
        default="open",
        key="inbox-view",
        required=True,
        format_func=lambda one: words(VIEWS[one]),
        label_visibility="collapsed",
    )
    with st.container(key="inbox-list", height=500, border=False):
        st.fragment(_talks, run_every=FRESH_S)(session, str(view))


def _talks(session: Session, view: str) -> None:
    """The cards, looked at again every few seconds; a silent service leaves what is being written alone."""
    words = session.words
    most = int(st.session_state.get("inbox-most", PAGE))
    try:
        told = session.api.get(session.at("conversations"), view=view, limit=most)
    except CadenciaError:
        st.caption(words("Sin conexión con el servicio: la lista vuelve sola."))
        return
    if not told["items"]:
        st.info(words(EMPTY[view]), icon=":material/inbox:")
    chosen = st.query_params.get(CHOSEN, "")
    for talk in told["items"]:
        if show_card(session, talk, str(talk["id"]) == chosen):
            st.query_params[CHOSEN] = str(talk["id"])
            st.rerun()
    if told["next"] and st.button(words("Ver más"), key="inbox-more", width="stretch"):
        st.session_state["inbox-most"] = most + PAGE
        st.rerun()


def _conversation(session: Session, number: str) -> None:
    try:
        detail = session.api.get(session.at("conversations", number))
    except ApiProblemError as refused:
        if refused.status != 404:
            raise
        st.warning(session.words("Esa conversación no está en esta cartera."))
        return
    middle, side = st.columns([5.2, 3.2], gap="medium")
    with middle:
        _head(session, detail["conversation"])
        with st.container(key="timeline", height=400, border=False, autoscroll=True):
            st.fragment(_timeline, run_every=FRESH_S)(session, number, detail)
        show_answer(session, detail)
    with side, st.container(key="side", height=500, border=False):
        show_debts(session, detail["debts"])
        show_forms(session, detail["debts"], f"talk-form-{number}")
        show_law(session, detail["channels"])
        show_meanings(session, detail["timeline"])


def _timeline(session: Session, number: str, detail: Mapping[str, Any]) -> None:
    """The timeline, asked for again every few seconds; while the service is silent, what was last seen."""
    seen = f"timeline-{number}"
    if st.session_state.get(seen) is not detail:
        st.session_state[seen] = detail
    else:
        try:
            detail = session.api.get(session.at("conversations", number))
        except CadenciaError:
            st.caption(session.words("Sin conexión con el servicio: se muestra lo último que se vio."))
    show_timeline(session, detail["timeline"], str(detail["conversation"]["currency"]))


def _head(session: Session, talk: Mapping[str, Any]) -> None:
    words = session.words
    holder = talk["assigned_to"] or words("sin asignar")
    money = figures.exact_money(talk["value"], talk["currency"], session.country)
    left = ""
    if talk["window_until"]:
        span = instants.span(instants.instant(talk["window_until"]) - session.now(), words)
        left = " · " + words("ventana: quedan {span}", span=span)
    st.subheader(talk["person"], anchor=False)
    st.caption(f"{word(talk['channel'], words)} · {money} · {holder}{left}")
    show_hands(session, talk)


def _figures(session: Session) -> None:
    """The team at a glance, for who supervises."""
    if not session.may("conversation.supervise"):
        return
    words = session.words
    told = session.api.get(session.at("conversations", "figures"))
    opened, free, waiting = st.columns(3)
    opened.metric(words("Abiertas"), told["open"])
    free.metric(words("Sin asignar"), told["unassigned"])
    waiting.metric(words("Esperan respuesta"), told["waiting"])
    rows = [
        {
            words("Agente"): each["login"],
            words("Abiertas"): each["open"],
            words("Esperan"): each["waiting"],
            words("Cerradas hoy"): each["closed_today"],
            words("Primera respuesta"): _minutes(each["first_answer_s"]),
            words("En manos"): _minutes(each["in_hand_s"]),
        }
        for each in told["agents"]
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")


def _minutes(seconds: float | None) -> str:
    return "—" if seconds is None else f"{round(seconds / 60)} min"
