"""Add and change users: their name, password, language, whether they may sign in, and their roles."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from api.access.passwords import hash_password
from api.access.roles import expect_role
from api.clock import Clock
from engine.errors import AccessError
from storage import access
from storage.access import User
from storage.database import Database
from storage.ledger import append_line

EVERY_PORTFOLIO = "*"


@dataclass(frozen=True)
class RoleIn:
    """A role in one portfolio, by its key; ``*``: in all of them."""

    role: str
    portfolio: str = EVERY_PORTFOLIO


def add_user(
    database: Database,
    clock: Clock,
    *,
    login: str,
    name: str,
    password: str | None,
    roles: Sequence[RoleIn],
    by: str,
    language: str = "es",
) -> User:
    """A new user; without a password they sign in by the identity provider only."""
    hashed = hash_password(password) if password is not None else None
    if not access.plain_login(login):
        raise AccessError("a user has a login", place="login", code="user.login")
    with database.connection() as connection:
        user_id = access.add_user(connection, login, name, hashed, language)
        access.set_grants(connection, user_id, _grants(connection, roles))
        _note(connection, clock, "user.added", login, by, {"roles": _said(roles)})
        return access.expect_user(connection, login)


def change_user(
    database: Database,
    clock: Clock,
    login: str,
    *,
    by: str,
    name: str | None = None,
    password: str | None = None,
    active: bool | None = None,
    language: str | None = None,
    roles: Sequence[RoleIn] | None = None,
) -> User:
    """Change what is given and nothing else; nobody switches themselves off or changes their own roles."""
    if access.plain_login(login) == access.plain_login(by) and (active is False or roles is not None):
        raise AccessError("one's own roles are changed by somebody else", place=login, code="user.oneself")
    hashed = hash_password(password) if password is not None else None
    with database.connection() as connection:
        user = access.expect_user(connection, login)
        access.change_user(
            connection, user.id, name=name, password_hash=hashed, active=active, language=language
        )
        if roles is not None:
            access.set_grants(connection, user.id, _grants(connection, roles))
        given = {"name": name, "active": active, "language": language}
        body: dict[str, object] = {what: value for what, value in given.items() if value is not None}
        body |= {"password": "changed"} if password is not None else {}
        body |= {"roles": _said(roles)} if roles is not None else {}
        _note(connection, clock, "user.changed", login, by, body)
        return access.expect_user(connection, login)


def _grants(connection: psycopg.Connection, roles: Sequence[RoleIn]) -> list[tuple[int, str]]:
    known: dict[str, int] = dict(connection.execute("SELECT key, id FROM portfolio").fetchall())
    known[EVERY_PORTFOLIO] = 0
    for each in roles:
        expect_role(each.role)
        if each.portfolio not in known:
            raise AccessError(
                f"there is no portfolio {each.portfolio!r}", place="roles", code="portfolio.unknown"
            )
    return [(known[each.portfolio], each.role) for each in roles]


def _said(roles: Sequence[RoleIn]) -> list[str]:
    return [f"{each.role}@{each.portfolio}" for each in roles]


def _note(
    connection: psycopg.Connection, clock: Clock, kind: str, login: str, by: str, body: dict[str, object]
) -> None:
    append_line(connection, clock.now(), kind, f"user:{access.plain_login(login)}", body | {"by": by})
