"""Sessions: sign in, renew, sign out, and who one is."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from api.access.caller import EVERYWHERE, Caller
from api.access.sessions import SESSION_S, Session
from api.http.access import Anyone
from api.http.resource import resource
from api.http.service import Parts, Service
from api.usecases.access.sign_in import sign_in as sign_user_in
from engine.errors import AccessError
from storage.access import end_sessions, user_by_id

router = resource("/sessions", "sessions")

Password = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra={"format": "password"})]


class SignIn(BaseModel):
    """Login and password."""

    login: str = Field(min_length=1, max_length=200, examples=["ana"])
    password: Password = Field(examples=["una frase larga y propia"])


class Held(BaseModel):
    """What one may do in a portfolio."""

    portfolio: str = Field(description="Key of the portfolio; `*`: all of them.", examples=["tarjetas"])
    permissions: list[str]


class Me(BaseModel):
    """Who one is, and what one may do where."""

    login: str
    language: str
    grants: list[Held]
    now: datetime = Field(description="The business clock, which a demonstration may set and speed up.")


class SessionToken(BaseModel):
    """A session: send it as `Authorization: Bearer <token>`."""

    token: str
    expires_in_s: int
    me: Me


@router.post("", status_code=201)
def sign_in(asked: SignIn, request: Request, parts: Parts) -> SessionToken:
    """Sign in by login and password."""
    parts.limits.count("sign_in", f"login:{asked.login.casefold()}")
    parts.limits.count("sign_in", f"address:{request.client.host if request.client else ''}")
    _, token = sign_user_in(parts.database, parts.sessions, asked.login, asked.password)
    return session_token(parts, token)


@router.get("/me")
def read_me(who: Anyone, parts: Parts) -> Me:
    """Who one is, and what one may do in which portfolio."""
    return _me(parts, who)


@router.post("/renewal", status_code=201)
def renew(who: Anyone, parts: Parts) -> SessionToken:
    """A session that lasts as long again; a key has none."""
    if who.user_id is None:
        raise AccessError("a key has no session", code="session.none")
    with parts.database.connection() as connection:
        user = user_by_id(connection, who.user_id)
    assert user is not None  # the doorkeeper has just seen them
    return session_token(parts, parts.sessions.give(Session(user.id, user.generation)))


@router.delete("/me", status_code=204)
def sign_out_everywhere(who: Anyone, parts: Parts) -> None:
    """End every session of oneself, on every machine."""
    if who.user_id is None:
        raise AccessError("a key has no session", code="session.none")
    with parts.database.connection() as connection:
        end_sessions(connection, who.user_id)
    parts.doorkeeper.forget()


def session_token(parts: Service, token: str) -> SessionToken:
    """A session as it is told, with who one is."""
    return SessionToken(token=token, expires_in_s=SESSION_S, me=_me(parts, parts.doorkeeper.recognise(token)))


def _me(parts: Service, who: Caller) -> Me:
    with parts.database.connection() as connection:
        keys = dict(connection.execute("SELECT id, key FROM portfolio").fetchall())
    held = [
        Held(portfolio=str(keys.get(number, "*" if number == EVERYWHERE else "?")), permissions=sorted(may))
        for number, may in who.grants.items()
    ]
    return Me(login=who.name, language=who.language, grants=held, now=parts.clock.now())
