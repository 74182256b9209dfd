"""Cuts a text into the segments a carrier sends: GSM-7 or UCS-2 octets, each with its place in the whole."""

from channels.sms_text import BASIC, EXTENDED, measure

GSM_7, UCS_2, LATIN_1 = 0, 8, 3
"""SMPP's data codings."""
HEADER_LENGTH = 6
GSM_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|",
    0x65: "€",
}  # fmt: skip
_ESCAPE = 0x1B


def cut(text: str, number: int) -> tuple[int, list[bytes]]:
    """Data coding and octets of each segment; ``number`` tells the parts of one text from another's.

    No character is cut in two. ``ValueError`` for more than 255 segments.

    >>> cut("Hola", 1)
    (0, [b'Hola'])
    >>> coding, parts = cut("á" * 71, 7)
    >>> coding, len(parts), parts[1][:6].hex()
    (8, 2, '050003070202')
    """
    coding = GSM_7 if measure(text).encoding == "GSM-7" else UCS_2
    alone, each = (160, 153) if coding == GSM_7 else (140, 134)
    whole = b"".join(_octets(sign, coding) for sign in text)
    if len(whole) <= alone:
        return coding, [whole]
    parts = [b""]
    for sign in text:
        octets = _octets(sign, coding)
        if len(parts[-1]) + len(octets) > each:
            parts.append(b"")
        parts[-1] += octets
    if len(parts) > 255:
        raise ValueError(f"a text of {len(parts)} segments")
    head = bytes((5, 0, 3, number % 256, len(parts)))
    return coding, [head + bytes((place,)) + part for place, part in enumerate(parts, start=1)]


def read_segment(octets: bytes, coding: int, *, has_header: bool) -> tuple[str, tuple[int, int, int]]:
    """The text of a segment and (number, parts, place); (0, 1, 1) for a text that stands alone."""
    where = (0, 1, 1)
    if has_header and octets:
        header, octets = octets[: octets[0] + 1], octets[octets[0] + 1 :]
        if len(header) == HEADER_LENGTH and header[1] == 0:
            where = (header[3], header[4], header[5])
    if coding == UCS_2:
        return octets.decode("utf-16-be", "replace"), where
    return (octets.decode("latin-1") if coding == LATIN_1 else _from_gsm(octets)), where


def _octets(sign: str, coding: int) -> bytes:
    if coding == UCS_2:
        return sign.encode("utf-16-be")
    if sign in EXTENDED:
        code = next(code for code, shown in GSM_EXTENSION.items() if shown == sign)
        return bytes((_ESCAPE, code))
    assert sign in BASIC
    return bytes((GSM_ALPHABET.index(sign),))


def _from_gsm(octets: bytes) -> str:
    text, escaped = [], False
    for octet in octets:
        if octet == _ESCAPE:
            escaped = True
            continue
        text.append(GSM_EXTENSION.get(octet, " ") if escaped else GSM_ALPHABET[octet & 0x7F])
        escaped = False
    return "".join(text)
