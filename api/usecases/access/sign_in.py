"""Sign a user in by login and password; the same answer, after the same time, whatever was wrong."""

from api.access.passwords import password_fits
from api.access.sessions import Session, Sessions
from engine.errors import AccessError
from storage.access import User, user_by_login
from storage.database import Database


def sign_in(database: Database, sessions: Sessions, login: str, password: str) -> tuple[User, str]:
    """The user and their session token; ``AccessError`` when login, password or state is wrong."""
    with database.connection() as connection:
        user = user_by_login(connection, login)
    fits = password_fits(password, user.password_hash if user else None)
    if user is None or not fits or not user.active:
        raise AccessError("login or password is wrong", place="login", code="access.sign_in")
    return user, sessions.give(Session(user.id, user.generation))
