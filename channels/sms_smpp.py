"""Text messages through an SMS centre by SMPP 3.4: sends, delivery receipts and replies on one connection.

A status in answer to ``submit_sm`` is certain, save "system error" and "unknown error"; silence after the
packet is unknown. A text of several segments counts as one message: its last segment asks for the receipt.
"""

import asyncio
import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import structlog

from channels.port import (
    Accepted,
    Action,
    InboundReply,
    NotAccepted,
    Outcome,
    Outgoing,
    StatusState,
    StatusUpdate,
    Unknown,
    Unrecognised,
    Webhook,
)
from channels.provider_errors import refusal
from channels.smpp_session import Address, BindRefused, ConnectionLost, SmppSession
from channels.smpp_wire import MESSAGE_TYPE, OK, RECEIPT, UDH_INDICATED, Pdu
from channels.sms_segments import cut, read_segment
from channels.sms_text import transliterate

PROVIDER = "smpp"
INTERNATIONAL, ALPHANUMERIC, ISDN, UNSPECIFIED = 1, 5, 1, 0
AMBIGUOUS = frozenset({8, 255})
"""System error and unknown error: a centre may have taken the message before it fell over."""
WINDOW = 50
RECEIPT_FIELD = re.compile(r"\b(id|stat|err):(\S+)", re.IGNORECASE)
STATES: dict[str, StatusState | None] = {
    "DELIVRD": "delivered", "EXPIRED": "failed", "DELETED": "failed", "UNDELIV": "failed",
    "REJECTD": "failed", "ACCEPTD": "sent", "ENROUTE": None,
}  # fmt: skip
MESSAGE_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    8: "REJECTD",
}
"""The TLV ``message_state``, in the words of a receipt."""

log = structlog.get_logger()


