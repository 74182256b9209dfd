"""Keys of machines: 32 random bytes, shown once; kept are a prefix to find them and a SHA-256."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_SHAPE = re.compile(r"^cad_(?P<prefix>[a-z0-9]{10})_(?P<secret>[A-Za-z0-9_-]{43})$")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class NewKey:
    """A key at the only moment its secret is known."""

    prefix: str
    text: str
    digest: bytes


def make_key() -> NewKey:
    """A fresh key."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(10))
    text = f"cad_{prefix}_{secrets.token_urlsafe(32)}"
    return NewKey(prefix, text, digest_of(text))


def prefix_of(text: str) -> str | None:
    """The prefix of something shaped like a key of ours; ``None`` for anything else.

    >>> prefix_of("cad_abcdefghij_" + "x" * 43), prefix_of("Bearer of news")
    ('abcdefghij', None)
    """
    found = _SHAPE.match(text)
    return found["prefix"] if found else None


def digest_of(text: str) -> bytes:
    """What is kept of a key: its entropy needs no slow hash."""
    return hashlib.sha256(text.encode()).digest()


def key_fits(text: str, digest: bytes) -> bool:
    """Whether this is the key whose digest is kept, in constant time."""
    return hmac.compare_digest(digest_of(text), digest)
