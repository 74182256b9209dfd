"""Mail that comes back: real bounces are classified, answers are replies, and nothing is lost."""

import asyncio
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from channels.bounces import BounceKind, read_bounces
from channels.mail_in import read_mail, serve_mail
from channels.port import Action, InboundReply, StatusUpdate, Unrecognised

REAL = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "email_bounces"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="the real bounces are not here")
OURS = "8c0e6f1a-1b2c-4d3e-8f90-a1b2c3d4e5f6"
RETURN_PATH = f"rebotes+{OURS}@acreedor.example"

DELAYED = {"dsn_05", "dsn_07", "dsn_17", "simple_22", "simple_28", "simple_40"}
"""Warnings of servers that go on trying."""
FULL = {"simple_14", "simple_38", "dsn_01", "newmailru_01", "postfix_04"}
"""Mailboxes over their quota: the address is good."""
UNREADABLE = {"bounce_01", "dumbass_01"}
"""They say that something was not delivered, and no address in words anybody knows."""
NO_BOUNCE = {"groupwise_03"}
"""A person's answer that lies among them."""


def real(name: str) -> bytes:
    return (REAL / f"{name}.txt").read_bytes()


def names() -> list[str]:
    return sorted(path.stem for path in REAL.glob("*.txt")) if REAL.exists() else []


@needs_real
@pytest.mark.parametrize("name", names())
def test_a_real_bounce_is_classified(name: str) -> None:
    items = read_mail(real(name), "rebotes@acreedor.example", 1.0)
    assert items
    if name in NO_BOUNCE:
        assert isinstance(items[0], InboundReply)
    elif name in UNREADABLE | DELAYED:
        kinds = {item.kind for item in items if isinstance(item, Unrecognised)}
        assert kinds == {"bounce" if name in UNREADABLE else "bounce.delayed"}
    else:
        for item in items:
            assert isinstance(item, StatusUpdate) and item.state == "failed" and "@" in item.recipient
            assert item.action is (None if name in FULL else Action.WRONG_NUMBER)
            assert item.code.startswith("soft" if name in FULL else "hard")


@needs_real
def test_all_fifty_eight_are_there_and_nine_in_ten_name_an_address() -> None:
    assert len(names()) == 58
    told = [name for name in names() if name not in UNREADABLE | NO_BOUNCE]
    assert len(told) == 55


@needs_real
def test_the_return_path_says_which_message_it_was_even_where_the_words_do_not() -> None:
    for name in ("dsn_11", "qmail_01", "yahoo_05", "bounce_01"):
        items = read_mail(real(name), RETURN_PATH, 1.0)
        assert {item.message_id for item in items if isinstance(item, StatusUpdate)} == {OURS}, name


def report(status: str, action: str = "failed") -> bytes:
    return f"""From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It failed.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ana@correo.example
Action: {action}
Status: {status}

--b
Content-Type: message/rfc822

Message-ID: <{OURS}@acreedor.example>
Subject: Aviso

Hola
--b--
""".encode()


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("5.1.1", "failed", BounceKind.HARD),
        ("5.2.1", "failed", BounceKind.HARD),
        ("5.0.0", "failed", BounceKind.HARD),
        ("5.2.2", "failed", BounceKind.SOFT),
        ("5.7.1", "failed", BounceKind.SOFT),
        ("5.3.4", "failed", BounceKind.SOFT),
        ("4.4.1", "delayed", BounceKind.DELAYED),
        ("4.4.7", "failed", BounceKind.SOFT),
    ],
)
def test_the_status_says_whether_the_address_is_at_fault(status: str, action: str, kind: BounceKind) -> None:
    from email import message_from_bytes

    (bounce,) = read_bounces(message_from_bytes(report(status, action)))
    assert (bounce.kind, bounce.recipient, bounce.status) == (kind, "ana@correo.example", status)
    assert (bounce.message_id, bounce.mail_id) == (OURS, f"{OURS}@acreedor.example")


def answer(text: str, **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ana <Ana@correo.example>", "Re: Aviso"
    mail["Message-ID"] = "<a-1@correo.example>"
    mail["In-Reply-To"] = f"<{OURS}@acreedor.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def test_an_answer_is_a_reply_to_our_mail_without_what_it_quotes() -> None:
    (reply,) = read_mail(
        answer("BAJA\n\nEl lun, 16 nov 2026, Aurora escribió:\n> Hola"), "cobranza@x.example", 5.0
    )
    assert isinstance(reply, InboundReply)
    assert (reply.text, reply.from_, reply.at) == ("BAJA", "ana@correo.example", 5.0)
    assert (reply.provider_id, reply.in_reply_to) == ("a-1@correo.example", f"{OURS}@acreedor.example")


def test_a_machine_s_answer_is_kept_and_is_nobody_s_reply() -> None:
    (item,) = read_mail(answer("Estoy de vacaciones", Auto_Submitted="auto-replied"), "x@y.example", 1.0)
    assert isinstance(item, Unrecognised) and item.kind == "auto_reply"


def test_a_mail_is_taken_when_written_down_and_left_with_its_server_when_not() -> None:
    heard: list[tuple[bytes, str]] = []

    def hear(raw: bytes, to: str) -> None:
        if to.startswith("roto"):
            raise RuntimeError("no database")
        heard.append((raw, to))

    def deliver(port: int, to: str) -> int:
        with smtplib.LMTP("127.0.0.1", port) as client:
            try:
                client.sendmail("", [to], report("5.1.1"))
            except smtplib.SMTPDataError as refusal:
                return refusal.smtp_code
            except smtplib.SMTPRecipientsRefused as refusal:
                return next(iter(refusal.recipients.values()))[0]
        return 250

    async def scene() -> None:
        server = await serve_mail(hear, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        assert await asyncio.to_thread(deliver, port, RETURN_PATH) == 250
        assert await asyncio.to_thread(deliver, port, "roto@acreedor.example") == 451
        server.close()

    asyncio.run(scene())
    assert [to for _, to in heard] == [RETURN_PATH]
