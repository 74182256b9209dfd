"""What a mail carries on the wire: signature, conversation, way out, attachments, and TLS before all."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from channels.email_smtp import SmtpEmail
from channels.mail_document import DkimKey, mail_document
from channels.one_click import OneClick
from channels.port import Accepted, Action, Attachment, NotAccepted, Outcome, Outgoing
from engine.errors import TemplateError
from engine.vocabulary import Channel

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)


def mail(**changes: object) -> Outgoing:
    fields: dict[str, object] = {
        "message_id": "8c0e", "channel": Channel.EMAIL, "to": "ana@correo.example",
        "sender": "cobranza@acreedor.example", "template": "", "language": "es", "variables": {},
        "text": "Señora López: su cuenta", "subject": "Información",
    }  # fmt: skip
    return Outgoing(**{**fields, **changes})  # type: ignore[arg-type]


class Postman:
    """A mail server that keeps what it is given, with the envelope."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append((str(envelope.mail_from), envelope.rcpt_tos[0], envelope.original_content or b""))
        return "250 ok"

    def document(self) -> EmailMessage:
        parsed = message_from_bytes(self.mails[0][2], policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@asynccontextmanager
async def postman(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Postman, int]]:
    keeper, loop = Postman(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            keeper, hostname="postman", loop=loop, tls_context=tls, require_starttls=tls is not None
        ),
        "127.0.0.1",
        0,
    )
    try:
        yield keeper, server.sockets[0].getsockname()[1]
    finally:
        server.close()


def post(message: Outgoing, scheme: str = "smtp", **options: object) -> tuple[Outcome, Postman]:
    async def scene() -> tuple[Outcome, Postman]:
        server_tls = options.pop("server_tls", None)
        async with postman(server_tls) as (keeper, port):  # type: ignore[arg-type]
            sender = SmtpEmail(f"{scheme}://127.0.0.1:{port}", **options)  # type: ignore[arg-type]
            outcome = await sender.send(message)
            await sender.close()
            return outcome, keeper

    return asyncio.run(scene())


def in_dns(_name: bytes, timeout: int = 5) -> bytes:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def test_the_signature_covers_the_way_out_and_holds_until_a_byte_changes() -> None:
    one_click = OneClick("https://cobros.example", [b"a key of the installation"])
    key = DkimKey("acreedor.example", "s1", PEM)
    outcome, keeper = post(mail(html="<p>Señora</p>"), dkim_key=key, one_click=one_click.address)
    assert isinstance(outcome, Accepted)
    ((_, _, raw),) = keeper.mails
    assert dkim.verify(raw, dnsfunc=in_dns)
    assert not dkim.verify(raw.replace(b"su cuenta", b"tu cuenta"), dnsfunc=in_dns)
    assert not dkim.verify(raw.replace(b"cobros.example", b"robos.example."), dnsfunc=in_dns)
    covered = str(keeper.document()["DKIM-Signature"]).replace(" ", "").lower()
    assert "list-unsubscribe:list-unsubscribe-post" in covered
    address = str(keeper.document()["List-Unsubscribe"]).strip("<>")
    assert keeper.document()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert one_click.message_of(address.rpartition("/")[2]) == "8c0e"


def test_a_link_nobody_signed_stops_nothing_and_an_older_key_still_reads() -> None:
    old, new = b"the key of last year", b"the key of this year"
    token = OneClick("https://x.example", [old]).address("m-1").rpartition("/")[2]
    assert OneClick("https://x.example", [old, new]).message_of(token) == "m-1"
    for forged in ("m-1", "", token[:-1] + "A", f"{token}x"):
        with pytest.raises(TemplateError) as refusal:
            OneClick("https://x.example", [old]).message_of(forged)
        assert refusal.value.code == "one_click.forged"


def test_mails_of_one_conversation_stand_together_and_an_answer_under_its_question() -> None:
    first = mail_document(mail(thread="1f-2"))
    second = mail_document(mail(message_id="9d1f", thread="1f-2", in_reply_to="a-1@correo.example"))
    other = mail_document(mail(thread="1f-3"))
    assert first["References"] == "<conversation.1f-2@acreedor.example>" != other["References"]
    assert second["References"] == "<conversation.1f-2@acreedor.example> <a-1@correo.example>"
    assert second["In-Reply-To"] == "<a-1@correo.example>"


def test_a_returned_mail_will_name_its_message() -> None:
    _, keeper = post(mail(), bounce_address="rebotes@acreedor.example")
    assert keeper.mails[0][:2] == ("rebotes+8c0e@acreedor.example", "ana@correo.example")


def test_documents_travel_whole_and_those_drawn_at_the_post_too() -> None:
    drawn = Attachment("estado.pdf", "application/pdf", make=lambda: b"%PDF-drawn")
    given = Attachment("factura ñ.pdf", "application/pdf", b"%PDF-given")
    _, keeper = post(mail(attachments=(drawn, given), html="<p>Hola</p>"))
    parts = list(keeper.document().iter_attachments())
    assert [(part.get_filename(), part.get_content()) for part in parts] == [
        ("estado.pdf", b"%PDF-drawn"), ("factura ñ.pdf", b"%PDF-given"),
    ]  # fmt: skip


def test_thirty_megabytes_are_refused_with_the_figure_before_anything_is_sent() -> None:
    outcome, keeper = post(mail(attachments=(Attachment("video.pdf", "application/pdf", bytes(30 * 2**20)),)))
    assert isinstance(outcome, NotAccepted)
    assert (outcome.code, outcome.action) == ("attachment.too_large", Action.AUTHOR_ERROR)
    assert "30.0 MB" in outcome.reason and "10 MB" in outcome.reason
    assert keeper.mails == []


def certificate(folder: Path) -> ssl.SSLContext:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .sign(KEY, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(PEM)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_tls_is_spoken_when_required_and_the_certificate_is_looked_at(tmp_path: Path) -> None:
    server = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    outcome, keeper = post(mail(), "smtp+starttls", server_tls=server, tls_context=trusting)
    assert isinstance(outcome, Accepted) and len(keeper.mails) == 1
    outcome, keeper = post(mail(), "smtp+starttls", server_tls=server)
    assert isinstance(outcome, NotAccepted) and keeper.mails == []
    assert (outcome.code, outcome.action) == ("tls", Action.STOP_CHANNEL)


def test_a_server_without_tls_gets_nothing_where_tls_is_required() -> None:
    outcome, keeper = post(mail(), "smtp+starttls")
    assert isinstance(outcome, NotAccepted) and outcome.action is Action.STOP_CHANNEL
    assert keeper.mails == []
