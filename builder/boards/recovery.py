"""Recovery: money that came in day by day, and what share of each day's entrants it was."""

import altair as alt
import streamlit as st

from builder.boards.board import Board, Rows, currencies, frame, show_chart, whole
from builder.look import tokens


def show_recovery(board: Board) -> None:
    """The totals, the days, and the cohorts below them."""
    words = board.session.words
    told = board.asked("recovery")
    if not told["days"] and not told["cohorts"]:
        st.info(words("Sin pagos ni entradas en este período. Amplíelo, o cargue los pagos en «Importar»."))
        return
    with st.container(horizontal=True):
        for currency in currencies(told["days"]):
            rows = [row for row in told["days"] if row["currency"] == currency]
            amount = sum(row["amount"] for row in rows)
            label = words("Recuperado {currency}", currency=currency)
            st.metric(label, board.money(amount, currency), help=board.meaning("recovered"), border=True)
        _rate(board, told["cohorts"])
    for currency in currencies(told["days"]):
        _days(board, [row for row in told["days"] if row["currency"] == currency], currency)
    _cohorts(board, told["cohorts"])
    board.download("recovery", "cohorts")


def _rate(board: Board, cohorts: Rows) -> None:
    """The recovery rate of the cohorts whose window is closed, by currency."""
    words = board.session.words
    closed = [row for row in cohorts if row["closed"]]
    for currency in currencies(closed) or [""]:
        rows = [row for row in closed if row["currency"] == currency]
        label = words("Tasa a 30 días {currency}", currency=currency).strip()
        due, paid = sum(row["due"] for row in rows), sum(row["paid"] for row in rows)
        st.metric(label, board.share(paid, due), help=board.meaning("recovery_rate"), border=True)


def _days(board: Board, rows: Rows, currency: str) -> None:
    words = board.session.words
    st.subheader(words("Pagos por día, {currency}", currency=currency), anchor=False)
    data = frame(
        [
            {
                "day": f"{row['day']}T12:00:00",
                "strategy": board.strategy(row["strategy"]),
                "amount": whole(row["amount"], currency),
                "said": board.money(row["amount"], currency),
                "accounts": row["accounts"],
            }
            for row in rows
        ]
    )
    colours = tokens()
    kinds = [colours[f"kind-{kind}"] for kind in ("segment", "channel", "wait", "condition", "escalate")]
    show_chart(
        alt.Chart(data)
        .mark_bar(cornerRadius=2, size=board.bar())
        .encode(
            x=alt.X("day:T", title=None, scale=board.span(), axis=alt.Axis(format="%d/%m", labelAngle=0)),
            y=alt.Y("amount:Q", title=currency),
            color=alt.Color("strategy:N", title=None, scale=alt.Scale(range=kinds)),
            tooltip=[
                alt.Tooltip("day:T", title=words("Día"), format="%d/%m/%Y"),
                alt.Tooltip("strategy:N", title=words("Estrategia")),
                alt.Tooltip("said:N", title=words("Monto")),
                alt.Tooltip("accounts:Q", title=words("Cuentas")),
            ],
        )
    )


def _cohorts(board: Board, cohorts: Rows) -> None:
    """One row per day of entry; the rate only where the window is closed."""
    words = board.session.words
    if not cohorts:
        return
    st.subheader(
        words("Por día de entrada a la estrategia"), anchor=False, help=board.meaning("recovery_rate")
    )
    rows = [
        {
            words("Entraron"): row["day"],
            words("Estrategia"): board.strategy(row["strategy"]),
            words("Cuentas"): board.number(row["accounts"]),
            words("Vencido al entrar"): board.money(row["due"], row["currency"]),
            words("Pagaron"): board.number(row["payers"]),
            words("Pagado en 30 días"): board.money(row["paid"], row["currency"]),
            words("Tasa"): board.share(row["paid"], row["due"]) if row["closed"] else words("aún abierta"),
        }
        for row in cohorts
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
