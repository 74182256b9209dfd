"""The address of the portal in a message: short, signed, and unreadable to whoever has no key.

It holds who it is for, which creditor, and the minute it was made: nothing about a debt. Its 24 signs are an
eight-byte tag and ten bytes hidden under it (a synthetic initialisation vector, as in RFC 5297), so that the
same person in the same minute has the same link and a changed one is known without looking anywhere.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.errors import TemplateError

PATH = "/p/"
SIGNS = 24
_TAG = 8
_WHO, _CREDITOR, _MINUTE = 5, 2, 3
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
"""Three bytes of minutes from here reach into 2055."""


@dataclass(frozen=True, slots=True)
class PortalToken:
    """What a link says: a person, a creditor, and when it was made (to the minute)."""

    person_id: int
    creditor_id: int
    issued_at: datetime


class PortalLinks:
    """Makes and reads such addresses. ``keys`` are the newest first; the first one makes, all of them read.

    >>> links = PortalLinks("https://cobros.example/", [b"a key of the installation"])
    >>> address = links.address(7, 1, datetime(2026, 11, 12, 9, 30, 20, tzinfo=UTC))
    >>> address.startswith("https://cobros.example/p/"), len(address.rpartition("/")[2])
    (True, 24)
    >>> links.read(address.rpartition("/")[2]).issued_at.isoformat()
    '2026-11-12T09:30:00+00:00'
    """

    def __init__(self, base_url: str, keys: Sequence[bytes]) -> None:
        self._base_url = base_url.rstrip("/")
        self._keys = list(keys)

    def address(self, person_id: int, creditor_id: int, now: datetime) -> str:
        """The address for a person's debts with a creditor, made now."""
        return f"{self._base_url}{PATH}{self.token(person_id, creditor_id, now)}"

    def token(self, person_id: int, creditor_id: int, now: datetime) -> str:
        """The last part of that address."""
        minute = (now - _EPOCH) // timedelta(minutes=1)
        content = person_id.to_bytes(_WHO) + creditor_id.to_bytes(_CREDITOR) + minute.to_bytes(_MINUTE)
        tag = _tag(self._keys[0], content)
        return base64.urlsafe_b64encode(tag + _veiled(self._keys[0], tag, content)).decode()

    def read(self, token: str) -> PortalToken:
        """What a token says; ``TemplateError`` when it was not made by us."""
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True) if len(token) == SIGNS else b""
        except (binascii.Error, ValueError):
            raw = b""
        tag, veiled = raw[:_TAG], raw[_TAG:]
        for key in self._keys:
            content = _veiled(key, tag, veiled)
            if raw and hmac.compare_digest(tag, _tag(key, content)):
                return _told(content)
        raise TemplateError("not a portal link of ours", code="portal.forged")


def _tag(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, b"tag" + content, "sha256")[:_TAG]


def _veiled(key: bytes, tag: bytes, content: bytes) -> bytes:
    veil = hmac.digest(key, b"veil" + tag, "sha256")
    return bytes(one ^ other for one, other in zip(content, veil, strict=False))


def _told(content: bytes) -> PortalToken:
    who, creditor, minute = (
        content[:_WHO],
        content[_WHO : _WHO + _CREDITOR],
        content[_WHO + _CREDITOR :],
    )
    issued_at = _EPOCH + timedelta(minutes=int.from_bytes(minute))
    return PortalToken(int.from_bytes(who), int.from_bytes(creditor), issued_at)
