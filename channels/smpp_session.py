"""One bound connection to an SMS centre: packets out with their answers, deliveries in, kept alive."""

import asyncio
import itertools
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from smpplib import consts  # type: ignore[import-untyped]

from channels.smpp_wire import OK, Pdu, WireError, packet, read_packet

ENQUIRE_S = 30.0
DEFAULT_PORT = 2775
TRY_AGAIN: int = consts.SMPP_ESME_RX_T_APPN
ENDED = (asyncio.IncompleteReadError, WireError, OSError)

log = structlog.get_logger()


class BindRefused(Exception):
    """The centre does not let us in; ``status`` is its SMPP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused with status {status}")
        self.status = status


class ConnectionLost(Exception):
    """The connection ended before an answer: whether the packet was taken is not known."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a centre is and as whom we bind: ``smpp://user:password@host:2775``, ``smpps://`` with TLS."""

    host: str
    port: int
    system_id: str
    password: str
    tls: bool

    @classmethod
    def of(cls, url: str) -> "Address":
        """Read an address; ``ValueError`` when it is none (its password is never shown)."""
        parts = urlsplit(url)
        if parts.scheme not in ("smpp", "smpps") or not parts.hostname:
            raise ValueError(f"not an smpp:// or smpps:// address: {parts.scheme}://{parts.hostname}")
        return cls(
            parts.hostname,
            parts.port or DEFAULT_PORT,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            parts.scheme == "smpps",
        )


class SmppSession:
    """Binds as transceiver. ``deliver`` is given each packet the centre delivers; true takes it from it."""

    def __init__(
        self, address: Address, deliver: Callable[[Pdu], Awaitable[bool]], *, timeout_s: float, window: int
    ) -> None:
        self._address = address
        self._deliver = deliver
        self._timeout_s = timeout_s
        self._window = asyncio.Semaphore(window)
        self._numbers = itertools.cycle(range(1, 0x7FFFFFFF))
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._deliveries: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_open(self) -> bool:
        """Whether packets can be sent."""
        return self._writer is not None and not self._writer.is_closing()

    async def open(self) -> None:
        """Connect and bind; ``OSError``, ``TimeoutError``, ``BindRefused`` or ``ConnectionLost``."""
        context = ssl.create_default_context() if self._address.tls else None
        connecting = asyncio.open_connection(self._address.host, self._address.port, ssl=context)
        reader, self._writer = await asyncio.wait_for(connecting, self._timeout_s)
        self._tasks = [asyncio.create_task(self._read(reader))]
        answer = await self.ask(
            "bind_transceiver",
            system_id=self._address.system_id,
            password=self._address.password,
            system_type="",
            interface_version=0x34,
        )
        if answer.status != OK:
            await self.close()
            raise BindRefused(answer.status)
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def ask(self, command: str, *, reference: str = "", **fields: Any) -> Pdu:
        """Send one packet and wait for its answer; ``TimeoutError`` or ``ConnectionLost`` once it was sent.

        Before it was sent the connection raises ``OSError``.
        """
        async with self._window:
            if self._writer is None or self._writer.is_closing():
                raise OSError("the connection to the SMS centre is closed")
            number = next(self._numbers)
            answer = self._waiting[number] = asyncio.get_running_loop().create_future()
            self._writer.write(packet(command, number, reference=reference, **fields))
            try:
                return await asyncio.wait_for(answer, self._timeout_s)
            finally:
                self._waiting.pop(number, None)

    async def close(self) -> None:
        """Unbind as far as the centre listens, and close."""
        writer, self._writer = self._writer, None
        for task in (*self._tasks, *self._deliveries):
            if task is not asyncio.current_task():
                task.cancel()
        if writer is not None:
            if not writer.is_closing():
                writer.write(packet("unbind", next(self._numbers)))
            writer.close()
        self._lose("closed")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                await self._take(await read_packet(reader))
        except ENDED as end:
            log.info("smpp.ended", why=repr(end))
            if self._writer is not None:
                self._writer.close()
            self._lose(repr(end))

    async def _take(self, pdu: Pdu) -> None:
        if pdu.command == "deliver_sm":
            task = asyncio.create_task(self._hand_over(pdu))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)
        elif pdu.command == "enquire_link":
            self._answer("enquire_link_resp", pdu.sequence)
        elif pdu.command == "unbind":
            self._answer("unbind_resp", pdu.sequence)
            raise WireError("the centre unbinds")
        elif (answer := self._waiting.get(pdu.sequence)) is not None and not answer.done():
            answer.set_result(pdu)

    async def _hand_over(self, pdu: Pdu) -> None:
        """What is not written down is refused for now, so that the centre delivers it again."""
        taken = await self._deliver(pdu)
        self._answer("deliver_sm_resp", pdu.sequence, OK if taken else TRY_AGAIN)

    def _answer(self, command: str, sequence: int, status: int = OK) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(packet(command, sequence, status=status))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(ENQUIRE_S)
            try:
                await self.ask("enquire_link")
            except (TimeoutError, ConnectionLost, OSError):
                if self._writer is not None:
                    self._writer.close()
                return

    def _lose(self, why: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionLost(why))
