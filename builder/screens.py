"""The screens of Cadencia, started by Streamlit; they reach the service over HTTP only."""

import argparse
import sys
from functools import partial
from typing import Any

import streamlit as st

from builder import kept
from builder.frame import begin, guarded
from builder.pages.entrance import show_entrance
from builder.pages.registry import PAGES, Page
from builder.session import Session, current, keep, return_to
from builder.wording import LANGUAGES, Words


def show(api_url: str) -> None:
    """Sign in, then the pages this person may see."""
    begin("Cadencia")
    kept.deliver()
    session = current() or return_to(api_url, kept.remembered())
    if session is None or session.expired:
        show_entrance(api_url, session)
        return
    page = _navigation(session)
    if page is None:
        st.info(session.words("Su rol no tiene páginas aquí todavía."))
    elif session.portfolio:
        page.run()
    else:
        st.info(session.words("Escriba a la izquierda la cartera con la que trabaja."))


def _navigation(session: Session) -> Any:
    shown = [page for page in PAGES if page.shown(session)]
    session.pages = {page.path: _streamlit_page(page, session, page is shown[0]) for page in shown}
    chosen = st.navigation(list(session.pages.values())) if shown else None
    with st.sidebar:
        _portfolio(session)
        _person(session)
    return chosen


def _streamlit_page(page: Page, session: Session, first: bool) -> Any:
    return st.Page(
        partial(guarded, session, page.show),
        title=session.words(page.title),
        icon=f":material/{page.icon}:",
        url_path=page.path,
        default=first,
        visibility="hidden" if page.hidden else "visible",
    )


def _portfolio(session: Session) -> None:
    names = {key: str(about.get("name") or key) for key, about in session.portfolios.items()}
    if not names:
        session.portfolio = st.text_input(session.words("Cartera"), session.portfolio).strip()
        return
    keys = list(names)
    now = keys.index(session.portfolio) if session.portfolio in names else 0
    session.portfolio = st.selectbox(session.words("Cartera"), keys, now, format_func=names.__getitem__)


def _person(session: Session) -> None:
    words = session.words
    languages = list(LANGUAGES)
    chosen = st.selectbox(
        words("Idioma"), languages, languages.index(words.language), format_func=LANGUAGES.__getitem__
    )
    if chosen != words.language:
        session.words = Words(chosen)
        st.rerun()
    st.caption(session.login)
    if st.button(words("Salir"), type="tertiary", icon=":material/logout:"):
        keep(None)
        kept.forget()
        st.rerun()


def main() -> None:
    """Read where the API is from the command line and draw."""
    parser = argparse.ArgumentParser(prog="builder")
    parser.add_argument("--api", default="http://127.0.0.1:8000", help="address of the API")
    show(parser.parse_args(sys.argv[1:]).api)


if __name__ == "__main__":
    main()
