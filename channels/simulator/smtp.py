"""Receives e-mail over SMTP (RFC 5321); a message is accepted when DATA is answered with 250."""

import asyncio
from email import policy
from email.parser import BytesParser
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.simulator.intake import Arrival, Intake, Verdict

LARGEST_MAIL = 10 * 2**20


class MailRoom:
    """The handler aiosmtpd calls after DATA; acceptance is judged by the intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept or refuse one mail, once per envelope."""
        verdict = self._intake.judge(_arrival(envelope))
        if verdict.latency_s:
            await asyncio.sleep(verdict.latency_s)
        if verdict.drop or verdict.garbage or (verdict.provider_id and verdict.status != 200):
            if server.transport is not None:
                cast(asyncio.Transport, server.transport).abort()
            return "421 closing"
        return _reply(verdict)


def mail_protocol(mail_room: MailRoom, loop: asyncio.AbstractEventLoop) -> SMTP:
    """One SMTP conversation."""
    return SMTP(
        mail_room, hostname="simulator", loop=loop, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True
    )


def _reply(verdict: Verdict) -> str:
    if verdict.provider_id and verdict.status == 200:
        return f"250 2.0.0 queued as {verdict.provider_id}"
    if verdict.code:
        return f"{verdict.code} refused"
    return {
        500: "451 4.3.0 local error in processing",
        429: "421 4.7.0 too many messages",
        503: "451 4.3.2 not accepting messages",
        400: "550 5.1.1 mailbox does not exist",
    }.get(verdict.status, "554 5.3.0 refused")


def _arrival(envelope: Envelope) -> Arrival:
    raw = envelope.original_content or b""
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    plain = mail.get_body(("plain", "html"))
    message_id = str(mail.get("Message-ID", "")).strip().strip("<>").partition("@")[0]
    return Arrival(
        channel="email",
        sender=str(envelope.mail_from or ""),
        to=envelope.rcpt_tos[0] if envelope.rcpt_tos else "",
        message_id=message_id,
        template="",
        text=plain.get_content() if plain else "",
        parameters=[],
        subject=str(mail.get("Subject", "")),
        attachment=", ".join(str(part.get_filename()) for part in mail.iter_attachments()),
    )
