"""Users, the roles they hold, and the keys of machines, as rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from engine.errors import AccessError

_USER = """SELECT u.id, u.login, u.name, u.password_hash, u.issuer, u.subject, u.language, u.active,
       u.generation, coalesce(array_agg(g.portfolio_id ORDER BY g.portfolio_id, g.role)
                FILTER (WHERE g.role IS NOT NULL), '{}') AS portfolios,
       coalesce(array_agg(g.role ORDER BY g.portfolio_id, g.role)
                FILTER (WHERE g.role IS NOT NULL), '{}') AS roles
FROM app_user u LEFT JOIN role_grant g ON g.user_id = u.id"""

_KEY = """SELECT id, prefix, digest, label, scopes, portfolio_id, created_by, created_at, expires_at,
       revoked_at FROM api_key"""


@dataclass(frozen=True)
class User:
    """A user with the roles they hold: ``roles[i]`` in the portfolio ``portfolios[i]`` (0: all)."""

    id: int
    login: str
    name: str
    password_hash: str | None
    issuer: str | None
    subject: str | None
    language: str
    active: bool
    generation: int
    portfolios: Sequence[int]
    roles: Sequence[str]

    @property
    def grants(self) -> list[tuple[int, str]]:
        """Portfolio and role, pair by pair."""
        return list(zip(self.portfolios, self.roles, strict=True))


@dataclass(frozen=True)
class Key:
    """A machine's key, as far as it is kept."""

    id: int
    prefix: str
    digest: bytes
    label: str
    scopes: Sequence[str]
    portfolio_id: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def plain_login(login: str) -> str:
    """The one spelling of a login."""
    return login.strip().casefold()


def user_by_login(connection: psycopg.Connection, login: str) -> User | None:
    """The user who signs in by this name."""
    return _one(connection, "u.login = %s", [plain_login(login)])


def user_by_id(connection: psycopg.Connection, user_id: int) -> User | None:
    """The user of this number."""
    return _one(connection, "u.id = %s", [user_id])


def user_by_subject(connection: psycopg.Connection, issuer: str, subject: str) -> User | None:
    """The user an identity provider knows by this subject."""
    return _one(connection, "u.issuer = %s AND u.subject = %s", [issuer, subject])


def expect_user(connection: psycopg.Connection, login: str) -> User:
    """The user of this login; ``AccessError`` when there is none."""
    user = user_by_login(connection, login)
    if user is None:
        raise AccessError(f"there is no user {login!r}", place="login", code="user.unknown")
    return user


def list_users(connection: psycopg.Connection, after: str, most: int) -> list[User]:
    """Users in the order of their logins, from behind ``after``."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(
            f"{_USER} WHERE u.login > %s GROUP BY u.id ORDER BY u.login LIMIT %s", [after, most]
        ).fetchall()


def add_user(
    connection: psycopg.Connection, login: str, name: str, password_hash: str | None, language: str
) -> int:
    """A new user; ``AccessError`` when the login is taken."""
    row = connection.execute(
        "INSERT INTO app_user (login, name, password_hash, language) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (login) DO NOTHING RETURNING id",
        [plain_login(login), name, password_hash, language],
    ).fetchone()
    if row is None:
        raise AccessError(f"the login {login!r} is taken", place="login", code="user.taken")
    return int(row[0])


def change_user(
    connection: psycopg.Connection,
    user_id: int,
    *,
    name: str | None = None,
    password_hash: str | None = None,
    active: bool | None = None,
    language: str | None = None,
) -> None:
    """Change what is given; a new password or a switched-off user ends every session of theirs."""
    connection.execute(
        """UPDATE app_user SET name = coalesce(%(name)s, name),
               password_hash = coalesce(%(password)s, password_hash), active = coalesce(%(active)s, active),
               language = coalesce(%(language)s, language),
               generation = generation + (%(password)s::text IS NOT NULL OR %(active)s IS FALSE)::int
           WHERE id = %(id)s""",
        {"id": user_id, "name": name, "password": password_hash, "active": active, "language": language},
    )


def bind_identity(connection: psycopg.Connection, user_id: int, issuer: str, subject: str) -> None:
    """Let an identity provider's subject sign in as this user from now on."""
    connection.execute(
        "UPDATE app_user SET issuer = %s, subject = %s WHERE id = %s", [issuer, subject, user_id]
    )


def end_sessions(connection: psycopg.Connection, user_id: int) -> None:
    """Every session of a user is over."""
    connection.execute("UPDATE app_user SET generation = generation + 1 WHERE id = %s", [user_id])


def set_grants(connection: psycopg.Connection, user_id: int, grants: Iterable[tuple[int, str]]) -> None:
    """The roles of a user are these and no others."""
    connection.execute("DELETE FROM role_grant WHERE user_id = %s", [user_id])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO role_grant (user_id, portfolio_id, role) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(user_id, portfolio_id, role) for portfolio_id, role in grants],
        )


def add_key(
    connection: psycopg.Connection,
    *,
    prefix: str,
    digest: bytes,
    label: str,
    scopes: Sequence[str],
    portfolio_id: int,
    by: str,
    expires_at: datetime,
) -> int:
    """Keep a key; its number."""
    row = connection.execute(
        "INSERT INTO api_key (prefix, digest, label, scopes, portfolio_id, created_by, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [prefix, digest, label, list(scopes), portfolio_id, by, expires_at],
    ).fetchone()
    assert row is not None  # an INSERT ... RETURNING of one row
    return int(row[0])


def key_by_prefix(connection: psycopg.Connection, prefix: str) -> Key | None:
    """The key of this prefix, whatever became of it."""
    with connection.cursor(row_factory=class_row(Key)) as cursor:
        return cursor.execute(f"{_KEY} WHERE prefix = %s", [prefix]).fetchone()


def list_keys(connection: psycopg.Connection, after: int, most: int) -> list[Key]:
    """Keys in the order they were made."""
    with connection.cursor(row_factory=class_row(Key)) as cursor:
        return cursor.execute(f"{_KEY} WHERE id > %s ORDER BY id LIMIT %s", [after, most]).fetchall()


def revoke_key(connection: psycopg.Connection, prefix: str, by: str) -> bool:
    """Shut a key for ever; ``False`` when none of that prefix is open."""
    return (
        connection.execute(
            "UPDATE api_key SET revoked_at = clock_timestamp(), revoked_by = %s"
            " WHERE prefix = %s AND revoked_at IS NULL",
            [by, prefix],
        ).rowcount
        == 1
    )


def _one(connection: psycopg.Connection, condition: str, values: list[object]) -> User | None:
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(f"{_USER} WHERE {condition} GROUP BY u.id", values).fetchone()
