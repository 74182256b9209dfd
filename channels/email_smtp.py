"""E-mail over SMTP with TLS: one mail per message, our id in its Message-ID and in its return path.

SMTP has no idempotency key and no status webhook: a code in answer to MAIL, RCPT or DATA is certain;
silence after DATA is unknown and the mail is not sent again. What bounces later is read elsewhere
(:mod:`channels.mail_in`).
"""

import asyncio
import ssl
from collections.abc import Callable
from email.errors import MessageError
from urllib.parse import unquote, urlsplit

import aiosmtplib
from dkim import DKIMException  # type: ignore[import-untyped]

from channels.mail_document import LARGEST_ATTACHMENTS, DkimKey, mail_document, weigh
from channels.port import Accepted, Action, NotAccepted, Outcome, Outgoing, Unknown
from channels.provider_errors import refusal

PROVIDER = "smtp"
TROUBLE = (aiosmtplib.SMTPException, OSError, TimeoutError)
MEGABYTE = 2**20


class SmtpEmail:
    """Sends through one mail server: ``smtp+starttls://user:password@host:587``, ``smtps://...``, or
    ``smtp://...`` where TLS is taken only if it is offered.

    ``message.sender`` is the From address. Bounces go to ``bounce_address`` with our id after a plus
    sign, so that a returned mail names its message; without it they go to the sender. ``one_click`` gives
    the address that stops further mails, by message id.
    """

    def __init__(
        self,
        base_url: str,
        *,
        from_name: str = "",
        bounce_address: str = "",
        dkim_key: DkimKey | None = None,
        one_click: Callable[[str], str] | None = None,
        largest_attachments: int = LARGEST_ATTACHMENTS,
        timeout_s: float = 30.0,
        connections: int = 4,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._from_name = from_name
        self._bounce_address = bounce_address
        self._dkim_key = dkim_key
        self._one_click = one_click
        self._largest_attachments = largest_attachments
        self._clients: asyncio.Queue[aiosmtplib.SMTP] = asyncio.Queue()
        for _ in range(connections):
            self._clients.put_nowait(_client(base_url, timeout_s, tls_context))
        self._connections = connections

    async def send(self, message: Outgoing) -> Outcome:
        """Hand over one mail; its Message-ID is the provider id."""
        if refused := self._too_heavy(message):
            return refused
        try:
            raw, message_id = await asyncio.to_thread(self._write, message)
        except DKIMException as trouble:
            return NotAccepted("dkim", f"cannot sign: {trouble}", Action.STOP_CHANNEL)
        except (ValueError, MessageError) as trouble:
            return NotAccepted("address", str(trouble), Action.WRONG_NUMBER)
        client = await self._clients.get()
        try:
            return await self._converse(client, message, raw, message_id)
        finally:
            self._clients.put_nowait(client)

    async def close(self) -> None:
        """Say goodbye on every open connection."""
        for _ in range(self._connections):
            (await self._clients.get()).close()

    def _too_heavy(self, message: Outgoing) -> NotAccepted | None:
        weight = weigh(message.attachments)
        if weight <= self._largest_attachments:
            return None
        most = self._largest_attachments / MEGABYTE
        reason = f"the attachments weigh {weight / MEGABYTE:.1f} MB, at most {most:.0f} MB go with a mail"
        return NotAccepted("attachment.too_large", reason, Action.AUTHOR_ERROR)

    def _write(self, message: Outgoing) -> tuple[bytes, str]:
        """The signed mail and its Message-ID; drawing and signing take milliseconds, so not in the loop."""
        url = self._one_click(message.message_id) if self._one_click else ""
        mail = mail_document(message, self._from_name, url)
        raw = mail.as_bytes()
        return self._dkim_key.sign(raw) if self._dkim_key else raw, str(mail["Message-ID"]).strip("<>")

    async def _converse(
        self, client: aiosmtplib.SMTP, message: Outgoing, raw: bytes, message_id: str
    ) -> Outcome:
        if refused := await self._envelope(client, message):
            return refused
        try:
            await client.data(raw)
        except aiosmtplib.SMTPResponseException as answer:
            client.close()
            return _after_data(answer)
        except TROUBLE as trouble:
            client.close()
            return Unknown(f"no answer after DATA: {type(trouble).__name__}")
        return Accepted(message_id)

    async def _envelope(self, client: aiosmtplib.SMTP, message: Outgoing) -> NotAccepted | None:
        """Everything before DATA; nothing has been sent when this refuses."""
        stage = "connection"
        try:
            if client.is_connected:
                await _ask_alive(client)
            if not client.is_connected:
                await client.connect()
            stage = "MAIL"
            await client.mail(self._return_path(message), encoding="utf-8")
            stage = "RCPT"
            await client.rcpt(message.to, encoding="utf-8")
        except aiosmtplib.SMTPResponseException as answer:
            client.close()
            return _before_data(stage, answer)
        except TROUBLE as trouble:
            client.close()
            return _unreachable(trouble)
        return None

    def _return_path(self, message: Outgoing) -> str:
        if not self._bounce_address:
            return message.sender
        name, _, domain = self._bounce_address.rpartition("@")
        return f"{name}+{message.message_id}@{domain}"


async def _ask_alive(client: aiosmtplib.SMTP) -> None:
    """A kept connection may have been closed by the server meanwhile: then it is opened anew."""
    try:
        await client.noop()
    except TROUBLE:
        client.close()


def _before_data(stage: str, answer: aiosmtplib.SMTPResponseException) -> NotAccepted:
    """A permanent no to MAIL or to the login is about us, one to RCPT about the addressee."""
    why = refusal(PROVIDER, str(answer.code), answer.message)
    if stage == "RCPT" or answer.code < 500:
        return why
    return NotAccepted(why.code, why.reason, Action.STOP_CHANNEL)


def _after_data(answer: aiosmtplib.SMTPResponseException) -> NotAccepted:
    """A permanent no to the content says nothing against the address, save for 5.1.x (RFC 3463)."""
    why = refusal(PROVIDER, str(answer.code), answer.message)
    if answer.code < 500 or answer.message.startswith("5.1."):
        return why
    return NotAccepted(why.code, why.reason, Action.OTHER_CHANNEL)


def _unreachable(trouble: Exception) -> NotAccepted:
    """Nothing was sent. A server without TLS or with a wrong certificate is for an operator to mend."""
    reason = f"{type(trouble).__name__}: {trouble}"
    if "STARTTLS" in reason or "certificate" in reason.casefold():
        return NotAccepted("tls", reason, Action.STOP_CHANNEL)
    return NotAccepted("connection", reason, Action.RETRY_LATER)


_START_TLS = {"smtp": None, "smtp+starttls": True, "smtps": False}


def _client(base_url: str, timeout_s: float, tls_context: ssl.SSLContext | None) -> aiosmtplib.SMTP:
    parts = urlsplit(base_url)
    if parts.scheme not in _START_TLS or not parts.hostname:
        raise ValueError(f"not an address of a mail server: {parts.scheme}://{parts.hostname}")
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=_START_TLS[parts.scheme],
        tls_context=tls_context,
        timeout=timeout_s,
    )
