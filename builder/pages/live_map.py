"""The live map of a strategy: where its accounts stand, how many crossed each way, and with what money."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st

from builder import figures
from builder.canvas.operations import Document
from builder.drafts import read_version
from builder.frame import heading
from builder.pictures import Shown, show_picture
from builder.session import Session


def show_live_map(session: Session) -> None:
    """Strategy and period, the picture, and the messages below it."""
    words = session.words
    heading(words("Mapa en vivo"), words("Dónde están las cuentas y qué recorrieron."))
    lines = [line for line in session.api.get(session.at("strategies"))["items"] if line["version"]]
    if not lines:
        st.info(words("Nada publicado todavía: publique una estrategia y deje correr un día."))
        return
    names = {line["key"]: line for line in lines}
    which, since, until = st.columns([4, 2, 2], vertical_alignment="bottom")
    key = which.selectbox(
        words("Estrategia"), list(names), format_func=lambda one: names[one]["name"], key="map-key"
    )
    newest = newest_day(session)
    first = since.date_input(
        words("Desde"), newest - timedelta(days=30), key="map-since", format="DD/MM/YYYY"
    )
    last = until.date_input(words("Hasta"), newest, key="map-until", format="DD/MM/YYYY")
    told = session.api.ask(
        "GET", session.at("strategies", key, "map"), query={"from": first.isoformat(), "to": last.isoformat()}
    ).body
    document = read_version(session, key, names[key]["version"])
    clicked = _picture(session, document, told)
    _messages(session, told, clicked)


def newest_day(session: Session) -> date:
    """The newest business date that ran, else today at the portfolio's place."""
    if session.may("run.read"):
        runs = session.api.get(session.at("runs"), limit=1)["items"]
        if runs:
            return date.fromisoformat(runs[0]["day"])
    return date.fromisoformat(session.api.get(session.at("today"))["day"])


def _picture(session: Session, document: Document, told: Mapping[str, Any]) -> str:
    """Counts on steps, counts and shares on ways; amounts of several currencies are never added."""
    country = session.country
    standing: dict[str, tuple[int, list[str]]] = {}
    for line in told["standing"]:
        count, money = standing.get(line["node"], (0, []))
        money = [*money, figures.short_money(line["amount"], line["currency"], country)]
        standing[line["node"]] = (count + line["accounts"], money)
    counts = {
        node: f"{figures.number(count, country)} · {' + '.join(money)}"
        for node, (count, money) in standing.items()
    }
    passed: dict[str, int] = {}
    for line in told["passed"]:
        way = f"{line['node']}|{line['port']}"
        passed[way] = passed.get(way, 0) + line["accounts"]
    most = max(passed.values(), default=1)
    ways = {way: (figures.number(count, country), count / most) for way, count in passed.items()}
    return show_picture(document, session.words, Shown(counts, ways))


def _messages(session: Session, told: Mapping[str, Any], clicked: str) -> None:
    words = session.words
    lines = [line for line in told["messages"] if not clicked or line["node"] == clicked]
    if clicked:
        st.caption(words("Solo el paso «{node}».", node=clicked))
    if lines:
        st.dataframe([sent_row(line, session) for line in lines], hide_index=True, width="stretch")
    else:
        st.caption(words("Ningún mensaje en este período."))


def sent_row(line: Mapping[str, Any], session: Session) -> dict[str, Any]:
    """A template's figures as a row: counts, and each as a share of what was sent."""
    words, country, sent = session.words, session.country, line["sent"]

    def share(name: str) -> str:
        return (
            f"{figures.number(line[name], country)} ({figures.percent(line[name], sent, country)})"
            if sent
            else "0"
        )

    return {
        words("Plantilla"): line["template"],
        words("Canal"): line["channel"],
        words("Enviados"): figures.number(sent, country),
        words("Entregados"): share("delivered"),
        words("Leídos"): share("read"),
        words("Respondieron"): share("replied"),
        words("Prometieron"): share("promised"),
        words("Pagaron"): share("paid"),
        words("Dinero"): figures.short_money(line["money"], "$", country),
    }
