"""Mail that comes back: bounces become statuses of our messages, answers become replies, all else is kept.

It arrives over LMTP or SMTP from the creditor's own mail server, which checks who may deliver to it.
"""

import asyncio
from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.bounces import OURS, Bounce, BounceKind, looks_returned, read_bounces
from channels.port import Action, InboundReply, StatusUpdate, Unrecognised, Webhook

LARGEST_MAIL = 25 * 2**20
LONGEST_REPLY = 4_000
QUOTE_STARTS = (">", "-----", "El ", "On ", "De: ", "From: ", "________")
AUTOMATIC = ("auto-replied", "auto-generated", "auto-notified")

log = structlog.get_logger()
Hear = Callable[[Sequence[Webhook]], None]


def read_mail(raw: bytes, returned_to: str, received_at: float) -> list[Webhook]:
    """What one mail tells. ``returned_to`` is the envelope's recipient; ``received_at`` epoch seconds.

    A bounce names its message by the return path it came back on, else by the Message-ID it returns.
    """
    classic = message_from_bytes(raw)
    if bounces := read_bounces(classic, returned_to):
        return [_status(bounce, received_at) for bounce in bounces]
    ours = OURS.search(returned_to.partition("@")[0])
    if looks_returned(classic):
        if ours:
            lost = Bounce(BounceKind.SOFT, "", "", ours[0].lower(), "")
            return [_status(lost, received_at)]
        return [_kept("bounce", "no address it names", classic)]
    if _is_automatic(classic):
        return [_kept("auto_reply", "written by a machine", classic)]
    return [_reply(message_from_bytes(raw, policy=policy.default), returned_to, received_at)]


def own_words(text: str) -> str:
    """A reply without the mail it quotes.

    >>> own_words("Ya pagué ayer.\\n\\nEl lun, 16 nov 2026, Aurora escribió:\\n> Hola Ana")
    'Ya pagué ayer.'
    """
    kept: list[str] = []
    for line in text.splitlines():
        quoted = line.startswith(QUOTE_STARTS)
        sentence = line.startswith(("El ", "On ", "De: ", "From: ")) and not line.rstrip().endswith(":")
        if quoted and not sentence:
            break
        kept.append(line)
    return "\n".join(kept).strip()[:LONGEST_REPLY]


class MailIn:
    """The handler of one LMTP or SMTP server: a mail is answered with 250 once it is written down."""

    def __init__(self, hear: Callable[[bytes, str], None]) -> None:
        self._hear = hear

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One recipient a mail: LMTP answers for each, and a bounce has one."""
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Write one mail down; 451 keeps it with the server that has it."""
        raw = envelope.original_content or b""
        try:
            await asyncio.to_thread(self._hear, raw, envelope.rcpt_tos[0])
        except Exception as trouble:  # whatever it is, the mail must not be lost
            log.warning("mail.not_written", fault=repr(trouble))
            return "451 4.3.0 try again later"
        return "250 2.0.0 taken"


async def serve_mail(hear: Callable[[bytes, str], None], host: str, port: int) -> asyncio.Server:
    """Listen for LMTP; ``hear`` gets the raw mail and its recipient, in a thread."""
    loop = asyncio.get_running_loop()
    handler = MailIn(hear)
    return await loop.create_server(
        lambda: LMTP(handler, hostname="cadencia", loop=loop, data_size_limit=LARGEST_MAIL), host, port
    )


def _status(bounce: Bounce, at: float) -> Webhook:
    if bounce.kind is BounceKind.DELAYED:
        told = {"recipient": bounce.recipient, "status": bounce.status, "message_id": bounce.message_id}
        return Unrecognised("bounce.delayed", "the server goes on trying", told)
    hard = bounce.kind is BounceKind.HARD
    return StatusUpdate(
        message_id=bounce.message_id or None,
        provider_id=bounce.mail_id,
        state="failed",
        at=at,
        recipient=bounce.recipient,
        code=f"{bounce.kind}.{bounce.status}".rstrip("."),
        reason=f"returned: {bounce.status or bounce.kind}",
        action=Action.WRONG_NUMBER if hard else None,
    )


def _is_automatic(mail: Message) -> bool:
    said = str(mail.get("Auto-Submitted", "no")).lower()
    return said.startswith(AUTOMATIC) or "X-Autoreply" in mail or "auto_reply" in str(mail.get("Precedence"))


def _reply(mail: EmailMessage, returned_to: str, at: float) -> InboundReply:
    part = mail.get_body(("plain", "html"))
    text = own_words(str(part.get_content())) if part is not None else ""
    subject = " ".join(str(mail.get("Subject", "")).split())
    answered = f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}".split()
    ours = [one.strip("<>") for one in answered if OURS.match(one.strip("<>"))]
    return InboundReply(
        from_=parseaddr(str(mail.get("From", "")))[1].lower(),
        to=returned_to,
        text=text or subject,
        kind="text",
        provider_id=str(mail.get("Message-ID", "")).strip().strip("<>"),
        at=at,
        in_reply_to=ours[0] if ours else "",
    )


def _kept(kind: str, reason: str, mail: Message) -> Unrecognised:
    told = {name: str(mail.get(name, ""))[:200] for name in ("Subject", "Message-ID", "Date")}
    return Unrecognised(kind, reason, told)
