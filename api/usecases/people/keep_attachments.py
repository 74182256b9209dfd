"""Keeps the pictures and papers a person sends about an account, encrypted under their key."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from api.clock import Clock
from api.usecases.money.make_promise import read_debt
from engine.errors import BookError
from storage import attachments
from storage.attachments import AttachmentIn
from storage.database import Database
from storage.ledger import append_line
from storage.person_lock import lock_persons

LARGEST = 8 << 20
MOST = 5
Kind = Literal["receipt", "dispute"]

SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
)
"""How each kind of file that is taken begins: bytes, the place they stand at, the media type."""


class AttachmentRefused(BookError):
    """A file that is not kept, with its reason."""

    code = "attachment.refused"


def check_attachment(content: bytes) -> AttachmentIn:
    """A file as what its content says it is; its name and what the sender calls it count for nothing.

    >>> check_attachment(b"%PDF-1.7 ...").media_type
    'application/pdf'
    """
    if len(content) > LARGEST:
        raise AttachmentRefused(
            f"el archivo pesa más de {LARGEST >> 20} MB", place="file", code="attachment.too_large"
        )
    for begin, place, media_type in SIGNATURES:
        if content[place : place + len(begin)] == begin:
            return AttachmentIn(media_type, content)
    raise AttachmentRefused(
        "el archivo no es una imagen ni un PDF", place="file", hint="PDF, JPG, PNG", code="attachment.kind"
    )


def keep_attachments(
    database: Database,
    clock: Clock,
    account_id: int,
    kind: Kind,
    *,
    via: str,
    reference: str,
    files: Sequence[AttachmentIn],
) -> list[int]:
    """Keep the files of one (via, reference), once; their ids. More than ``MOST`` are refused."""
    if len(files) > MOST:
        raise AttachmentRefused(f"son más de {MOST} archivos", place="file", code="attachment.many")
    if not files:
        return []
    now = clock.now()
    with database.connection() as connection:
        debt = read_debt(connection, account_id)
        lock_persons(connection, [debt.person_id])
        known = attachments.ids_of(connection, via, reference)
        if known:
            return known
        kept = attachments.keep(connection, debt.person_id, account_id, kind, via, reference, files, now)
        hashes = [hashlib.sha256(file.content).hexdigest() for file in files]
        told = {"kind": kind, "via": via, "attachments": kept, "sha256": hashes}
        append_line(connection, now, "attachment.kept", f"account:{account_id}", told)
    return kept
