"""Stands in for an SMS centre: SMPP 3.4 over TCP, one message accepted when its last segment is there."""

import asyncio
import itertools
from typing import Any

from channels.simulator.intake import Arrival, Intake, Verdict
from channels.simulator.webhook_shapes import Item
from channels.smpp_wire import OK, UDH_INDICATED, Pdu, WireError, packet, read_packet
from channels.sms_segments import GSM_7, cut, read_segment

SMPP_ADDRESS = "smpp:"
"""Where statuses and replies of these messages go: back over the connection."""
RECEIPT = 0x04
STAT = {"sent": "ACCEPTD", "delivered": "DELIVRD", "failed": "UNDELIV"}
STATUS_OF = {429: 88, 503: 20, 500: 8, 400: 11, 200: 101}
GARBAGE = b"\x00\x00\x00\x07garbage"
PATIENCE_S = 10.0


class SmsCentre:
    """Listens for binds; what it knows about acceptance is in the intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._server: asyncio.Server | None = None
        self._bound: list[Connection] = []

    async def open(self, host: str, port: int) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._serve, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Drop every connection."""
        if self._server:
            self._server.close()
        for connection in list(self._bound):
            connection.drop()

    async def deliver(self, item: Item) -> str:
        """A receipt or a person's words to whoever bound last; "200" when it was taken."""
        if not self._bound:
            return "not bound"
        return await self._bound[-1].deliver(item)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self._intake, writer)
        self._bound.append(connection)
        try:
            while True:
                connection.take(await read_packet(reader))
        except (asyncio.IncompleteReadError, WireError, OSError):
            pass
        finally:
            self._bound.remove(connection)
            connection.drop()


class Connection:
    """One bound client."""

    def __init__(self, intake: Intake, writer: asyncio.StreamWriter) -> None:
        self._intake = intake
        self._writer = writer
        self._numbers = itertools.count(1)
        self._delivered: dict[int, asyncio.Future[int]] = {}
        self._segments: dict[tuple[str, str, int], dict[int, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, pdu: Pdu) -> None:
        """Answer one packet, each in its own time."""
        if pdu.command == "bind_transceiver":
            self._write(packet("bind_transceiver_resp", pdu.sequence, system_id="simulator"))
        elif pdu.command in ("enquire_link", "unbind"):
            self._write(packet(f"{pdu.command}_resp", pdu.sequence))
        elif pdu.command == "deliver_sm_resp" and pdu.sequence in self._delivered:
            self._delivered.pop(pdu.sequence).set_result(pdu.status)
        elif pdu.command == "submit_sm":
            task = asyncio.create_task(self._submit(pdu))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def deliver(self, item: Item) -> str:
        """Deliver one item; the outcome as an HTTP status would say it, else what went wrong."""
        number = next(self._numbers)
        answer = self._delivered[number] = asyncio.get_running_loop().create_future()
        fields = _words(item) if item.state == "reply" else _receipt(item)
        self._write(packet("deliver_sm", number, reference=item.message_id, **fields))
        try:
            status = await asyncio.wait_for(answer, PATIENCE_S)
        except TimeoutError:
            self._delivered.pop(number, None)
            return "no answer"
        return "200" if status == OK else f"status {status}"

    def drop(self) -> None:
        """End the connection as a fall of the line would."""
        for answer in self._delivered.values():
            answer.cancel()
        if self._writer.transport is not None:
            self._writer.transport.abort()

    async def _submit(self, pdu: Pdu) -> None:
        whole = self._assemble(pdu)
        if whole is None:
            self._accept(pdu, f"part-{pdu.sequence}")
            return
        verdict = self._intake.judge(_arrival(pdu, whole))
        if verdict.latency_s:
            await asyncio.sleep(verdict.latency_s)
        if verdict.drop:
            self.drop()
        elif verdict.garbage:
            self._write(GARBAGE)
        elif verdict.provider_id and verdict.status == 200:
            self._accept(pdu, verdict.provider_id)
        else:
            self._write(packet("submit_sm_resp", pdu.sequence, status=_status(verdict), message_id=""))

    def _assemble(self, pdu: Pdu) -> str | None:
        """The whole text once its last segment is there."""
        headed = bool(int(pdu.fields.get("esm_class") or 0) & UDH_INDICATED)
        octets, coding = pdu.fields.get("short_message") or b"", int(pdu.fields.get("data_coding") or 0)
        text, (number, parts, place) = read_segment(octets, coding, has_header=headed)
        if parts == 1:
            return text
        key = (pdu.text_of("source_addr"), pdu.text_of("destination_addr"), number)
        known = self._segments.setdefault(key, {})
        known[place] = text
        if len(known) < parts:
            return None
        del self._segments[key]
        return "".join(known[n] for n in sorted(known))

    def _accept(self, pdu: Pdu, message_id: str) -> None:
        self._write(packet("submit_sm_resp", pdu.sequence, message_id=message_id))

    def _write(self, raw: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(raw)


def _arrival(pdu: Pdu, text: str) -> Arrival:
    source, to = pdu.text_of("source_addr"), pdu.text_of("destination_addr")
    return Arrival(
        channel="sms",
        sender=f"+{source}" if source.isdigit() and len(source) > 7 else source,
        to=f"+{to}",
        message_id=pdu.reference,
        template="",
        text=text,
        parameters=[],
        status_url=SMPP_ADDRESS,
    )


def _status(verdict: Verdict) -> int:
    return int(verdict.code) if verdict.code.isdigit() else STATUS_OF.get(verdict.status, 8)


def _receipt(item: Item) -> dict[str, Any]:
    stat = STAT[item.state]
    error = item.code[-3:] if item.code else "000"
    said = f"id:{item.provider_id} sub:001 dlvrd:001 stat:{stat} err:{error} text:"
    return {
        **_between(item.to, item.sender),
        "esm_class": RECEIPT,
        "data_coding": GSM_7,
        "short_message": said.encode("ascii"),
        "receipted_message_id": item.provider_id,
    }


def _words(item: Item) -> dict[str, Any]:
    coding, (octets, *_) = cut(item.text[:70], 0)
    return {**_between(item.to, item.sender), "esm_class": 0, "data_coding": coding, "short_message": octets}


def _between(source: str, to: str) -> dict[str, Any]:
    return {
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "source_addr": source.removeprefix("+"),
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": to.removeprefix("+"),
    }
