"""A strategy on paper, for who reads it without these screens: the buttons that fetch it."""

from functools import partial

import streamlit as st

from builder.session import Session

ROUTE = "/portfolios/{portfolio}/strategies/{key}/versions/{number}/print"
PAPERS = {"pdf": ("PDF", "application/pdf", "pdf"), "markdown": ("Markdown", "text/markdown", "md")}


def show_printing(session: Session, key: str, version: int | None) -> None:
    """Fetch a version (``None``: the draft as it was saved) as PDF or Markdown; made when it is asked for."""
    if not session.offers(ROUTE):
        return
    what = "draft" if version is None else f"versions/{version}"
    where = f"{session.at('strategies', key)}/{what}/print"
    for printed_as, (label, media_type, suffix) in PAPERS.items():
        st.download_button(
            label,
            partial(session.api.download, where, format=printed_as),
            f"{key}-{'borrador' if version is None else f'v{version}'}.{suffix}",
            media_type,
            key=f"print-{key}-{version}-{printed_as}",
            icon=":material/print:",
            width="stretch",
            on_click="ignore",
        )
