"""In whose hands a conversation is: taken, given, let go, handed back to its strategy, closed."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from builder.session import Session
from builder.work.forms import attempt
from builder.work.happenings import OUTCOMES

Json = Mapping[str, Any]
LATEST = 8
"""Replies whose meaning may be put right from the conversation."""


def show_hands(session: Session, talk: Json) -> None:
    """The buttons this person may press on a conversation, in one row."""
    if talk["state"] == "closed" or not session.may("conversation.work"):
        return
    holder, supervises = talk["assigned_to"], session.may("conversation.supervise")
    mine = holder == session.login
    with st.container(horizontal=True, gap="small", key="hands"):
        if not mine and (holder is None or supervises):
            _take(session, talk)
        if supervises:
            _assign(session, talk)
        if holder and (mine or supervises):
            _button(session, talk, "release", session.words("Soltar"), ":material/person_off:")
        if mine or supervises or holder is None:
            _hand_back(session, talk)
            _close(session, talk)


def _take(session: Session, talk: Json) -> None:
    _button(session, talk, "take", session.words("Tomar"), ":material/front_hand:", primary=True)


def _button(session: Session, talk: Json, what: str, label: str, icon: str, *, primary: bool = False) -> None:
    kind: Any = "primary" if primary else "secondary"
    if st.button(label, icon=icon, key=f"hand-{what}-{talk['id']}", type=kind):
        _do(session, talk, what, {})


def _do(session: Session, talk: Json, what: str, body: Json) -> None:
    path = session.at("conversations", str(talk["id"]), what)
    if attempt(session, lambda: session.api.post(path, dict(body))):
        st.rerun()


def _assign(session: Session, talk: Json) -> None:
    words = session.words
    with st.popover(words("Asignar"), icon=":material/person_add:", key=f"assign-{talk['id']}"):
        agents = session.api.get(session.at("agents"))["items"]
        if not agents:
            st.caption(words("Nadie está en la lista de agentes todavía."))
            return
        about = {each["login"]: each for each in agents}
        chosen = st.selectbox(
            words("A quién"),
            list(about),
            format_func=lambda login: _agent(session, about[login]),
            key=f"assign-to-{talk['id']}",
        )
        if st.button(words("Asignar a esta persona"), type="primary", key=f"assign-do-{talk['id']}"):
            _do(session, talk, "assignment", {"login": chosen})


def _agent(session: Session, agent: Json) -> str:
    state = "" if agent["available"] else f" · {session.words('ausente')}"
    return f"{agent['name']} · {agent['open']}/{agent['capacity']}{state}"


def _hand_back(session: Session, talk: Json) -> None:
    words = session.words
    with st.popover(words("Devolver"), icon=":material/keyboard_return:", key=f"back-{talk['id']}"):
        st.caption(words("La estrategia sigue donde estaba: vuelven sus mensajes."))
        note = st.text_input(words("Nota"), key=f"back-note-{talk['id']}")
        if st.button(words("Devolver a la estrategia"), type="primary", key=f"back-do-{talk['id']}"):
            _do(session, talk, "hand-back", {"note": note.strip()})


def _close(session: Session, talk: Json) -> None:
    words = session.words
    outcomes = [each for each in OUTCOMES if each != "handed_back"]
    with st.popover(words("Cerrar"), icon=":material/task_alt:", key=f"close-{talk['id']}"):
        outcome = st.selectbox(
            words("Cómo quedó"),
            outcomes,
            format_func=lambda each: words(OUTCOMES[each]).capitalize(),
            key=f"close-outcome-{talk['id']}",
        )
        note = st.text_input(words("Nota"), key=f"close-note-{talk['id']}")
        if st.button(words("Cerrar la conversación"), type="primary", key=f"close-do-{talk['id']}"):
            _do(session, talk, "close", {"outcome": outcome, "note": note.strip()})


def show_meanings(session: Session, timeline: Sequence[Json]) -> None:
    """Put right what a reply was taken to mean: the next one like it is understood."""
    heard = [entry["what"] for entry in timeline if entry["kind"] == "message_in" and entry["what"]["text"]]
    if (
        not heard
        or not session.may("conversation.work")
        or not session.offers("/portfolios/{portfolio}/replies/intents")
    ):
        return
    words = session.words
    by_id = {what["id"]: what for what in heard[: -LATEST - 1 : -1]}
    with st.popover(words("Corregir lo entendido"), icon=":material/school:", type="tertiary"):
        intents = session.api.get(session.at("replies", "intents"))["items"]
        event = st.selectbox(
            words("Respuesta"),
            list(by_id),
            format_func=lambda each: _short(by_id[each]["text"]),
            key="meaning-of",
        )
        now = by_id[event].get("intent") or ""
        intent = st.selectbox(
            words("Qué quiso decir"),
            intents,
            index=intents.index(now) if now in intents else None,
            format_func=lambda each: str(each).replace("_", " "),
            key=f"meaning-is-{event}",
        )
        if st.button(words("Guardar"), type="primary", key="meaning-do", disabled=intent in (None, now)):
            path = session.at("replies", str(event), "meaning")
            if attempt(session, lambda: session.api.post(path, {"intent": intent})):
                st.toast(words("Aprendido: la próxima parecida se entiende así."), icon=":material/school:")
                st.rerun()


def _short(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:47]}…"
