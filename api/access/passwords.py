"""Passwords: hashed with Argon2, never stored, and as slow to check for a user who does not exist."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from engine.errors import AccessError

SHORTEST = 10
LONGEST = 256

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """The Argon2id hash to keep; ``AccessError`` for a password that is too short or absurdly long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccessError(
            f"a password has {SHORTEST} to {LONGEST} characters", place="password", code="access.password"
        )
    return _HASHER.hash(password)


def password_fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one that was hashed; without a hash it takes as long to say no."""
    try:
        return _HASHER.verify(kept or _nobodys(), password[: LONGEST + 1]) and kept is not None
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))
