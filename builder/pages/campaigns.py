"""Campaigns: what runs beside the strategies between two dates, and its result beside the control group."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.kinds import new_strategy
from builder.canvas.meaning import word
from builder.canvas.operations import Document
from builder.frame import heading
from builder.pages.live_map import newest_day
from builder.pages.strategies import key_of
from builder.session import Session


def show_campaigns(session: Session) -> None:
    """The list with its results, and a form for a new one."""
    words = session.words
    title, new = st.columns([7, 1.6], vertical_alignment="bottom")
    with title:
        heading(
            words("Campañas"),
            words("Fechas y presupuesto propios, junto a la estrategia de cada cuenta, sin quitársela."),
        )
    if session.may("strategy.edit"):
        with new, st.popover(words("Nueva"), icon=":material/add:", width="stretch"):
            _new(session)
    campaigns = session.api.get(session.at("campaigns"))["items"]
    if not campaigns:
        st.info(words("Ninguna campaña publicada. Cree una con «Nueva», dibújela y pida su aprobación."))
    for campaign in campaigns:
        _campaign(session, campaign)


def _campaign(session: Session, campaign: Mapping[str, Any]) -> None:
    words, key = session.words, campaign["key"]
    with st.container(border=True, key=f"campaign-{key}"):
        name, dates, accounts, act = st.columns([4, 3, 2, 1.4], vertical_alignment="center")
        name.markdown(f"**{campaign['name']}**  \n:gray[{key}]")
        first, last = (figures.day(campaign[each], words.language) for each in ("starts_on", "ends_on"))
        dates.markdown(f"{first} – {last}")
        accounts.markdown(
            words("**{n}** cuentas dentro", n=figures.number(campaign["open"], session.country))
        )
        if act.button(words("Abrir"), key=f"open-{key}", width="stretch"):
            session.go("lienzo", strategy=key)
        if st.toggle(words("Resultado"), key=f"result-{key}", value=campaign["open"] > 0):
            _result(session, session.api.get(session.at("campaigns", key)))


def _result(session: Session, told: Mapping[str, Any]) -> None:
    """The two sides in one table, spending and messages above it."""
    words, country = session.words, session.country
    messages = [
        f"{word(channel, words)} {figures.number(count, country)}"
        for channel, count in told["messages"].items()
    ]
    with st.container(horizontal=True):
        st.metric(words("Mensajes"), figures.number(sum(told["messages"].values()), country), border=True)
        if told["budget"] is not None:
            spent = figures.short_money(told["spent"], "", country).strip()
            whole = figures.short_money(told["budget"], "", country).strip()
            st.metric(words("Gastado del presupuesto"), f"{spent} / {whole}", border=True)
    if messages:
        st.caption(" · ".join(messages))
    rows = [
        {words("Grupo"): words("Trabajadas"), **_side(session, told["worked"])},
        {words("Grupo"): words("Grupo de control"), **_side(session, told["control"])},
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    if not told["control"]["accounts"]:
        st.caption(words("Sin grupo de control no se sabe cuánto habrían pagado sin la campaña."))
    if told["outcomes"]:
        left = [f"{word(each, words)} {figures.number(n, country)}" for each, n in told["outcomes"].items()]
        st.caption(f"{words('Salidas')}: {' · '.join(left)}")


def _side(session: Session, side: Mapping[str, Any]) -> dict[str, str]:
    words, country = session.words, session.country
    paid = [figures.short_money(amount, currency, country) for currency, amount in side["paid"].items()]
    return {
        words("Cuentas"): figures.number(side["accounts"], country),
        words("Pagaron"): figures.number(side["payers"], country),
        "%": figures.percent(side["payers"], side["accounts"], country) or "—",
        words("Pagado"): " + ".join(paid) or "—",
    }


def _new(session: Session) -> None:
    words = session.words
    today = newest_day(session)
    with st.form("new-campaign", border=False):
        name = st.text_input(words("Nombre"), placeholder=words("Aguinaldo 2026"), key="campaign-name")
        first = st.date_input(words("Desde"), today, key="campaign-from", format="DD/MM/YYYY")
        last = st.date_input(
            words("Hasta"), today + timedelta(days=14), key="campaign-to", format="DD/MM/YYYY"
        )
        if not st.form_submit_button(words("Crear y dibujar"), type="primary") or not name.strip():
            return
    if last < first:
        st.error(words("La campaña termina antes de empezar."))
        return
    document = new_campaign(name.strip(), first, last)
    st.session_state["pasted-document"] = document
    session.go("lienzo", strategy=str(document["key"]))


def new_campaign(name: str, first: date, last: date) -> Document:
    """The document a campaign is drawn from.

    >>> told = new_campaign("Aguinaldo", date(2026, 12, 1), date(2026, 12, 24))
    >>> told["kind"], told["campaign"]
    ('campaign', {'starts_on': '2026-12-01', 'ends_on': '2026-12-24', 'budget': None})
    """
    dates = {"starts_on": first.isoformat(), "ends_on": last.isoformat(), "budget": None}
    return {**new_strategy(key_of(name), name), "kind": "campaign", "campaign": dates}
