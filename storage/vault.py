"""Finds personal data without reading it: the keyed blind index of an identity, a phone or a mailbox.

The index is HMAC-SHA256 under a key of the installation: equal values have equal indexes, and without
the key no list of guessed values can be tried against the table. ``key`` is an argument everywhere.
"""

import hashlib
from collections.abc import Iterable

from engine.errors import ServiceError

_BLOCK = 64
_DIGEST = 16
SHORTEST_KEY = 16


class BlindIndex:
    """Blind indexes under one key; the two keyed SHA-256 states are prepared once and copied per value.

    >>> import hmac
    >>> index = BlindIndex(b"a key of the installation")
    >>> index.of("RFC:XAXX010101000") == hmac.digest(
    ...     b"a key of the installation", b"RFC:XAXX010101000", "sha256"
    ... )
    True
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise ServiceError(
                "the key of the blind index is too short",
                code="vault.key",
                hint=f"give at least {SHORTEST_KEY} bytes",
            )
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._digests = self.of("digests")

    def of(self, value: str) -> bytes:
        """The 32 bytes that stand for a value."""
        inner = self._inner.copy()
        inner.update(value.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def all(self, values: Iterable[str]) -> list[bytes]:
        """The indexes of many values, in their order."""
        return [self.of(value) for value in values]

    def digests(self, texts: Iterable[str]) -> list[bytes]:
        """Sixteen keyed bytes for each text, to know it again; under a key of their own."""
        key = self._digests
        return [hashlib.blake2b(text.encode(), key=key, digest_size=_DIGEST).digest() for text in texts]


def identity_of(id_type: str, number: str) -> str:
    """The one spelling of an identity document: type and number without dots, dashes and blanks.

    >>> identity_of("rut", "12.345.678-k")
    'RUT:12345678K'
    """
    bare = "".join(sign for sign in number if sign.isalnum())
    return f"{id_type.strip()}:{bare}".upper()