class SmppSms:
    """Sends through one centre: ``smpp://user:password@host:2775``, or ``smpps://`` with TLS.

    ``message.sender`` is a number or a name of up to eleven letters. With ``plain_letters`` accents that
    would double the segments are replaced. ``hear`` is given receipts and replies; while it raises, the
    centre keeps them.
    """

    def __init__(
        self,
        url: str,
        *,
        plain_letters: bool = True,
        hear: Callable[[Sequence[Webhook]], object] | None = None,
        timeout_s: float = 30.0,
        window: int = WINDOW,
    ) -> None:
        self._address = Address.of(url)
        self._plain_letters = plain_letters
        self._hear = hear
        self._timeout_s = timeout_s
        self._window = window
        self._session: SmppSession | None = None
        self._opening = asyncio.Lock()
        self._numbers = itertools.cycle(range(256))

    async def send(self, message: Outgoing) -> Outcome:
        """Submit every segment in order; the centre's id of the last one is the provider id."""
        session = await self._bound()
        if not isinstance(session, SmppSession):
            return session
        text = transliterate(message.text) if self._plain_letters else message.text
        try:
            coding, segments = cut(text, next(self._numbers))
        except ValueError as trouble:
            return NotAccepted("too_long", str(trouble), Action.AUTHOR_ERROR)
        outcome: Outcome = Unknown("nothing was sent")
        for place, segment in enumerate(segments, start=1):
            fields = submit_fields(
                message, segment, coding, part_of=len(segments), is_last=place == len(segments)
            )
            outcome = await self._submit(session, message.message_id, fields)
            if not isinstance(outcome, Accepted):
                return outcome if place == 1 else Unknown(f"segment {place} of {len(segments)}: {outcome}")
        return outcome

    async def close(self) -> None:
        """Unbind."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _bound(self) -> SmppSession | NotAccepted:
        """The open session, bound anew when it was lost; nothing was sent when it cannot be."""
        async with self._opening:
            if self._session is not None and self._session.is_open:
                return self._session
            session = SmppSession(self._address, self._take, timeout_s=self._timeout_s, window=self._window)
            try:
                await session.open()
            except BindRefused as refused:
                return refusal(PROVIDER, str(refused.status), "bind refused")
            except (OSError, TimeoutError, ConnectionLost) as trouble:
                await session.close()
                reason = f"{type(trouble).__name__}: {trouble}"
                return NotAccepted("connection", reason, Action.RETRY_LATER)
            self._session = session
            return session

    async def _submit(self, session: SmppSession, message_id: str, fields: dict[str, Any]) -> Outcome:
        try:
            answer = await session.ask("submit_sm", reference=message_id, **fields)
        except (TimeoutError, ConnectionLost) as trouble:
            return Unknown(f"no answer to submit_sm: {type(trouble).__name__}")
        except OSError as trouble:
            return NotAccepted("connection", str(trouble), Action.RETRY_LATER)
        if answer.status == OK and answer.text_of("message_id"):
            return Accepted(answer.text_of("message_id"))
        if answer.status == OK or answer.status in AMBIGUOUS:
            return Unknown(f"SMPP status {answer.status} without a message id")
        return refusal(PROVIDER, str(answer.status), f"SMPP status {answer.status}")

    async def _take(self, pdu: Pdu) -> bool:
        if self._hear is None:
            return True
        try:
            await asyncio.to_thread(self._hear, read_delivery(pdu))
        except Exception as trouble:  # whatever it is, the centre must keep the delivery
            log.warning("smpp.not_written", fault=repr(trouble))
            return False
        return True


def submit_fields(
    message: Outgoing, segment: bytes, coding: int, *, part_of: int, is_last: bool
) -> dict[str, Any]:
    """The parameters of one ``submit_sm``."""
    source_ton, source_npi = _numbering(message.sender)
    return {
        "source_addr_ton": source_ton,
        "source_addr_npi": source_npi,
        "source_addr": message.sender.removeprefix("+"),
        "dest_addr_ton": INTERNATIONAL,
        "dest_addr_npi": ISDN,
        "destination_addr": message.to.removeprefix("+"),
        "esm_class": UDH_INDICATED if part_of > 1 else 0,
        "registered_delivery": 1 if is_last else 0,
        "data_coding": coding,
        "validity_period": validity(message.valid_for_s),
        "short_message": segment,
    }


def validity(seconds: int) -> str:
    """How long a centre may try, in SMPP's relative time; empty leaves it to the centre.

    >>> validity(90_061), validity(0)
    ('000001010101000R', '')
    """
    if seconds <= 0:
        return ""
    minutes, second = divmod(min(seconds, 30 * 86_400), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"0000{days:02}{hour:02}{minute:02}{second:02}000R"


def read_delivery(pdu: Pdu) -> list[Webhook]:
    """What one ``deliver_sm`` tells: a receipt, or words of a person.

    SMPP dates neither (``at`` is 0) and names no message of a person: each delivery is one of its own.
    """
    kind = int(pdu.fields.get("esm_class") or 0)
    octets = pdu.fields.get("short_message") or pdu.fields.get("message_payload") or b""
    coding = int(pdu.fields.get("data_coding") or 0)
    text, _ = read_segment(octets, coding, has_header=bool(kind & UDH_INDICATED))
    if kind & MESSAGE_TYPE == RECEIPT:
        return _receipt(pdu, text)
    if kind & MESSAGE_TYPE:
        return [Unrecognised("deliver_sm", f"esm_class {kind}", {"text": text})]
    sender, to = (pdu.text_of(name) for name in ("source_addr", "destination_addr"))
    return [InboundReply(_e164(sender, pdu), to, text, "text", f"smpp-{uuid4().hex}", 0.0)]


def _receipt(pdu: Pdu, text: str) -> list[Webhook]:
    said = {name.lower(): value for name, value in RECEIPT_FIELD.findall(text)}
    stat = said.get("stat", MESSAGE_STATES.get(int(pdu.fields.get("message_state") or 0), "")).upper()
    provider_id = pdu.text_of("receipted_message_id") or said.get("id", "")
    if stat not in STATES:
        return [Unrecognised("receipt", f"state {stat!r}", {"text": text, "reference": pdu.reference})]
    state = STATES[stat]
    if state is None:
        return []
    failed = state == "failed"
    return [
        StatusUpdate(
            message_id=pdu.reference or None,
            provider_id=provider_id,
            state=state,
            at=0.0,
            recipient=_e164(pdu.text_of("source_addr"), pdu),
            code=f"{stat}.{said.get('err', '')}".rstrip(".") if failed else "",
            reason=stat if failed else "",
            action=Action.OTHER_CHANNEL if failed else None,
        )
    ]


def _e164(digits: str, pdu: Pdu) -> str:
    is_number = digits.isdigit() and pdu.fields.get("source_addr_ton") in (INTERNATIONAL, None, UNSPECIFIED)
    return f"+{digits}" if is_number and len(digits) > 7 else digits


def _numbering(sender: str) -> tuple[int, int]:
    digits = sender.removeprefix("+")
    if not digits.isdigit():
        return ALPHANUMERIC, UNSPECIFIED
    return (INTERNATIONAL, ISDN) if len(digits) > 7 else (UNSPECIFIED, ISDN)
