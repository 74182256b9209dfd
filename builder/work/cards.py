"""One conversation in the list: who, how much, what about, and how long free words may still be sent."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.meaning import word
from builder.session import Session
from builder.work import instants
from builder.work.happenings import OUTCOMES, reason


def show_card(session: Session, talk: Mapping[str, Any], chosen: bool) -> bool:
    """The card; whether it was chosen just now."""
    with st.container(key=f"talkcard-{talk['id']}{'-chosen' if chosen else ''}"):
        pressed = st.button(talk["person"] or "—", key=f"open-{talk['id']}", type="tertiary", width="stretch")
        st.html(f'<div class="talk">{_window(session, talk)}{_lines(session, talk)}</div>')
    return pressed


def _lines(session: Session, talk: Mapping[str, Any]) -> str:
    words = session.words
    value = figures.short_money(talk["value"], talk["currency"], session.country)
    waits = (
        f'<span class="dot" title="{escape(words("espera respuesta"))}"></span>' if talk["waiting"] else ""
    )
    about = " · ".join(part for part in (word(talk["channel"], words), reason(talk["reason"], words)) if part)
    holder = talk["assigned_to"] or words("sin asignar")
    said = talk["last_words"] or reason(talk["reason"], words)
    since = instants.said(talk["last_at"], session)
    return (
        f'<div class="row"><span>{waits}<b>{escape(value)}</b></span>'
        f'<span class="muted">{escape(since)}</span></div>'
        f'<div class="said" title="{escape(about)}">{escape(said)}</div>'
        f'<div class="row muted"><span>{escape(about)}</span><span>{escape(holder)}</span></div>'
    )


def _window(session: Session, talk: Mapping[str, Any]) -> str:
    """How long the 24 hours last, urgent under two hours; what came of it once it is closed."""
    words = session.words
    if talk["state"] == "closed":
        outcome = words(OUTCOMES.get(talk["outcome"], talk["outcome"]))
        return f'<span class="window muted">{escape(outcome)}</span>'
    if not talk["window_until"]:
        shut = words("ventana cerrada") if talk["channel"] == "whatsapp" else ""
        return f'<span class="window muted">{escape(shut)}</span>'
    left = instants.instant(talk["window_until"]) - session.now()
    tone = "bad" if left < instants.URGENT else "good"
    title = escape(words("le quedan a la ventana de 24 horas"))
    icon = '<span class="icon" aria-hidden="true">schedule</span>'
    return f'<span class="window {tone}" title="{title}">{icon} {escape(instants.span(left, words))}</span>'
