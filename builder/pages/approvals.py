"""What waits for a second person: what is asked, what it changes, granted or rejected with a word."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder import figures
from builder.client import path
from builder.frame import heading
from builder.session import Session

KINDS = {
    "publication": "Publicar una estrategia",
    "move_accounts": "Mover cuentas en curso",
    "template": "Aprobar una plantilla",
    "policy": "Cambiar una política",
    "refund": "Devolver un pago en línea",
    "plan": "Ofrecer un convenio de pago",
}
STATES = {
    "pending": "Esperan",
    "scheduled": "Con fecha",
    "done": "Hechas",
    "rejected": "Rechazadas",
    "failed": "Fallidas",
    "withdrawn": "Retiradas",
}


def show_approvals(session: Session) -> None:
    """Requests by state, those that wait first."""
    words = session.words
    heading(words("Aprobaciones"), words("Lo que una persona pide, otra lo aprueba."))
    state = st.segmented_control(
        words("Estado"),
        list(STATES),
        default="pending",
        key="approval-state",
        required=True,
        format_func=lambda one: words(STATES[one]),
        label_visibility="collapsed",
    )
    requests = session.api.every(path("approvals"), state=state)
    if not requests:
        st.info(words("Nada por ver en este estado."))
    for request in requests:
        _request(session, request)


def _request(session: Session, request: Mapping[str, Any]) -> None:
    words = session.words
    with st.container(border=True, key=f"request-{request['id']}"):
        left, right = st.columns([6, 4], vertical_alignment="top")
        with left:
            st.markdown(f"**{words(KINDS.get(request['kind'], request['kind']))}: {request['subject']}**")
            on = figures.day(request["asked_at"], words.language)
            st.caption(
                words(
                    "Lo pidió {who} el {on} · cartera {name}",
                    who=request["asked_by"],
                    on=on,
                    name=request["portfolio"],
                )
            )
            if request["note"]:
                st.markdown(f"> {request['note']}")
            if request["effective_on"]:
                st.caption(words("Desde el {on}", on=figures.day(request["effective_on"], words.language)))
            _choices(session, request)
        with right:
            if request["state"] == "pending":
                _decide(session, request)
            elif request["decided_by"]:
                st.caption(
                    words("Decidió {who}. {note}", who=request["decided_by"], note=request["decision_note"])
                )


def _choices(session: Session, request: Mapping[str, Any]) -> None:
    words = session.words
    if request["body"].get("rolls_back_to"):
        st.caption(words("Vuelve a la versión {n}.", n=request["body"]["rolls_back_to"]))
    choices = request["body"].get("choices") or {}
    for node, choice in choices.items():
        fate = words("salen") if choice["kind"] == "exit" else words("pasan a {to}", to=choice["target"])
        st.caption(words("Cuentas en «{node}»: {fate}", node=node, fate=fate))


def _decide(session: Session, request: Mapping[str, Any]) -> None:
    """Grant or reject; who asked can only take it back."""
    words, number = session.words, request["id"]
    if request["asked_by"].endswith(session.login):
        st.caption(words("La pidió usted: otra persona la aprueba."))
        if st.button(words("Retirar"), key=f"withdraw-{number}"):
            session.api.post(path("approvals", str(number), "withdraw"))
            st.rerun()
        return
    note = st.text_input(words("Palabra para quien la pidió"), key=f"note-{number}")
    with st.container(horizontal=True):
        granted = st.button(words("Aprobar"), key=f"grant-{number}", type="primary")
        rejected = st.button(words("Rechazar"), key=f"reject-{number}")
    if granted or rejected:
        session.api.post(path("approvals", str(number), "grant" if granted else "reject"), {"note": note})
        st.toast(words("Aprobada: queda publicada.") if granted else words("Rechazada."))
        st.rerun()
