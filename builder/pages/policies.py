"""The contact law as data: each country's rules with their article, and what the portfolio sets besides."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.canvas.meaning import word
from builder.client import path
from builder.frame import heading
from builder.session import Session


def show_policies(session: Session) -> None:
    """A country's pack, and what the portfolio sets besides."""
    words = session.words
    heading(
        words("Políticas de contacto"),
        words("La ley más estricta por defecto. Ningún paquete es asesoría legal: su abogado lo aprueba."),
    )
    packs = {pack["key"]: pack for pack in session.api.get(path("packs"))["items"]}
    keys = list(packs)
    first = keys.index(session.country) if session.country in packs else 0
    key = st.selectbox(
        words("País"), keys, first, format_func=lambda one: _name(session, packs[one]), key="pack-key"
    )
    _pack(session, packs[key])
    if session.may("policy.read"):
        _own(session)


def _name(session: Session, pack: Mapping[str, Any]) -> str:
    state = session.words("lista") if pack["status"] == "ready" else session.words("en borrador")
    return f"{pack[session.words.language]} · {state} · {pack['version']}"


def _pack(session: Session, pack: Mapping[str, Any]) -> None:
    words = session.words
    if pack["status"] != "ready":
        st.warning(words("Este paquete es un borrador: no se usa hasta que su abogado lo confirme."))
    rows = [
        {
            words("Regla"): rule[words.language],
            words("Ley"): rule["law"],
            words("Artículo"): rule["article"],
            words("Parámetros"): rule["parameters"],
            words("Canales"): ", ".join(word(channel, words) for channel in rule["channels"]),
            words("Certeza"): rule["confidence"],
        }
        for rule in pack["rules"]
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(words("Al {on} · huella {hash}", on=pack["as_of"], hash=pack["sha256"][:16]))
    if pack["open_questions"]:
        with st.expander(words("{n} preguntas abiertas para su abogado", n=len(pack["open_questions"]))):
            for question in pack["open_questions"]:
                st.markdown(f"- {question[words.language]}")


def _own(session: Session) -> None:
    words = session.words
    st.subheader(words("Lo que esta cartera fija además"), anchor=False)
    told = session.api.get(session.at("policy"))
    if told["settings"]:
        st.json(told["settings"])
    else:
        st.caption(words("Nada: rige la ley tal como está."))
