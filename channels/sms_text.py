"""How long a text message really is: GSM-7 or UCS-2, in units and segments, and how to make it shorter.

The alphabet is GSM 03.38 (3GPP TS 23.038): 160 units in one segment, 153 in each of several; one letter
outside it turns the whole message into UCS-2, 70 and 67 UTF-16 units. So one ``á`` can double the price.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
SPELLED = {
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "´": "'", "`": "'",
    "–": "-", "—": "-", "−": "-", "•": "-", "·": "-", "…": "...", "º": "o", "ª": "a", "°": "o",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "₡": "CRC ", "₲": "Gs ", "ç": "c",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SmsSize:
    """Units are septets (an extended character takes two) or UTF-16 units."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    outside: str
    """The distinct characters that force UCS-2, in order of appearance."""


def measure(text: str) -> SmsSize:
    """Size of a text as carriers bill it.

    >>> measure("Pago pendiente").segments, measure("Página").encoding, measure("€").units
    (1, 'UCS-2', 2)
    """
    outside = "".join(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENDED))
    if outside:
        units = len(text.encode("utf-16-be")) // 2
        return SmsSize("UCS-2", units, _segments(units, 70, 67), outside)
    units = len(text) + sum(character in EXTENDED for character in text)
    return SmsSize("GSM-7", units, _segments(units, 160, 153), "")


def transliterate(text: str) -> str:
    """The text in GSM-7 as far as it has an equivalent: ``á`` becomes ``a``, ``ñ`` and ``é`` stay.

    >>> transliterate("Señor Pérez: “mañana” vence su cuota…")
    'Señor Pérez: "mañana" vence su cuota...'
    >>> transliterate("Información del día")
    'Informacion del dia'
    """
    return "".join(map(_nearest, unicodedata.normalize("NFC", text)))


def _nearest(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    if character in SPELLED:
        return SPELLED[character]
    bare = unicodedata.normalize("NFD", character)[0]
    return bare if bare in BASIC else character


def _segments(units: int, alone: int, each: int) -> int:
    return 1 if units <= alone else -(-units // each)
