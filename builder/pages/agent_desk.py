"""The agent desk: one case fills the screen, what may be done stands enabled, and after it the next comes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from builder import figures
from builder.client import ApiProblemError
from builder.frame import heading
from builder.session import Session
from builder.work.debts import show_debts
from builder.work.forms import attempt, show_forms
from builder.work.law import channel_of, show_law, why_not
from builder.work.queue import KINDS, choose_kinds, due_in, show_tasks
from builder.work.results import ENDED, Ending
from builder.work.scripts import show_script
from builder.work.timeline import show_timeline

Json = Mapping[str, Any]
STYLE = Path(__file__).parents[1] / "work" / "work.css"
CHOSEN = "task"
ON = "desk-on"
KINDS_CHOSEN = "desk-kinds-chosen"


def show_agent_desk(session: Session) -> None:
    """The queue, or the case in hand."""
    st.html(STYLE)
    ended = st.session_state.pop(ENDED, None)
    if ended is not None:
        st.query_params.pop(CHOSEN, None)
        st.toast(session.words("Resultado guardado."), icon=":material/check:")
    if ended is not None and st.session_state.get(ON, True):
        _next(session)
    number = st.query_params.get(CHOSEN, "")
    if number.isdigit():
        _case(session, number)
    else:
        _queue(session)


def _queue(session: Session) -> None:
    words = session.words
    title, action = st.columns([8, 3], vertical_alignment="bottom")
    with title:
        heading(words("Mesa de gestión"), words("Lo que espera a una persona: por monto y por lo que queda."))
    st.session_state[KINDS_CHOSEN] = choose_kinds(session)
    with action:
        _next_button(session, "primary")
    show_tasks(session, st.session_state[KINDS_CHOSEN])


def _next_button(session: Session, type: Literal["primary", "secondary"]) -> None:
    if st.button(
        session.words("Siguiente"),
        type=type,
        icon=":material/skip_next:",
        key="desk-next",
        shortcut="N",
        width="stretch",
    ):
        _next(session)
        st.rerun()


def _next(session: Session) -> None:
    """Take the next case; two agents never get the same."""
    wish = {"kinds": st.session_state.get(KINDS_CHOSEN, []), "queues": []}
    told = session.api.post(session.at("tasks", "next"), wish)["task"]
    if told is None:
        st.query_params.pop(CHOSEN, None)
        st.toast(
            session.words("No queda nada por tomar: la cola está al día."), icon=":material/celebration:"
        )
        return
    st.query_params[CHOSEN] = str(told["task"]["id"])


def _case(session: Session, number: str) -> None:
    try:
        detail = session.api.get(session.at("tasks", number))
    except ApiProblemError as refused:
        if refused.status != 404:
            raise
        st.query_params.pop(CHOSEN, None)
        st.warning(session.words("Esa tarea no está en esta cartera."))
        _queue(session)
        return
    task = detail["task"]
    _head(session, task)
    facts, middle, ending = st.columns([3.1, 4.9, 3.1], gap="medium")
    with facts:
        show_debts(session, detail["debts"])
        show_forms(session, detail["debts"], f"task-form-{number}")
        show_law(session, detail["channels"])
    with middle, st.container(key="case-middle", height=500, border=False):
        show_script(session, task, detail["debts"])
        show_timeline(session, detail["timeline"], str(task["currency"]))
    with ending:
        _work(session, detail)


def _head(session: Session, task: Json) -> None:
    words = session.words
    money = figures.exact_money(task["value"], task["currency"], session.country)
    left = words("plazo: {span}", span=due_in(session, task))
    parts = [words("Mesa de gestión"), words(KINDS[task["kind"]]), money, left]
    if task["about"].get("strategy"):
        parts.append(str(task["about"]["strategy"]))
    title, back, action = st.columns([6.6, 1.4, 3], vertical_alignment="bottom")
    with title:
        heading(task["person"] or task["account"], " · ".join(parts))
    if back.button(words("Ver la cola"), type="tertiary", icon=":material/list:", key="desk-list"):
        st.query_params.pop(CHOSEN, None)
        st.rerun()
    with action:
        _next_button(session, "secondary")


def _work(session: Session, detail: Json) -> None:
    """Contact, then the result; only for who has the task in hand."""
    words = session.words
    task = detail["task"]
    if task["state"] in ("done", "expired"):
        told = task["result"].replace("_", " ") or words("venció")
        st.info(words("Terminada: {result}.", result=told), icon=":material/task_alt:")
        return
    if task["taken_by"] != session.login:
        _take(session, task)
        return
    ending = Ending(session, detail)
    with st.container(horizontal=True, gap="small"):
        _call(session, detail, ending)
        _write(session, detail)
    _called(session, ending)
    ending.show()
    with st.container(horizontal=True, gap="small"):
        ending.show_callback()
        if st.button(words("Soltar"), icon=":material/person_off:", key="desk-release"):
            path = session.at("tasks", str(task["id"]), "release")
            if attempt(session, lambda: session.api.post(path, {})):
                st.query_params.pop(CHOSEN, None)
                st.rerun()
    st.toggle(words("Al terminar, seguir con la siguiente"), value=True, key=ON, persist_state="session")


def _take(session: Session, task: Json) -> None:
    words = session.words
    if task["taken_by"]:
        st.info(words("La tiene {login}.", login=task["taken_by"]), icon=":material/person:")
        return
    if st.button(
        words("Tomar"), type="primary", icon=":material/front_hand:", key="desk-take", width="stretch"
    ):
        path = session.at("tasks", str(task["id"]), "take")
        if attempt(session, lambda: session.api.post(path, {})):
            st.rerun()


def _call(session: Session, detail: Json, ending: Ending) -> None:
    """Call: disabled with the article when the law says no; counted from the press on."""
    words = session.words
    voice = channel_of(detail["channels"], "voice")
    reason = words("No hay teléfono conocido.") if voice is None else why_not(session, voice)
    called = st.session_state.get(ending.key("contact"))
    if st.button(
        words("Llamar"),
        icon=":material/call:",
        key="desk-call",
        shortcut="L",
        disabled=bool(reason) or bool(called),
        help=reason or None,
    ):
        path = session.at("tasks", str(detail["task"]["id"]), "calls")

        def call() -> None:
            st.session_state[ending.key("contact")] = session.api.post(path, {})

        if attempt(session, call):
            st.rerun()


def _called(session: Session, ending: Ending) -> None:
    called = st.session_state.get(ending.key("contact"))
    if called:
        st.link_button(called["phone"], called["link"], icon=":material/phone_in_talk:", width="stretch")


def _write(session: Session, detail: Json) -> None:
    """Write: in the conversation there is, or not at all, with the reason."""
    words = session.words
    ways = [each for each in detail["channels"] if each["channel"] != "voice"]
    reason = ""
    if not detail["conversation"]:
        reason = words("No hay conversación abierta: por escrito le habla la estrategia.")
    elif not any(each["may"] for each in ways):
        reason = " ".join(why_not(session, each) for each in ways[:1])
    elif not session.may("conversation.read"):
        reason = words("Su rol no atiende conversaciones.")
    if st.button(
        words("Escribir"),
        icon=":material/chat:",
        key="desk-write",
        disabled=bool(reason),
        help=reason or None,
    ):
        session.go("bandeja", conversation=str(detail["conversation"]))
