"""Promises: how much was promised for each week, and what of it was kept."""

from collections.abc import Mapping

import altair as alt
import streamlit as st

from builder.boards.board import Board, Rows, currencies, frame, palette, show_chart, whole

STATES: Mapping[str, str] = {
    "kept": "Cumplidas",
    "partially_kept": "Parciales",
    "broken": "Rotas",
    "made": "Por vencer o por cerrar",
}
CLOSED = ("kept", "partially_kept", "broken")


def show_promised(board: Board) -> None:
    """The kept rates by number and by amount, and the weeks."""
    words = board.session.words
    rows = board.asked("promises")["items"]
    if not rows:
        st.info(words("Ninguna promesa vence en este período; se registran en la mesa o el portal."))
        return
    closed = [row for row in rows if row["state"] in CLOSED]
    kept = sum(row["promises"] for row in closed if row["state"] == "kept")
    with st.container(horizontal=True):
        count = sum(row["promises"] for row in rows)
        st.metric(words("Promesas del período"), board.number(count), border=True)
        share = board.share(kept, sum(row["promises"] for row in closed))
        st.metric(words("Cumplidas"), share, help=board.meaning("kept_rate"), border=True)
        for currency in currencies(closed):
            own = [row for row in closed if row["currency"] == currency]
            share = board.share(sum(row["paid"] for row in own), sum(row["amount"] for row in own))
            label = words("Cumplido por monto, {currency}", currency=currency)
            st.metric(label, share, help=board.meaning("kept_rate"), border=True)
    for currency in currencies(rows):
        _weeks(board, [row for row in rows if row["currency"] == currency], currency)
    board.download("promises")


def _weeks(board: Board, rows: Rows, currency: str) -> None:
    words = board.session.words
    st.subheader(words("Prometido por semana de vencimiento, {currency}", currency=currency), anchor=False)
    data = frame(
        [
            {
                "week": f"{row['week']}T12:00:00",
                "state": words(STATES.get(row["state"], row["state"])),
                "amount": whole(row["amount"], currency),
                "said": board.money(row["amount"], currency),
                "promises": row["promises"],
            }
            for row in rows
        ]
    )
    names = [words(name) for name in STATES.values()]
    colours = palette("good", "warn", "bad", "muted")
    show_chart(
        alt.Chart(data)
        .mark_bar(cornerRadius=2, size=min(60, 5 * board.bar()))
        .encode(
            x=alt.X("week:T", title=None, scale=board.span(), axis=alt.Axis(format="%d/%m", labelAngle=0)),
            y=alt.Y("amount:Q", title=currency),
            color=alt.Color("state:N", title=None, scale=alt.Scale(domain=names, range=colours)),
            tooltip=[
                alt.Tooltip("state:N", title=words("Estado")),
                alt.Tooltip("promises:Q", title=words("Promesas")),
                alt.Tooltip("said:N", title=words("Monto")),
            ],
        )
    )
