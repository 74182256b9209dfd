"""A/B tests of messages: what each variant was sent and brought, with the service's own verdict."""

from datetime import timedelta
from typing import Any

import streamlit as st

from builder.frame import heading
from builder.pages.live_map import newest_day, sent_row
from builder.session import Session


def show_experiments(session: Session) -> None:
    """Every experiment of the published strategies in a period."""
    words = session.words
    heading(words("Experimentos"), words("Cada persona queda siempre en el mismo brazo."))
    newest = newest_day(session)
    since, until, _ = st.columns([2, 2, 4])
    first = since.date_input(words("Desde"), newest - timedelta(days=30), key="ab-since", format="DD/MM/YYYY")
    last = until.date_input(words("Hasta"), newest, key="ab-until", format="DD/MM/YYYY")
    query = {"from": first.isoformat(), "to": last.isoformat()}
    shown = False
    for line in session.api.get(session.at("strategies"))["items"]:
        if line["version"] is None:
            continue
        where = session.at("strategies", line["key"], "experiments")
        for experiment in session.api.ask("GET", where, query=query).body["items"]:
            shown = True
            _experiment(session, line["name"], experiment)
    if not shown:
        st.info(words("Ninguna estrategia publicada prueba variantes. En un «Envío», use «+ variante»."))


def _experiment(session: Session, strategy: str, experiment: dict[str, Any]) -> None:
    words = session.words
    with st.container(border=True):
        weights = " / ".join(f"{weight} %" for weight in experiment["weights"])
        st.markdown(f"**{experiment['experiment']}** · {strategy} · {weights}")
        if experiment["arms"]:
            rows = [
                {words("Brazo"): "ABCDEFGH"[arm["variant"] % 8], **sent_row(arm, session)}
                for arm in experiment["arms"]
            ]
            st.dataframe(rows, hide_index=True, width="stretch")
        st.markdown(f"{words('Veredicto')}: **{experiment['verdict']}**")
