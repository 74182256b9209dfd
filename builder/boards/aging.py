"""Aging: how old the debts are now, and who rolled from band to band between two dates."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import streamlit as st

from builder import figures
from builder.boards.board import Board, Rows, currencies, frame, palette, show_chart, whole
from engine.kpis import bands

NAMES: Mapping[str, str] = {
    "al_dia": "Al día",
    "1-30": "1 a 30",
    "31-60": "31 a 60",
    "61-90": "61 a 90",
    "91-120": "91 a 120",
    "121-180": "121 a 180",
    "181+": "Más de 180",
    "salio": "Salió",
}


def show_aging(board: Board) -> None:
    """The bands now, then the roll matrix of the period."""
    words = board.session.words
    told = board.asked("aging")
    if not told["bands"]:
        st.info(words("La cartera no tiene cuentas todavía: cárguelas en «Importar»."))
        return
    day = figures.day(told["day"], words.language)
    st.subheader(words("Por días de mora al {day}", day=day), anchor=False, help=board.meaning("aging"))
    for currency in currencies(told["bands"]):
        _bands(board, [row for row in told["bands"] if row["currency"] == currency], currency)
    _rolls(board, board.asked("rolls"))
    board.download("aging", "rolls")


def _bands(board: Board, rows: Rows, currency: str) -> None:
    words = board.session.words
    order = [words(NAMES[band]) for band in bands()]
    data = frame(
        [
            {
                "band": words(NAMES[row["band"]]),
                "amount": whole(row["amount"], currency),
                "said": board.money(row["amount"], currency),
                "accounts": row["accounts"],
                "label": board.number(row["accounts"]),
            }
            for row in rows
        ]
    )
    base = alt.Chart(data).encode(
        x=alt.X("band:N", title=None, sort=order, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("amount:Q", title=currency),
        tooltip=[
            alt.Tooltip("band:N", title=words("Tramo")),
            alt.Tooltip("said:N", title=words("Monto")),
            alt.Tooltip("label:N", title=words("Cuentas")),
        ],
    )
    bars = base.mark_bar(cornerRadius=2, color=palette("accent")[0])
    counts = base.mark_text(dy=-8, color=palette("muted")[0]).encode(text="label:N")
    show_chart(bars + counts)


def _rolls(board: Board, told: Mapping[str, Any]) -> None:
    """The same accounts at two dates; rows add up to the whole of the band they began in."""
    words = board.session.words
    st.subheader(words("Rodamiento"), anchor=False, help=board.meaning("roll_rate"))
    if told["until"] is None:
        st.caption(words("Hacen falta dos corridas en el período para comparar las mismas cuentas."))
        return
    since, until = (figures.day(told[name], words.language) for name in ("since", "until"))
    st.caption(
        words("De {since} a {until}; cada fila suma 100 % del monto inicial.", since=since, until=until)
    )
    for currency in currencies(told["matrix"]):
        rows = [row for row in told["matrix"] if row["currency"] == currency]
        owing = [row for row in rows if row["amount"]]
        if owing:
            _matrix(board, owing, currency)


def _matrix(board: Board, rows: Rows, currency: str) -> None:
    words = board.session.words
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["before"]] = totals.get(row["before"], 0) + row["amount"]
    order = [words(NAMES[band]) for band in (*bands(), "salio")]
    data = frame(
        [
            {
                "before": words(NAMES[row["before"]]),
                "after": words(NAMES[row["after"]]),
                "share": row["amount"] / totals[row["before"]],
                "label": board.share(row["amount"], totals[row["before"]]),
                "said": board.money(row["amount"], currency),
                "accounts": row["accounts"],
            }
            for row in rows
        ]
    )
    base = alt.Chart(data).encode(
        x=alt.X("after:N", title=words("al final"), sort=order, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("before:N", title=words("al inicio"), sort=order),
        tooltip=[
            alt.Tooltip("said:N", title=words("Monto")),
            alt.Tooltip("accounts:Q", title=words("Cuentas")),
            alt.Tooltip("label:N", title="%"),
        ],
    )
    surface, accent, text = palette("surface", "accent", "text")
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[surface, accent]))
    )
    light = alt.condition("datum.share > 0.55", alt.value(surface), alt.value(text))
    show_chart(cells + base.mark_text().encode(text="label:N", color=light), 60 + 30 * len(totals))
