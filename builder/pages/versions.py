"""The versions of a strategy: who published each, what it changed; undoing the newest, an older one again."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from builder import figures
from builder.frame import heading
from builder.pages.publication import show_changes
from builder.session import Session
from builder.studio.printing import show_printing

UNDONE = "undone-publication"


def show_versions(session: Session) -> None:
    """Every published version, the newest first."""
    words = session.words
    key = st.query_params.get("strategy", "")
    if not key:
        st.info(words("Elija una estrategia en la lista."))
        if st.button(words("Ir a Estrategias")):
            session.go("estrategias")
        return
    line = session.api.get(session.at("strategies", key))
    title, undo = st.columns([7, 2], vertical_alignment="bottom")
    with title:
        heading(
            words("Versiones de «{name}»", name=line["name"]), words("Lo publicado no cambia: se reemplaza.")
        )
    if line["version"] is not None and session.may("strategy.operate"):
        with undo, st.popover(words("Deshacer publicación"), icon=":material/undo:", width="stretch"):
            _undoing(session, key)
    _told_undone(session)
    if st.button(words("Volver a Estrategias"), type="tertiary", icon=":material/arrow_back:"):
        session.go("estrategias")
    versions = session.api.get(session.at("strategies", key, "versions"))["items"]
    if not versions:
        st.info(words("Nada publicado todavía: dibuje un borrador y pida su aprobación."))
    for version in versions:
        _version(session, key, version)


def _undoing(session: Session, key: str) -> None:
    """Asked twice, for it acts at once on the accounts that the publication moved."""
    words = session.words
    st.markdown(
        words(
            "La versión anterior vuelve a regir y las cuentas que esta movió regresan adonde estaban. "
            "Solo mientras no abra la fecha siguiente; después, vuelva a una versión anterior."
        )
    )
    if st.button(words("Sí, deshacer la última publicación"), type="primary", key="undo-publication"):
        st.session_state[UNDONE] = session.api.post(session.at("strategies", key, "undo"))
        st.rerun()


def _told_undone(session: Session) -> None:
    """What the undoing did, until the page is left."""
    told = st.session_state.pop(UNDONE, None)
    if told is None:
        return
    words, country = session.words, session.country
    back = words("no rige ninguna") if told["back_to"] is None else words("rige la v{n}", n=told["back_to"])
    restored = figures.number(told["restored"], country)
    st.success(
        words("Publicación de la v{n} deshecha: {back}; {r} cuentas regresaron.",
              n=told["number"], back=back, r=restored)
    )  # fmt: skip
    if told["stay"]:
        n = figures.number(len(told["stay"]), country)
        st.warning(words("{n} cuentas ya avanzaron y se quedan donde están:", n=n))
        rows = [{words("Cuenta"): each["account"], words("Paso"): each["node"]} for each in told["stay"]]
        st.dataframe(rows, hide_index=True, width="stretch")


def _version(session: Session, key: str, version: Mapping[str, Any]) -> None:
    words, number = session.words, version["number"]
    with st.container(border=True, key=f"version-{number}"):
        about, accounts, see, paper, back = st.columns([5, 1.7, 1.1, 1.6, 2], vertical_alignment="center")
        now = f" :green-badge[{words('en vigor')}]" if version["active"] else ""
        on = figures.day(version["published_at"], words.language)
        who = words("pidió {a}, aprobó {b}", a=version["published_by"], b=version["approved_by"])
        about.markdown(f"**v{number}**{now} · {on} · {who}  \n:gray[`{version['content_hash'][:12]}`]")
        accounts.markdown(words("**{n}** cuentas", n=figures.number(version["accounts"], session.country)))
        if see.button(words("Ver"), key=f"see-{number}", width="stretch"):
            session.go("lienzo", strategy=key, version=str(number))
        with paper, st.popover(words("Imprimir"), width="stretch"):
            show_printing(session, key, number)
        if not version["active"] and session.may("strategy.edit"):
            with back:
                _rolling_back(session, key, number)
        if number > 1 and st.toggle(words("Qué cambió"), key=f"changes-{number}"):
            told = session.api.get(session.at("strategies", key, "versions", str(number), "changes"))
            show_changes(session, told["changes"])


def _rolling_back(session: Session, key: str, number: int) -> None:
    label, icon = session.words("Volver a esta…"), ":material/settings_backup_restore:"
    if st.button(label, key=f"back-{number}", icon=icon, width="stretch"):
        session.go("publicar", strategy=key, version=str(number))
