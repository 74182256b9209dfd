"""Reads returned mail: which address failed, for good or for now, and which of our mails it was.

flufl.bounce knows the words of dozens of mail servers; the status codes of RFC 3463, where there are
any, say whether the address itself is at fault.
"""

import re
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from uuid import UUID

from flufl.bounce import all_failures

FULL = re.compile(r"quota|mail ?box (is )?full|over ?quota|space not enough|buz[oó]n (est[aá] )?lleno", re.I)
LOOKS_RETURNED = re.compile(
    r"undeliver|not be delivered|mail error|delivery (has )?fail|returned mail|failure notice|no entregado|"
    r"devuelto|mail delivery",
    re.IGNORECASE,
)
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
OURS = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global")
LONGEST_READ = 200_000


class BounceKind(StrEnum):
    """What a returned mail says of its address."""

    HARD = "hard"  # the mailbox does not exist or is closed: never again
    SOFT = "soft"  # not delivered: full, too large, refused for what it said; the address may be good
    DELAYED = "delayed"  # not delivered yet, the server goes on trying


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that failed. ``status`` is the code of RFC 3463, empty when none was said.

    ``message_id`` is our id and ``mail_id`` the Message-ID of the returned mail, empty when not told.
    """

    kind: BounceKind
    recipient: str
    status: str
    message_id: str
    mail_id: str


def read_bounces(mail: Message, returned_to: str = "") -> list[Bounce]:
    """What a mail says of addresses that failed; empty when it is no bounce.

    ``returned_to`` is the envelope's recipient: our bounce address, with our message id after its plus.
    """
    temporary, permanent = all_failures(mail)
    mail_id = _returned_id(mail)
    ours = _our_id(returned_to) or _our_id(mail_id)
    said_full = bool(FULL.search(_text(mail)))
    found = []
    for address in sorted(permanent | (temporary - permanent)):
        recipient = address.decode("utf-8", "replace").strip().strip("<>").lower()
        status, action = _report_on(mail, recipient)
        kind = _kind(address in permanent, status, action)
        if kind is BounceKind.HARD and not status.startswith("5.1.") and said_full:
            kind = BounceKind.SOFT
        found.append(Bounce(kind, recipient, status, ours, mail_id))
    return found


def looks_returned(mail: Message) -> bool:
    """Whether a mail says that something was not delivered, though not to whom in words we know."""
    return bool(LOOKS_RETURNED.search(str(mail.get("Subject", ""))))


def _kind(permanent: bool, status: str, action: str) -> BounceKind:
    """Permanent failures are the address's own (5.1.x, 5.2.1) or of an unsaid kind; others may lift."""
    if action == "delayed" or (not permanent and action != "failed"):
        return BounceKind.DELAYED
    if status.startswith("4") or not permanent:
        return BounceKind.SOFT
    blames_address = not status or status.startswith("5.1.") or status in ("5.0.0", "5.2.0", "5.2.1")
    return BounceKind.HARD if blames_address else BounceKind.SOFT


def _report_on(mail: Message, recipient: str) -> tuple[str, str]:
    """Status and action of a recipient in the delivery report (RFC 3464); empty without one."""
    first = ("", "")
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload() if part.is_multipart() else []:
            if not isinstance(block, Message) or "Status" not in block:
                continue
            match = STATUS.search(str(block["Status"]))
            said = (match[0] if match else "", str(block.get("Action", "")).strip().lower())
            first = first if first != ("", "") else said
            named = f"{block.get('Final-Recipient', '')} {block.get('Original-Recipient', '')}".lower()
            if recipient in named:
                return said
    return first


def _returned_id(mail: Message) -> str:
    """The Message-ID of the mail that came back, without brackets."""
    for part in mail.walk():
        if part is mail:
            continue
        if part.get_content_type() in RETURNED and part.is_multipart():
            inner = part.get_payload(0)
            if isinstance(inner, Message) and inner.get("Message-ID"):
                return str(inner["Message-ID"]).strip().strip("<>")
        elif part.get("Message-ID"):
            return str(part["Message-ID"]).strip().strip("<>")
    match = re.search(r"^message-id:\s*<([^>\s]+)>", _text(mail), re.IGNORECASE | re.MULTILINE)
    return match[1] if match else ""


def _text(mail: Message) -> str:
    """Every readable part, as far as a returned mail is worth reading."""
    said = []
    for part in mail.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            said.append(payload[:LONGEST_READ].decode("latin-1"))
    return "\n".join(said)


def _our_id(text: str) -> str:
    match = OURS.search(text)
    return str(UUID(match[0])) if match else ""
