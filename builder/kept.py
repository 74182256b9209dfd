"""A sign-in kept over a reload: an HttpOnly cookie the screens' server gives for a code that works once.

A script of Streamlit cannot set a cookie, and one that JavaScript sets could be read by JavaScript. So the
script leaves the token here under a code, and the browser fetches the cookie with that code from the same
origin; a header no form and no foreign page can send guards both requests.
"""

import secrets
import threading
import time
from collections.abc import Sequence

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

COOKIE = "cadencia-session"
HEADER = "X-Cadencia-Code"
FORGET = "forget"
CODE_S = 60.0
PATH = "/session"

_WAITING = "session-code"
_LEFT = "signed-out"

_FETCH = """export default function({data}) {
  if (window.cadenciaAsked === data.code) return
  window.cadenciaAsked = data.code
  fetch("session", {method: "POST", credentials: "same-origin", headers: {"X-Cadencia-Code": data.code}})
}"""


class Codes:
    """Tokens that wait a minute for the browser to fetch them, each once; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, float]] = {}

    def give(self, token: str) -> str:
        """The code a token is fetched with."""
        code = secrets.token_urlsafe(32)
        now = time.monotonic()
        with self._lock:
            self._tokens = {each: held for each, held in self._tokens.items() if held[1] > now}
            self._tokens[code] = (token, now + CODE_S)
        return code

    def take(self, code: str) -> str:
        """The token of a code, which works no second time; empty when there is none."""
        with self._lock:
            token, until = self._tokens.pop(code, ("", 0.0))
        return token if time.monotonic() < until else ""


CODES = Codes()


async def answer(request: Request) -> Response:
    """Set the cookie for a code, or drop it."""
    code = request.headers.get(HEADER, "")
    token = "" if code == FORGET else CODES.take(code)
    if not token and code != FORGET:
        return Response(status_code=403)
    told = Response(status_code=204, headers={"Cache-Control": "no-store"})
    safe = "https" in (request.url.scheme, request.headers.get("X-Forwarded-Proto", ""))
    if token:
        told.set_cookie(COOKIE, token, httponly=True, secure=safe, samesite="strict")
    else:
        told.delete_cookie(COOKIE, httponly=True, secure=safe, samesite="strict")
    return told


ROUTES: Sequence[BaseRoute] = (Route(PATH, answer, methods=["POST"]),)


def offer(token: str) -> None:
    """Let the browser of this tab fetch the cookie of a token with the next drawing."""
    st.session_state[_WAITING] = CODES.give(token)
    st.session_state.pop(_LEFT, None)


def forget() -> None:
    """Let the browser drop its cookie with the next drawing; this tab no longer looks at it."""
    st.session_state[_WAITING] = FORGET
    st.session_state[_LEFT] = True


def deliver() -> None:
    """Draw what makes the browser ask; nothing when nothing waits."""
    code = st.session_state.get(_WAITING)
    if code:
        st.components.v2.component("cadencia-session", js=_FETCH)(key="session-fetch", data={"code": code})


def remembered() -> str:
    """The token of the cookie this tab came with; empty without one, or after signing out."""
    return "" if st.session_state.get(_LEFT) else st.context.cookies.get(COOKIE, "")
