"""E-mail over SMTP: one mail per message, our id in its Message-ID, one-click unsubscribe (RFC 8058).

SMTP has no idempotency key and no status webhook: a code in answer to MAIL, RCPT or DATA is certain;
silence after DATA is unknown and the mail is not sent again.
"""

import asyncio
import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, localtime
from urllib.parse import unquote, urlsplit

import aiosmtplib

from channels.port import Accepted, Action, NotAccepted, Outcome, Outgoing, Unknown
from channels.provider_errors import refusal

PROVIDER = "smtp"
ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
TROUBLE = (aiosmtplib.SMTPException, OSError, TimeoutError)


class SmtpEmail:
    """Sends through one mail server: ``smtp://user:password@host:587`` or ``smtps://...``.

    ``message.sender`` is the From address. Bounces go to ``bounce_address`` with our id after a plus
    sign, so that a returned mail names its message; without it they go to the sender.
    """

    def __init__(
        self,
        base_url: str,
        *,
        from_name: str = "",
        bounce_address: str = "",
        timeout_s: float = 30.0,
        connections: int = 4,
    ) -> None:
        self._from_name = from_name
        self._bounce_address = bounce_address
        self._clients: asyncio.Queue[aiosmtplib.SMTP] = asyncio.Queue()
        for _ in range(connections):
            self._clients.put_nowait(_client(base_url, timeout_s))
        self._connections = connections

    async def send(self, message: Outgoing) -> Outcome:
        """Hand over one mail; its Message-ID is the provider id."""
        try:
            mail = mail_document(message, self._from_name)
        except (ValueError, MessageError) as trouble:
            return NotAccepted("address", str(trouble), Action.WRONG_NUMBER)
        client = await self._clients.get()
        try:
            return await self._converse(client, message, mail)
        finally:
            self._clients.put_nowait(client)

    async def close(self) -> None:
        """Say goodbye on every open connection."""
        for _ in range(self._connections):
            (await self._clients.get()).close()

    async def _converse(self, client: aiosmtplib.SMTP, message: Outgoing, mail: EmailMessage) -> Outcome:
        if refused := await self._envelope(client, message):
            return refused
        try:
            await client.data(mail.as_bytes())
        except aiosmtplib.SMTPResponseException as answer:
            client.close()
            return _after_data(answer)
        except TROUBLE as trouble:
            client.close()
            return Unknown(f"no answer after DATA: {type(trouble).__name__}")
        return Accepted(str(mail["Message-ID"]).strip("<>"))

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
            return NotAccepted("connection", f"{type(trouble).__name__}: {trouble}", Action.RETRY_LATER)
        return None

    def _return_path(self, message: Outgoing) -> str:
        if not self._bounce_address:
            return message.sender
        name, _, domain = self._bounce_address.rpartition("@")
        return f"{name}+{message.message_id}@{domain}"


def mail_document(message: Outgoing, from_name: str = "") -> EmailMessage:
    """The mail as it goes out; ``ValueError`` when an address cannot be written in a header."""
    for address in (message.sender, message.to):
        if not ADDRESS.fullmatch(address):
            raise ValueError(f"not an e-mail address: {address!r}")
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["Message-ID"] = f"<{message.message_id}@{message.sender.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(localtime())
    mail["From"] = Address(from_name, addr_spec=message.sender)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Auto-Submitted"] = "auto-generated"
    if message.in_reply_to:
        mail["In-Reply-To"] = mail["References"] = f"<{message.in_reply_to}>"
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


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


def _client(base_url: str, timeout_s: float) -> aiosmtplib.SMTP:
    parts = urlsplit(base_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(f"not an smtp:// or smtps:// address: {base_url}")
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        timeout=timeout_s,
    )
