"""Every strategy of the portfolio: what is in force, what is drawn, what waits; new ones and imports."""

import json
import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.operations import readable
from builder.frame import heading, said
from builder.session import Session
from engine.errors import CadenciaError, StrategyError
from engine.strategy.document import read_strategy

HOW = {
    "skip_expired": "Saltar lo que venció y seguir",
    "next_only": "Enviar solo el paso siguiente",
    "from_today": "Seguir desde hoy como si no hubiera pasado el tiempo",
}


def show_strategies(session: Session) -> None:
    """The list, and one strategy's versions below it."""
    words = session.words
    title, new, paste = st.columns([6, 1.4, 1.4], vertical_alignment="bottom")
    with title:
        heading(words("Estrategias"), words("Lo que cada cuenta recorre, día por día."))
    if session.may("strategy.edit"):
        with new, st.popover(words("Nueva"), icon=":material/add:", width="stretch"):
            _new(session)
        with paste, st.popover(words("Pegar JSON"), icon=":material/content_paste:", width="stretch"):
            _paste(session)
    lines = session.api.get(session.at("strategies"))["items"]
    if not lines:
        st.info(words("Todavía no hay estrategias en esta cartera. Cree una con «Nueva»."))
        return
    for line in lines:
        _line(session, line)


def _line(session: Session, line: Mapping[str, Any]) -> None:
    words = session.words
    with st.container(border=True, key=f"strategy-{line['key']}"):
        name, state, accounts, act, more = st.columns([4, 4, 1.6, 1.2, 1.2], vertical_alignment="center")
        name.markdown(f"**{line['name']}**  \n:gray[{line['key']}]")
        state.markdown(" ".join(_chips(session, line)) or words("sin publicar"))
        accounts.markdown(words("**{n}** cuentas", n=figures.number(line["accounts"], session.country)))
        if act.button(words("Abrir"), key=f"open-{line['key']}", type="primary", width="stretch"):
            session.go("lienzo", strategy=line["key"])
        with more, st.popover(words("Más"), width="stretch"):
            _more(session, line)


def _chips(session: Session, line: Mapping[str, Any]) -> list[str]:
    words = session.words
    chips = []
    if line["version"] is not None:
        chips.append(f":green-badge[{words('publicada v{n}', n=line['version'])}]")
    if line["draft"] is not None:
        by = words("borrador de {who}", who=line["draft_by"])
        chips.append(f":orange-badge[:material/edit: {by}]")
    if line["request"] is not None:
        chips.append(f":blue-badge[:material/hourglass: {words('espera aprobación')}]")
    if line["paused"]:
        chips.append(f":red-badge[:material/pause: {words('en pausa')}]")
    return chips


def _more(session: Session, line: Mapping[str, Any]) -> None:
    words = session.words
    may_publish = line["draft"] is not None and session.may("strategy.edit")
    if may_publish and st.button(words("Publicar…"), key=f"publish-{line['key']}"):
        session.go("publicar", strategy=line["key"])
    if line["version"] is None:
        return
    if session.may("strategy.operate"):
        _pausing(session, line)
    if st.button(words("Versiones…"), key=f"versions-{line['key']}", icon=":material/history:"):
        session.go("versiones", strategy=line["key"])


def _pausing(session: Session, line: Mapping[str, Any]) -> None:
    words, key = session.words, line["key"]
    if not line["paused"]:
        if st.button(
            words("Pausar: nadie entra, avanza ni recibe"), key=f"pause-{key}", icon=":material/pause:"
        ):
            told = session.api.post(session.at("strategies", key, "pause"))
            st.toast(words("En pausa; {n} mensajes retirados.", n=told["messages_withdrawn"]))
            st.rerun()
        return
    how = st.radio(words("Al reanudar"), list(HOW), key=f"how-{key}", format_func=lambda one: words(HOW[one]))
    if st.button(words("Reanudar"), key=f"resume-{key}", icon=":material/play_arrow:", type="primary"):
        told = session.api.post(session.at("strategies", key, "resume"), {"how": how})
        st.toast(words("Reanudada; {n} cuentas movidas por la elección.", n=told["accounts"]))
        st.rerun()


def _new(session: Session) -> None:
    words = session.words
    with st.form("new-strategy", border=False):
        name = st.text_input(words("Nombre"), placeholder=words("Mora temprana"), key="new-name")
        if st.form_submit_button(words("Crear y dibujar"), type="primary") and name.strip():
            st.session_state["new-strategy-name"] = name.strip()
            session.go("lienzo", strategy=key_of(name))


def key_of(name: str) -> str:
    """A key for a name: lower case, without accents.

    >>> key_of("Mora temprana: 1 a 30 días")
    'mora-temprana-1-a-30-dias'
    """
    plain = name.lower().translate(str.maketrans("áéíóúüñ", "aeiouun"))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "estrategia"


def _paste(session: Session) -> None:
    """A document pasted or uploaded becomes a draft; one from a newer Cadencia is told as such."""
    words = session.words
    text = st.text_area(words("Documento JSON de una estrategia"), height=160, key="pasted")
    if not st.button(words("Abrir como borrador"), type="primary", key="take-pasted") or not text.strip():
        return
    try:
        strategy = read_strategy(text)
    except StrategyError as refused:
        st.error(refusal_of_paste(text, refused, session))
        return
    document = json.loads(text)
    readable(document)
    st.session_state["pasted-document"] = document
    session.go("lienzo", strategy=strategy.key)


def refusal_of_paste(text: str, refused: CadenciaError, session: Session) -> str:
    """Why a pasted document is not taken; a newer schema version gets its own words."""
    words = session.words
    try:
        version = json.loads(text).get("schema_version")
    except (ValueError, AttributeError):
        return words("Esto no es un documento JSON de estrategia.")
    if isinstance(version, int) and version > 1:
        return words(
            "El documento es de una versión más nueva ({version}) de Cadencia. No se cambió nada: "
            "actualice este servicio, o expórtelo en la versión 1.",
            version=version,
        )
    return f"{words('El documento no se entiende:')} {refused.place}: {said(refused, words)}"
