"""Single sign-on: to the identity provider, back, and a session for the screens."""

import json
from typing import Annotated, Any

from fastapi import Cookie, Query
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from api.access.sessions import Session
from api.access.single_sign_on import CODE_S, STATE_S, SingleSignOn
from api.http.resource import resource
from api.http.routes.sessions import SessionToken, session_token
from api.http.service import Parts, Service
from api.usecases.access.sign_in_by_identity import sign_in_by_identity
from engine.errors import AccessError

router = resource("/single-sign-on", "sessions")

COOKIE = "cadencia_state"
_REDIRECT: dict[int | str, dict[str, Any]] = {
    307: {"description": "To the identity provider, or back to the screens."}
}


class Exchange(BaseModel):
    """The code the screens were given in their address; good once, for a minute."""

    code: str = Field(min_length=1, max_length=500)


@router.get("", status_code=307, response_class=RedirectResponse, responses=_REDIRECT)
def begin_single_sign_on(parts: Parts) -> RedirectResponse:
    """Send the browser to the identity provider."""
    url, state = _provider(parts).begin()
    answer = RedirectResponse(url)
    answer.set_cookie(
        COOKIE,
        state,
        max_age=STATE_S,
        httponly=True,
        samesite="lax",
        secure=parts.settings.outer_url.startswith("https"),
        path="/v1/single-sign-on",
    )
    return answer


@router.get("/callback", status_code=307, response_class=RedirectResponse, responses=_REDIRECT)
def finish_single_sign_on(
    parts: Parts,
    code: Annotated[str, Query(min_length=1, max_length=4000)],
    state: Annotated[str, Query(min_length=1, max_length=500)],
    kept: Annotated[str, Cookie(alias=COOKIE)] = "",
) -> RedirectResponse:
    """Back from the provider: on to the screens with a code that opens a session once."""
    identity = _provider(parts).finish(code, state, kept)
    session = sign_in_by_identity(parts.database, parts.clock, parts.sessions, identity)
    pass_on = parts.sessions.sign("exchange", json.dumps([session.user_id, session.generation]))
    answer = RedirectResponse(f"{parts.settings.screens_url}/?sso={pass_on}")
    answer.delete_cookie(COOKIE, path="/v1/single-sign-on")
    return answer


@router.post("/exchange", status_code=201)
def exchange_single_sign_on(asked: Exchange, parts: Parts) -> SessionToken:
    """The session for a code, once."""
    user_id, generation = json.loads(parts.sessions.unsign("exchange", asked.code, CODE_S))
    parts.limits.count("exchange", asked.code)
    return session_token(parts, parts.sessions.give(Session(user_id, generation)))


def _provider(parts: Service) -> SingleSignOn:
    if parts.single_sign_on is None:
        raise AccessError("single sign-on is off", hint="CADENCIA_OIDC_ISSUER", code="single_sign_on.unknown")
    return parts.single_sign_on
