"""The master keys of an installation: the newest wraps the keys of persons, older ones still unwrap theirs.

A process is told once where its keys come from (``use``); they are read when first needed, and read again
when a row names one that is not known yet: that is how a rotation reaches processes that run.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import ServiceError

LENGTH = 32
NONCE = 12


@dataclass(frozen=True)
class Wrapped:
    """A person's key as it lies in the table: which master wrapped it, and the bytes."""

    master: str
    content: bytes


class MasterKeys:
    """Some master keys, the newest first.

    >>> old, new = MasterKeys([bytes(32)]), MasterKeys([bytes(range(32)), bytes(32)])
    >>> new.unwrap(old.wrap(b"key of a person", b"whose"), b"whose")
    b'key of a person'
    >>> new.wrap(b"", b"").master == new.newest != old.newest
    True
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != LENGTH for key in keys):
            raise ServiceError(
                "a master key is not 32 bytes", code="vault.master", hint="64 hexadecimal digits each"
            )
        self.keys = tuple(keys)
        self._ciphers = {name_of(key): AESGCM(key) for key in keys}
        self.newest = name_of(keys[0])

    def wrap(self, secret: bytes, owner: bytes) -> Wrapped:
        """A secret under the newest key, bound to its owner."""
        nonce = os.urandom(NONCE)
        return Wrapped(self.newest, nonce + self._ciphers[self.newest].encrypt(nonce, secret, owner))

    def unwrap(self, wrapped: Wrapped, owner: bytes) -> bytes:
        """The secret; ``ServiceError`` when it is not this owner's or its master is not known."""
        cipher = self._ciphers.get(wrapped.master)
        if cipher is None:
            raise ServiceError(
                f"the key of a person is wrapped by master {wrapped.master}, which is not here",
                code="vault.unknown_master",
                hint="CADENCIA_MASTER_KEYS or master.keys must keep it until all is rewrapped",
            )
        try:
            return cipher.decrypt(wrapped.content[:NONCE], wrapped.content[NONCE:], owner)
        except InvalidTag as tampered:
            raise ServiceError("the key of a person was changed", code="vault.tampered") from tampered

    def knows(self, master: str) -> bool:
        """Whether a master is among these."""
        return master in self._ciphers


def name_of(key: bytes) -> str:
    """What a master key is called where it is named: eight digits of its hash.

    >>> name_of(bytes(32))
    '66687aad'
    """
    return hashlib.sha256(key).hexdigest()[:8]


_source: Callable[[], MasterKeys] | None = None
_known: MasterKeys | None = None


def use(source: Callable[[], MasterKeys]) -> None:
    """Where this process reads its master keys when it needs them."""
    global _source, _known
    _source, _known = source, None


def masters(master: str = "") -> MasterKeys:
    """The master keys of this process, read anew when they lack the one named."""
    global _known
    if _source is None:
        raise ServiceError("this process has no master keys", code="vault.closed", hint="master_keys.use")
    if _known is None or (master and not _known.knows(master)):
        _known = _source()
    return _known
