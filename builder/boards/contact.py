"""Contact: how far messages came, from the queue to the payment, by channel."""

from collections.abc import Mapping

import altair as alt
import streamlit as st

from builder.boards.board import Board, frame, palette, show_chart
from builder.canvas.meaning import word

STAGES: Mapping[str, str] = {
    "queued": "Decididos",
    "sent": "Enviados",
    "delivered": "Entregados",
    "read": "Leídos",
    "replied": "Respondieron",
    "promised": "Prometieron",
    "paid": "Pagaron",
}


def show_contact(board: Board) -> None:
    """The rates, the funnel, and a row per channel."""
    words = board.session.words
    rows = board.asked("funnel")["items"]
    if not rows:
        st.info(words("Ningún mensaje en este período. Los mensajes salen con la corrida de cada día."))
        return
    total = {stage: sum(row[stage] for row in rows) for stage in STAGES}
    with st.container(horizontal=True):
        for label, part, base, rate in (
            ("Entrega", "delivered", "sent", "delivered_rate"),
            ("Lectura", "read", "delivered", "read_rate"),
            ("Respuesta", "replied", "delivered", "reply_rate"),
        ):
            share = board.share(total[part], total[base])
            st.metric(words(label), share, help=board.meaning(rate), border=True)
    st.subheader(words("Embudo de contacto"), anchor=False, help=board.meaning("funnel"))
    data = frame(
        [
            {
                "stage": words(STAGES[stage]),
                "messages": count,
                "label": f"{board.number(count)} · {board.share(count, total['sent'])}",
            }
            for stage, count in total.items()
        ]
    )
    order = [words(name) for name in STAGES.values()]
    drawn = alt.Chart(data).encode(
        y=alt.Y("stage:N", title=None, sort=order),
        x=alt.X("messages:Q", title=None, axis=None),
        tooltip=[
            alt.Tooltip("stage:N", title=words("Etapa")),
            alt.Tooltip("label:N", title=words("Mensajes")),
        ],
    )
    accent, muted = palette("accent", "muted")
    bars = drawn.mark_bar(cornerRadius=2, color=accent)
    show_chart(bars + drawn.mark_text(align="left", dx=6, color=muted).encode(text="label:N"))
    _channels(board, rows)
    board.download("funnel")


def _channels(board: Board, rows: list[dict[str, object]]) -> None:
    words = board.session.words
    shown = [
        {
            words("Canal"): word(str(row["channel"]), words),
            **{words(name): board.number(int(str(row[stage]))) for stage, name in STAGES.items()},
        }
        for row in rows
    ]
    st.dataframe(shown, hide_index=True, width="stretch")
