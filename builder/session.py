"""Who is signed in, in which portfolio and language: what every page is given."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import httpx
import streamlit as st

from builder.client import PATIENCE_S, Client, path
from builder.wording import Words
from engine.errors import CadenciaError

EVERYWHERE = "*"
STATE = "cadencia-session"
CLOCK_S = 30


@dataclass
class Session:
    """One browser tab's sign-in; ``grants`` are permissions by portfolio, ``*`` for all of them."""

    api: Client
    words: Words
    login: str
    grants: Mapping[str, frozenset[str]]
    portfolios: Mapping[str, Mapping[str, Any]]
    routes: frozenset[str]
    portfolio: str = ""
    expired: bool = False
    told_at: float = -1e9
    ahead: timedelta = timedelta()
    pages: dict[str, Any] = field(default_factory=dict)

    def may(self, permission: str) -> bool:
        """Whether a permission is theirs in the portfolio chosen, or everywhere."""
        held = self.grants.get(EVERYWHERE, frozenset()) | self.grants.get(self.portfolio, frozenset())
        return permission in held

    def offers(self, pattern: str) -> bool:
        """Whether the service has a route yet: ``/portfolios/{portfolio}/strategies``."""
        return f"/v1{pattern}" in self.routes

    def at(self, *parts: str) -> str:
        """A path inside the portfolio chosen."""
        return path("portfolios", self.portfolio, *parts)

    def go(self, page: str, **query: str) -> NoReturn:
        """Leave for another page."""
        st.switch_page(self.pages[page], query_params=query)

    def now(self) -> datetime:
        """The service's business clock, asked for at most twice a minute."""
        if time.monotonic() - self.told_at > CLOCK_S:
            told = datetime.fromisoformat(self.api.get("/v1/sessions/me")["now"])
            self.ahead, self.told_at = told - datetime.now(UTC), time.monotonic()
        return datetime.now(UTC) + self.ahead

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the portfolio chosen; UTC where the service does not say."""
        return ZoneInfo(str(self.portfolios.get(self.portfolio, {}).get("timezone") or "UTC"))

    @property
    def country(self) -> str:
        """Whose separators numbers are written with."""
        return str(self.portfolios.get(self.portfolio, {}).get("country") or "CO")


@st.cache_resource
def connections(url: str) -> httpx.Client:
    """Connections to the API, shared by every tab of this process."""
    return httpx.Client(base_url=url, timeout=PATIENCE_S)


def sign_in(url: str, login: str, password: str) -> Session:
    """A session for a person; raises what the API refuses."""
    given = Client(connections(url)).post("/v1/sessions", {"login": login, "password": password})
    return opened(url, given["token"], given["me"])


def return_to(url: str, token: str) -> Session | None:
    """This tab's session again, after a reload; ``None`` where the token is none, or no longer good."""
    if not token:
        return None
    try:
        session = opened(url, token, Client(connections(url), token).get("/v1/sessions/me"))
    except CadenciaError:
        return None
    keep(session)
    return session


def opened(url: str, token: str, me: Mapping[str, Any]) -> Session:
    """The session a token stands for."""
    api = Client(connections(url), token)
    grants = {held["portfolio"]: frozenset(held["permissions"]) for held in me["grants"]}
    routes = api.routes()
    known: Iterable[Mapping[str, Any]] = api.every("/v1/portfolios") if "/v1/portfolios" in routes else ()
    portfolios = {str(each["key"]): each for each in known} or {key: {"key": key} for key in grants}
    portfolios.pop(EVERYWHERE, None)
    first = next(iter(portfolios), "")
    return Session(api, Words(me["language"]), me["login"], grants, portfolios, routes, first)


def current() -> Session | None:
    """The session of this tab, if somebody is signed in."""
    held = st.session_state.get(STATE)
    return held if isinstance(held, Session) else None


def keep(session: Session | None) -> None:
    """Make a session this tab's, or sign out."""
    if session is None:
        st.session_state.pop(STATE, None)
    else:
        st.session_state[STATE] = session
