"""One cell of personal data at rest: AES-GCM under its person's key, bound to table, column and row.

Equal text in the same cell gives equal bytes (the nonce is a keyed hash of place and text), so that a load
which repeats a name changes nothing; nowhere else are they equal. Text without the prefix was written
before the vault and is read as it stands.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import ServiceError

PREFIX = "enc1:"
SECRET = 48
_KEY = 32
_NONCE = 12
ERASED = "[borrado]"
"""What stands where a person's data were and their key no longer is."""


class PersonKey:
    """The key of one person, ready: 32 bytes encrypt, 16 make nonces.

    >>> key = PersonKey(bytes(48))
    >>> cell = key.seal("Ana Pérez", "person:name", b"row")
    >>> cell.startswith("enc1:"), key.open(cell, "person:name", b"row")
    (True, 'Ana Pérez')
    >>> cell == key.seal("Ana Pérez", "person:name", b"row") != key.seal("Ana Pérez", "person:name", b"x")
    True
    """

    __slots__ = ("_cipher", "_nonces")

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(secret[:_KEY])
        self._nonces = secret[_KEY:]

    def seal(self, text: str, column: str, row: bytes) -> str:
        """A text as it is stored in ``table:column`` of a row; empty stays empty."""
        if not text:
            return text
        return PREFIX + base64.b64encode(self.seal_bytes(text.encode(), column, row)).decode()

    def seal_bytes(self, content: bytes, column: str, row: bytes) -> bytes:
        """The content of a file as it is stored in ``table:column`` of a row."""
        place = _place(column, row)
        nonce = hashlib.blake2b(place + b"\0" + content, digest_size=_NONCE, key=self._nonces).digest()
        return nonce + self._cipher.encrypt(nonce, content, place)

    def open(self, stored: str, column: str, row: bytes) -> str:
        """The text again; ``ServiceError`` when the cell was changed, or moved from another place."""
        if not stored.startswith(PREFIX):
            return stored
        return self.open_bytes(base64.b64decode(stored[len(PREFIX) :]), column, row).decode()

    def open_bytes(self, raw: bytes, column: str, row: bytes) -> bytes:
        """The content again; ``ServiceError`` when it was changed, or moved from another place."""
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _place(column, row))
        except InvalidTag as tampered:
            raise ServiceError(
                "a cell of personal data was changed or moved", code="vault.tampered", place=column
            ) from tampered


def new_secret() -> bytes:
    """The secret of a new person."""
    return os.urandom(SECRET)


def open_or_erased(key: PersonKey | None, stored: str, column: str, row: bytes) -> str:
    """The text of a cell; ``ERASED`` when its person's key was destroyed.

    >>> open_or_erased(None, "enc1:AAAA", "person:name", b""), open_or_erased(None, "Ana", "person:name", b"")
    ('[borrado]', 'Ana')
    """
    if not stored.startswith(PREFIX):
        return stored
    return ERASED if key is None else key.open(stored, column, row)


def _place(column: str, row: bytes) -> bytes:
    return f"{column}:".encode() + row
