"""What may be done now: each channel allowed, or not, with the reason and the article that says so."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from builder.canvas.meaning import word
from builder.session import Session
from builder.work import instants

ICONS = {"whatsapp": "chat", "sms": "sms", "email": "mail", "voice": "call"}


def why_not(session: Session, channel: Mapping[str, Any]) -> str:
    """Why a channel may not be used, with law, article and when it may be again; empty where it may."""
    if channel["may"]:
        return ""
    words = session.words
    said = str(channel["reason"] or channel["code"]).rstrip(".")
    if channel["law"]:
        said += f" — {channel['law']}"
        if channel["article"]:
            said += words(", art. {article}", article=channel["article"])
    if channel["until"]:
        said += ". " + words("Se podrá desde {when}", when=instants.said(channel["until"], session))
    return f"{said}."


def channel_of(channels: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """What is said of one channel."""
    return next((each for each in channels if each["channel"] == name), None)


def show_law(session: Session, channels: Sequence[Mapping[str, Any]]) -> None:
    """One line a channel."""
    words = session.words
    lines = []
    for each in channels:
        mark = "good" if each["may"] else "bad"
        state = words("se puede") if each["may"] else words("no se puede")
        if each["may"] and each["mode"] == "template":
            mark, state = "warn", words("solo plantilla")
        detail = why_not(session, each) or str(each["address"])
        icon = ICONS.get(each["channel"], "send")
        lines.append(
            f'<div class="way"><span class="icon {mark}" aria-hidden="true">{icon}</span>'
            f'<span><b>{escape(word(each["channel"], words))}</b> <span class="{mark}">{escape(state)}</span>'
            f"<br><small>{escape(detail)}</small></span></div>"
        )
    head = escape(words("Qué se puede hacer ahora"))
    st.html(f'<div class="ways"><div class="head">{head}</div>{"".join(lines)}</div>')
