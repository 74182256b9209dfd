"""One mail as it goes out: text and HTML, attachments, its conversation, the way out, a DKIM signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime

import dkim  # type: ignore[import-untyped]

from channels.port import Attachment, Outgoing
from channels.text_address import is_mail_address

POLICY = SMTP.clone(cte_type="7bit")
"""Seven bits on the wire: no relay has a reason to rewrite the body under its signature."""

SIGNED = (
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "auto-submitted", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip
"""What the signature covers: RFC 8058 wants both List-Unsubscribe headers under it."""

LARGEST_ATTACHMENTS = 10 * 2**20
"""Bytes of all attachments together; most mailboxes refuse mails of 25 MB, encoded."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """The private key (PEM) a domain signs with, and the selector its public half is published under."""

    domain: str
    selector: str
    private_key: bytes

    def sign(self, raw: bytes) -> bytes:
        """The mail with its signature in front."""
        present = {line.split(b":", 1)[0].lower() for line in raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")}
        covered = [name.encode() for name in SIGNED if name.encode() in present]
        header: bytes = dkim.sign(
            raw,
            self.selector.encode(),
            self.domain.encode(),
            self.private_key,
            include_headers=[*covered, b"from"],  # twice: nobody can add a second From
            canonicalize=(b"relaxed", b"relaxed"),
        )
        return header + raw


def mail_document(message: Outgoing, from_name: str = "", unsubscribe_url: str = "") -> EmailMessage:
    """The mail; ``ValueError`` when an address cannot be written in a header."""
    for address in (message.sender, message.to):
        if not is_mail_address(address):
            raise ValueError(f"not an e-mail address: {address!r}")
    domain = message.sender.rpartition("@")[2]
    mail = EmailMessage(policy=POLICY)
    mail["Message-ID"] = f"<{message.message_id}@{domain}>"
    mail["Date"] = format_datetime(localtime())
    mail["From"] = Address(from_name, addr_spec=message.sender)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Auto-Submitted"] = "auto-generated"
    _join_thread(mail, message, domain)
    if url := message.unsubscribe_url or unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        kind, _, subtype = attachment.media_type.partition("/")
        mail.add_attachment(attachment.data(), maintype=kind, subtype=subtype, filename=attachment.name)
    return mail


def weigh(attachments: Sequence[Attachment]) -> int:
    """Bytes of attachments whose content is given; one drawn when it is posted weighs little."""
    return sum(len(attachment.content) for attachment in attachments)


def _join_thread(mail: EmailMessage, message: Outgoing, domain: str) -> None:
    """All mails of a conversation refer to one id that no mail has; an answer refers to its question too."""
    root = f"<conversation.{message.thread}@{domain}>" if message.thread else ""
    answered = f"<{message.in_reply_to}>" if message.in_reply_to else ""
    if root or answered:
        mail["In-Reply-To"] = answered or root
        mail["References"] = " ".join(filter(None, (root, answered)))
