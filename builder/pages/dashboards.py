"""The dashboards: one portfolio and period, by strategy and channel, each figure with its definition."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import streamlit as st

from builder.boards.aging import show_aging
from builder.boards.board import Board
from builder.boards.contact import show_contact
from builder.boards.cost import show_cost
from builder.boards.promised import show_promised
from builder.boards.recovery import show_recovery
from builder.canvas.meaning import word
from builder.frame import heading
from builder.pages.live_map import newest_day
from builder.session import Session

BOARDS: Mapping[str, tuple[str, Callable[[Board], None]]] = {
    "recovery": ("Recuperación", show_recovery),
    "aging": ("Mora y rodamiento", show_aging),
    "contact": ("Contacto", show_contact),
    "promises": ("Promesas", show_promised),
    "cost": ("Costo", show_cost),
}
CHANNELS = ("", "whatsapp", "sms", "email", "voice", "letter", "assisted")


def show_dashboards(session: Session) -> None:
    """The filters, the board chosen, and its figures."""
    words = session.words
    heading(words("Tableros"), words("Cada cifra dice cómo se calcula; las monedas nunca se suman."))
    lines = session.api.get(session.at("strategies"))["items"] if session.may("strategy.read") else []
    names = {line["key"]: line["name"] for line in lines if line["version"] is not None}
    chosen = st.segmented_control(
        words("Tablero"),
        list(BOARDS),
        default="recovery",
        key="board",
        required=True,
        format_func=lambda name: words(BOARDS[name][0]),
        label_visibility="collapsed",
    )
    board = Board(session, _period(session, names), names)
    BOARDS[str(chosen)][1](board)


def _period(session: Session, names: Mapping[str, str]) -> dict[str, str]:
    """The period and filters people chose, as the service is asked; a period turned round is turned back."""
    words = session.words
    newest = newest_day(session)
    since, until, which, over = st.columns([2, 2, 3, 2])
    first = since.date_input(
        words("Desde"), newest - timedelta(days=30), key="board-since", format="DD/MM/YYYY"
    )
    last = until.date_input(words("Hasta"), newest, key="board-until", format="DD/MM/YYYY")
    key = which.selectbox(
        words("Estrategia"),
        ["", *names],
        key="board-strategy",
        format_func=lambda one: names.get(one, words("Todas")),
    )
    channel = over.selectbox(
        words("Canal de los mensajes"),
        CHANNELS,
        key="board-channel",
        format_func=lambda one: word(one, words) if one else words("Todos"),
    )
    first, last = min(first, last), max(first, last)
    return {"from": first.isoformat(), "to": last.isoformat(), "strategy": key, "channel": channel}
