"""Signing in, and signing in again without losing what is being drawn."""

import streamlit as st

from builder import kept
from builder.client import ApiProblemError
from builder.frame import heading, said
from builder.session import Session, keep, sign_in
from builder.wording import LANGUAGES, Words
from engine.errors import CadenciaError, ServiceError


def show_entrance(url: str, before: Session | None) -> None:
    """The form; ``before`` is the session that has ended."""
    language = st.session_state.get("entrance-language", before.words.language if before else "es")
    words = Words(language)
    _, middle, _ = st.columns([1, 1.1, 1])
    with middle:
        st.space("large")
        heading("Cadencia", words("Gestión de cobranza: estrategias que se dibujan y se cumplen cada día."))
        if before:
            st.info(words("Su sesión terminó. Entre de nuevo: lo que estaba dibujando sigue aquí."))
        with st.form("entrance", border=True):
            login = st.text_input(
                words("Usuario"), value=before.login if before else "", key="entrance-login"
            )
            password = st.text_input(words("Contraseña"), type="password", key="entrance-password")
            if st.form_submit_button(words("Entrar"), type="primary", width="stretch"):
                _enter(url, login.strip(), password, words, before)
        st.segmented_control(
            words("Idioma"),
            list(LANGUAGES),
            default="es",
            key="entrance-language",
            required=True,
            format_func=LANGUAGES.__getitem__,
            label_visibility="collapsed",
        )


def _enter(url: str, login: str, password: str, words: Words, before: Session | None) -> None:
    if not login or not password:
        st.error(words("Escriba su usuario y su contraseña."))
        return
    try:
        session = sign_in(url, login, password)
    except ServiceError:
        st.error(words("El servicio no responde en {url}. Arránquelo con `cadencia up`.", url=url))
        return
    except CadenciaError as refused:
        wrong = isinstance(refused, ApiProblemError) and refused.status == 401
        st.error(words("El usuario o la contraseña no son correctos.") if wrong else said(refused, words))
        return
    if before and before.login == session.login:
        session.portfolio, session.words = before.portfolio or session.portfolio, before.words
    keep(session)
    kept.offer(session.api.token)
    st.rerun()
