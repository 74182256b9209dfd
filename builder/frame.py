"""What stands around every page: title, looks, and a clear screen when something is refused or silent."""

import logging
import secrets
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from builder.client import ApiProblemError
from builder.session import Session
from builder.wording import Words
from engine.errors import CadenciaError, ServiceError

log = logging.getLogger(__name__)

STYLE = Path(__file__).with_name("frame.css")


def begin(title: str) -> None:
    """The page's settings and style; the first call of every run."""
    st.set_page_config(
        page_title=title, page_icon=":material/account_tree:", layout="wide", initial_sidebar_state=208
    )
    st.html(STYLE)


def heading(title: str, caption: str = "") -> None:
    """The page's title and the sentence below it."""
    st.title(title, anchor=False)
    if caption:
        st.caption(caption)


def guarded(session: Session, page: Callable[[Session], None]) -> None:
    """Draw a page; what is refused or silent becomes a screen that says what was kept and what to try."""
    try:
        page(session)
    except CadenciaError as trouble:
        tell(trouble, session)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("screen.unexpected %s", reference)
        words = session.words
        st.error(words("Pasó algo que nadie esperaba. Lo guardado sigue a salvo; vuelva a intentar."))
        st.caption(words("Referencia para quien opera el servicio: {reference}", reference=reference))


def tell(trouble: CadenciaError, session: Session) -> None:
    """A refusal as people read it."""
    words = session.words
    if isinstance(trouble, ApiProblemError) and trouble.status == 401:
        session.expired = True
        st.rerun()
    if isinstance(trouble, ServiceError) or (isinstance(trouble, ApiProblemError) and trouble.status >= 500):
        st.error(
            words("El servicio no responde. Lo que dibujó sigue en esta pestaña; nada se perdió."),
            icon=":material/cloud_off:",
        )
        st.button(words("Reintentar"), type="primary", key="retry")
    elif isinstance(trouble, ApiProblemError) and trouble.status == 403:
        st.warning(words("Su rol no permite esto en la cartera «{name}».", name=session.portfolio))
    else:
        st.error(said(trouble, words))
    with st.expander(words("Detalle")):
        st.code(str(trouble), language=None)


SAID = {
    "access.sign_in": "El usuario o la contraseña no son correctos.",
    "access.too_often": "Demasiados intentos; espere un minuto.",
    "strategy.unknown": "Esa estrategia ya no existe.",
    "draft.unknown": "Ese borrador ya no existe.",
    "document.stale": "Otra persona guardó antes.",
    "strategy.approval": "Hace falta una segunda persona: quien pide no aprueba.",
    "approval.same_person": "Hace falta una segunda persona: quien pide no aprueba.",
    "approval.reason": "Un rechazo lleva su motivo.",
    "user.taken": "Ya hay un usuario con ese nombre.",
    "conversation.taken": "Otra persona ya la tomó.",
    "conversation.others": "La conversación está en manos de otra persona.",
    "conversation.closed": "La conversación ya se cerró; si la persona escribe, se abre otra.",
    "task.taken": "Otra persona ya tomó esta tarea.",
    "answer.window_shut": "La ventana de 24 horas se cerró: elija una plantilla aprobada.",
    "answer.address": "No hay una dirección por ese canal, o la persona no lo quiere.",
    "answer.unverified": "Los montos solo van a una dirección verificada como del deudor.",
    "answer.slot_taken": "La persona ya tuvo hoy su mensaje: fuera de la ventana hay uno al día.",
    "answer.held": "La deuda está en pausa (disputa, promesa o retención): hoy no se le escribe primero.",
}
"""Refusals in the screens' words, by their code; the others are told as the API says them."""


def said(trouble: CadenciaError, words: Words) -> str:
    """What a refusal means."""
    told = words(SAID[trouble.code]) if trouble.code in SAID else trouble.message
    return f"{told} {trouble.hint}".strip() if trouble.code not in SAID else told
