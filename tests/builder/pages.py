"""One page of the screens under AppTest, as somebody signed in; and strategies to show on it."""

import copy
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from builder.client import ApiProblemError
from builder.session import STATE, Session

INSIDE = "/v1/portfolios/tarjetas"
MORA: dict[str, Any] = {
    "schema_version": 1,
    "key": "mora",
    "name": "Mora",
    "exit_when": "mora",
    "nodes": [
        {"id": "entrada", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}},
        {"id": "espera", "kind": "wait", "until": {"type": "days", "days": 5}},
        {"id": "salida", "kind": "end", "outcome": "recorrida"},
    ],
    "edges": [{"source": "entrada", "target": "espera"}, {"source": "espera", "target": "salida"}],
}


def strategy(key: str, days: int = 5, **more: Any) -> dict[str, Any]:
    """Enter, wait some days, leave."""
    document = {**copy.deepcopy(MORA), "key": key, "name": key.title(), **more}
    document["nodes"][1]["until"]["days"] = days
    return document


def publish(asker: Session, granter: Session, document: dict[str, Any]) -> int:
    """Draw, ask, and let a second person grant; the number of the version."""
    at = f"{INSIDE}/strategies/{document['key']}"
    try:
        etag = asker.api.ask("GET", f"{at}/draft").etag
    except ApiProblemError:
        etag = '"0"'
    kept = asker.api.ask("PUT", f"{at}/draft", json=document, if_match=etag)
    asked = asker.api.ask("POST", f"{at}/requests", json={}, if_match=kept.etag).body
    done = granter.api.post(f"/v1/approvals/{asked['id']}/grant", {})
    number: int = done["outcome"]["version"]
    return number


def drawn(path: str) -> None:
    """What AppTest runs: one page, guarded as in the application."""
    from builder.frame import guarded
    from builder.pages.registry import PAGES
    from builder.session import current

    st.set_page_config(layout="wide")
    session = current()
    assert session is not None
    guarded(session, next(page for page in PAGES if page.path == path).show)


def opened_page(session: Session, path: str, **query: str) -> AppTest:
    """A page as somebody sees it, run once."""
    app = AppTest.from_function(_page, kwargs={"path": path}, default_timeout=60)
    app.session_state[STATE] = session
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """Everything that is said on a page."""
    kinds = (
        app.title,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.warning,
        app.error,
        app.success,
    )
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def _page(path: str) -> None:
    from tests.builder.pages import drawn

    drawn(path)
