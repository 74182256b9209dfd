"""What a strategy of a portfolio is drawn in: its facts, templates, other strategies and country."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder.inspector.form import Surroundings
from builder.session import Session
from engine.currencies import OF_COUNTRY
from engine.facts import CATALOGUE, Fact, FactType

FRESH_S = 60


def surroundings(session: Session) -> Surroundings:
    """Asked for at most once a minute."""
    return _asked(session, session.portfolio, session.login)


@st.cache_data(ttl=FRESH_S, show_spinner=False)
def _asked(_session: Session, portfolio: str, login: str) -> Surroundings:
    lines = _session.api.get(_session.at("strategies"))["items"]
    templates: dict[str, list[str]] = {}
    listed = _session.may("template.read") and _listed(
        _session, "templates", "/portfolios/{portfolio}/templates"
    )
    for template in listed or ():
        templates.setdefault(str(template.get("channel", "")), []).append(str(template["key"]))
    facts = [
        _fact(one) for one in _listed(_session, "facts", "/portfolios/{portfolio}/facts") if one.get("custom")
    ]
    return Surroundings(
        catalogue=CATALOGUE.with_custom(facts),
        templates=templates,
        strategies=[line["key"] for line in lines],
        country=_session.country,
        currency=OF_COUNTRY.get(_session.country, ""),
    )


def _listed(session: Session, name: str, route: str) -> list[Mapping[str, Any]]:
    return session.api.every(session.at(name)) if session.offers(route) else []


def _fact(told: Mapping[str, Any]) -> Fact:
    return Fact(
        str(told["name"]),
        FactType(told["type"]),
        str(told.get("label_es") or told["name"]),
        str(told.get("label_en") or told["name"]),
        str(told.get("meaning", "")),
        "custom",
        values=tuple(told.get("values", ())),
    )
