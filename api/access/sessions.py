"""Sessions: tokens the service signs itself, that expire, and that a user's next generation ends."""

import hmac
from dataclasses import dataclass

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from engine.errors import AccessError

SESSION_S = 8 * 3600
"""How long a session lasts without being renewed."""


@dataclass(frozen=True)
class Session:
    """What a token says: the user, and the generation of their sessions it belongs to."""

    user_id: int
    generation: int


class Sessions:
    """Gives and reads session tokens, and signs short-lived states, under keys of this installation.

    ``keys`` are oldest first; the last one signs, all of them are recognised.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys = [derive(key, b"cadencia.session") for key in keys]

    def give(self, session: Session) -> str:
        """The token of a session that begins now."""
        return self._signer("session").dumps([session.user_id, session.generation])

    def read(self, token: str, max_age_s: int = SESSION_S) -> Session:
        """The session of a token; ``AccessError`` when it has expired or is not ours."""
        try:
            user_id, generation = self._signer("session").loads(token, max_age=max_age_s)
        except SignatureExpired:
            raise AccessError(
                "the session has expired", code="session.expired", hint="sign in again"
            ) from None
        except (BadData, ValueError, TypeError):
            raise AccessError("not a session of this service", code="session.invalid") from None
        return Session(int(user_id), int(generation))

    def sign(self, purpose: str, value: str) -> str:
        """A value signed for one purpose."""
        return self._signer(purpose).dumps(value)

    def unsign(self, purpose: str, token: str, max_age_s: int) -> str:
        """The value that was signed; ``AccessError`` when it is too old, altered, or for another purpose."""
        try:
            return str(self._signer(purpose).loads(token, max_age=max_age_s))
        except BadData:
            raise AccessError(f"not a valid {purpose}", code=f"{purpose}.invalid") from None

    def secret_of(self, purpose: str, value: str) -> str:
        """A secret that belongs to a value and need not be kept: whoever has the key finds it again."""
        return derive(derive(self._keys[-1], purpose.encode()), value.encode()).hex()

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(list(self._keys), salt=f"cadencia.{purpose}")


def derive(key: bytes, purpose: bytes) -> bytes:
    """A key of its own for one purpose, from the installation's."""
    return hmac.digest(key, purpose, "sha256")
