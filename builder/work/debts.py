"""The debts of a person at a glance: what cures, what is owed in all, since when, and what holds them."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from builder import figures
from builder.session import Session
from builder.work.happenings import HOLDS


def show_debts(session: Session, debts: Sequence[Mapping[str, Any]]) -> None:
    """A card a debt, the largest first."""
    words = session.words
    if not debts:
        st.caption(words("Sin deudas en esta cartera."))
        return
    st.html(f'<div class="debts">{"".join(_card(session, debt) for debt in debts)}</div>')


def _card(session: Session, debt: Mapping[str, Any]) -> str:
    words = session.words

    def money(amount: int) -> str:
        return escape(figures.exact_money(amount, debt["currency"], session.country))

    due = figures.day(debt["due_on"], words.language) if debt["due_on"] else "—"
    if debt["due_on"]:
        days = (session.now().astimezone(session.zone).date() - date.fromisoformat(debt["due_on"][:10])).days
        due += " · " + words("{days} días de mora", days=days) if days > 0 else ""
    marks = "".join(f'<span class="mark">{escape(each)}</span>' for each in _marks(session, debt))
    return (
        f'<div class="debt"><div class="number">{escape(debt["account"])}</div>'
        f'<div class="figure">{money(debt["amount_to_cure"])}</div>'
        f'<div class="small">{escape(words("para ponerse al día"))}</div>'
        f"<dl><dt>{escape(words('Saldo'))}</dt><dd>{money(debt['outstanding_balance'])}</dd>"
        f"<dt>{escape(words('Venció'))}</dt><dd>{escape(due)}</dd></dl>{marks}</div>"
    )


def _marks(session: Session, debt: Mapping[str, Any]) -> list[str]:
    words = session.words
    marks = [words("retenida: {why}", why=words(HOLDS.get(hold, hold))) for hold in debt["holds"]]
    if debt["promise_open"]:
        marks.append(words("con promesa"))
    if debt["dispute_open"]:
        marks.append(words("en disputa"))
    return marks
