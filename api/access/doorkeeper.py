"""Recognises who is asking by their session or key, and remembers it for a few seconds."""

import threading
from collections.abc import Iterable

from api.access.caller import EVERYWHERE, Caller
from api.access.keys import key_fits, prefix_of
from api.access.roles import roles
from api.access.sessions import Sessions
from api.clock import steady, system_now
from engine.errors import AccessError
from storage.access import Key, User, key_by_prefix, user_by_id
from storage.database import Database
from storage.held_connection import HeldConnection

REMEMBERS_S = 2.0
"""How long a switched-off user or a revoked key may still be let in by another process."""

MOST_REMEMBERED = 10_000


class Doorkeeper:
    """Tells callers by their bearer tokens; safe for threads."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        self._connection = HeldConnection(database)
        self._sessions = sessions
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Caller]] = {}
        self._portfolios: dict[str, int] = {}

    def recognise(self, token: str) -> Caller:
        """The caller of a token; ``AccessError`` when it is missing, false, expired or shut."""
        if not token:
            raise AccessError(
                "nobody is signed in", code="access.missing", hint="Authorization: Bearer <token>"
            )
        with self._lock:
            seen = self._known.get(token)
        if seen is not None and steady() - seen[0] < REMEMBERS_S:
            return seen[1]
        caller = self._by_key(token) if prefix_of(token) else self._by_session(token)
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[token] = (steady(), caller)
        return caller

    def portfolio_id(self, key: str) -> int:
        """The number of a portfolio; ``AccessError`` (portfolio.unknown) when there is none of that key."""
        with self._lock:
            known = self._portfolios.get(key)
        if known is not None:
            return known
        with self._connection.transaction() as connection:
            row = connection.execute("SELECT id FROM portfolio WHERE key = %s", [key]).fetchone()
        if row is None:
            raise AccessError(f"there is no portfolio {key!r}", place=key, code="portfolio.unknown")
        with self._lock:
            self._portfolios[key] = int(row[0])
        return int(row[0])

    def forget(self) -> None:
        """Look everyone up again: a user, a role or a key has changed."""
        with self._lock:
            self._known.clear()

    def _by_session(self, token: str) -> Caller:
        session = self._sessions.read(token)
        with self._connection.transaction() as connection:
            user = user_by_id(connection, session.user_id)
        if user is None or not user.active or user.generation != session.generation:
            raise AccessError("the session is over", code="session.expired", hint="sign in again")
        return caller_of(user)

    def _by_key(self, token: str) -> Caller:
        prefix = prefix_of(token) or ""
        with self._connection.transaction() as connection:
            key = key_by_prefix(connection, prefix)
        if key is None or not key_fits(token, key.digest):
            raise AccessError("not a key of this service", code="key.invalid")
        if key.revoked_at is not None or key.expires_at <= system_now():
            raise AccessError("the key has expired or was revoked", code="key.expired")
        return caller_of_key(key)


def caller_of(user: User) -> Caller:
    """What a user may do, by portfolio."""
    return Caller(user.login, _permissions(user.grants), user.id, language=user.language)


def caller_of_key(key: Key) -> Caller:
    """What a key may do, in its one portfolio or in all of them."""
    grants = {key.portfolio_id or EVERYWHERE: frozenset(key.scopes)}
    return Caller(f"key:{key.prefix}", grants, behind=key.created_by)


def _permissions(grants: Iterable[tuple[int, str]]) -> dict[int, frozenset[str]]:
    held: dict[int, frozenset[str]] = {}
    for portfolio_id, role in grants:
        held[portfolio_id] = held.get(portfolio_id, frozenset()) | roles()[role].may
    return held
