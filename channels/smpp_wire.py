"""SMPP 3.4 on the wire: packets written and read whole, with our message id in a parameter of its own.

The protocol has no place for the sender's id. It travels in a vendor parameter (tag 0x1501, octets of
the id): a centre that knows it repeats it in receipts, any other passes it by, as the standard asks.
"""

import asyncio
import re
import struct
from dataclasses import dataclass
from typing import Any

from smpplib import consts, exceptions, smpp  # type: ignore[import-untyped]

LARGEST_PDU = 65_536
REFERENCE_TAG = 0x1501
_REFERENCE = re.compile(rb"\x15\x01\x00(.)", re.DOTALL)
LONGEST_REFERENCE = 64
OK: int = consts.SMPP_ESME_ROK
UDH_INDICATED = 0x40
RECEIPT = 0x04
MESSAGE_TYPE = 0x3C


class WireError(Exception):
    """Bytes that are no SMPP packet: the connection cannot be trusted any further."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One packet. ``fields`` are its parameters by their SMPP names; ``reference`` is our id, if it came."""

    command: str
    status: int
    sequence: int
    fields: dict[str, Any]
    reference: str = ""

    def text_of(self, name: str) -> str:
        """A parameter of text, empty when it is not there."""
        value = self.fields.get(name) or b""
        return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


class _Numbered:
    """What smpplib asks for the number of a packet."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence

    def next_sequence(self) -> int:
        return self.sequence


def packet(command: str, sequence: int, *, status: int = OK, reference: str = "", **fields: object) -> bytes:
    """One packet as bytes; ``fields`` by their SMPP names, texts as ASCII."""
    pdu = smpp.make_pdu(command, client=_Numbered(sequence), status=status, **fields)
    pdu.sequence, pdu.status = sequence, status
    raw: bytes = pdu.generate()
    if reference:
        told = reference.encode("ascii")[:LONGEST_REFERENCE]
        raw += struct.pack(">HH", REFERENCE_TAG, len(told)) + told
        raw = struct.pack(">L", len(raw)) + raw[4:]
    return raw


async def read_packet(reader: asyncio.StreamReader) -> Pdu:
    """The next packet; ``WireError`` when it is none, ``IncompleteReadError`` at the connection's end."""
    head = await reader.readexactly(4)
    (length,) = struct.unpack(">L", head)
    if not 16 <= length <= LARGEST_PDU:
        raise WireError(f"a packet of {length} bytes")
    raw = head + await reader.readexactly(length - 4)
    try:
        pdu = smpp.parse_pdu(raw, client=_Numbered(0), allow_unknown_opt_params=True)
    except (exceptions.UnknownCommandError, struct.error, KeyError, ValueError) as trouble:
        raise WireError(f"an unreadable packet: {trouble}") from trouble
    fields = {name: getattr(pdu, name, None) for name in pdu.params}
    return Pdu(pdu.command, pdu.status, pdu.sequence, fields, _reference(raw))


def _reference(raw: bytes) -> str:
    """Our id at the end of a packet, where its vendor parameter stands."""
    for match in _REFERENCE.finditer(raw):
        told = raw[match.end() : match.end() + match[1][0]]
        if match[1][0] <= LONGEST_REFERENCE and told.isascii() and len(told) == match[1][0]:
            return told.decode("ascii")
    return ""
