"""Cost: what the messages of the period cost, and how much for each unit that came in."""

import altair as alt
import streamlit as st

from builder import figures
from builder.boards.board import Board, Rows, currencies, frame, palette, show_chart, whole
from builder.canvas.meaning import word


def show_cost(board: Board) -> None:
    """The cost per unit recovered by currency, and the cost by channel."""
    words = board.session.words
    told = board.asked("costs")
    if not told["items"]:
        st.info(words("Ningún mensaje enviado en este período."))
        return
    if not all(row["priced"] for row in told["items"]):
        st.warning(
            words("Faltan precios de algún canal: cuestan cero aquí. Se fijan en la política de la cartera.")
        )
    with st.container(horizontal=True):
        for currency in currencies(told["items"]):
            cost = sum(row["cost"] for row in told["items"] if row["currency"] == currency)
            label = words("Costo {currency}", currency=currency)
            st.metric(label, board.money(cost, currency), border=True)
            label = words("Costo por cada {currency} recuperado", currency=currency)
            paid = told["recovered"].get(currency, 0)
            st.metric(label, _each(board, cost, paid), help=board.meaning("cost_per_unit"), border=True)
    for currency in currencies(told["items"]):
        _channels(board, [row for row in told["items"] if row["currency"] == currency], currency)
    board.download("costs")


def _each(board: Board, cost: int, paid: int) -> str:
    """Units spent for one that came in; nothing where nothing came in."""
    return figures.number(cost / paid, board.session.country, 4) if paid else "—"


def _channels(board: Board, rows: Rows, currency: str) -> None:
    words = board.session.words
    st.subheader(words("Costo por canal y estrategia, {currency}", currency=currency), anchor=False)
    data = frame(
        [
            {
                "channel": word(row["channel"], words),
                "strategy": board.strategy(row["strategy"]),
                "cost": whole(row["cost"], currency),
                "said": board.money(row["cost"], currency),
                "messages": row["messages"],
            }
            for row in rows
        ]
    )
    colours = palette("kind-segment", "kind-channel", "kind-wait", "kind-condition", "kind-escalate")
    show_chart(
        alt.Chart(data)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("channel:N", title=None),
            x=alt.X("cost:Q", title=currency),
            color=alt.Color("strategy:N", title=None, scale=alt.Scale(range=colours)),
            tooltip=[
                alt.Tooltip("strategy:N", title=words("Estrategia")),
                alt.Tooltip("said:N", title=words("Costo")),
                alt.Tooltip("messages:Q", title=words("Mensajes")),
            ],
        ),
        160,
    )
