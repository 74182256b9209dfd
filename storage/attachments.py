"""Files that people sent about their accounts, encrypted under the key of each person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from storage.cells import PersonKey
from storage.person_keys import ensure_keys, keys_of

CONTENT = "attachment:content"


@dataclass(frozen=True, slots=True)
class AttachmentIn:
    """A file as it came; its type was read from its content, not from its name."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AttachmentSeen:
    """A kept file without its content; ``size`` in bytes."""

    id: int
    person_id: int
    account_id: int
    kind: str
    via: str
    media_type: str
    size: int
    at: datetime


_SEEN = "id, person_id, account_id, kind, via, media_type, size, at"


def keep(
    connection: psycopg.Connection,
    person_id: int,
    account_id: int,
    kind: str,
    via: str,
    reference: str,
    files: Sequence[AttachmentIn],
    at: datetime,
) -> list[int]:
    """Write the files that came with one reference, once; the ids of all of them."""
    identity = _identity(connection, person_id)
    key = ensure_keys(connection, [identity])[identity]
    rows = [
        (
            person_id, account_id, kind, via, reference, position, file.media_type, len(file.content),
            key.seal_bytes(file.content, CONTENT, _row(via, reference, position)), at,
        )
        for position, file in enumerate(files, start=1)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO attachment (person_id, account_id, kind, via, reference, position, media_type, size,"
            " content, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            rows,
        )
    return ids_of(connection, via, reference)


def ids_of(connection: psycopg.Connection, via: str, reference: str) -> list[int]:
    """The files that came with one reference, in their order."""
    found = connection.execute(
        "SELECT id FROM attachment WHERE (via, reference) = (%s, %s) ORDER BY position", [via, reference]
    ).fetchall()
    return [attachment_id for (attachment_id,) in found]


def of_account(connection: psycopg.Connection, account_id: int) -> list[AttachmentSeen]:
    """The files about an account, the newest first."""
    return _seen(connection, "account_id", account_id)


def find(connection: psycopg.Connection, attachment_id: int) -> AttachmentSeen | None:
    """One file, without its content."""
    return next(iter(_seen(connection, "id", attachment_id)), None)


def content_of(connection: psycopg.Connection, attachment_id: int) -> bytes | None:
    """The content of a file; ``None`` when its person was erased or there is no such file."""
    row = connection.execute(
        "SELECT person_id, via, reference, position, content FROM attachment WHERE id = %s", [attachment_id]
    ).fetchone()
    if row is None:
        return None
    person_id, via, reference, position, content = row
    identity = _identity(connection, person_id)
    key: PersonKey | None = keys_of(connection, [identity]).get(identity)
    return None if key is None else key.open_bytes(content, CONTENT, _row(via, reference, position))


def _seen(connection: psycopg.Connection, column: str, value: int) -> list[AttachmentSeen]:
    with connection.cursor(row_factory=class_row(AttachmentSeen)) as cursor:
        query = f"SELECT {_SEEN} FROM attachment WHERE {column} = %s ORDER BY id DESC"
        return cursor.execute(query.encode(), [value]).fetchall()


def _identity(connection: psycopg.Connection, person_id: int) -> bytes:
    ((identity,),) = connection.execute(
        "SELECT identity_index FROM person WHERE id = %s", [person_id]
    ).fetchall()
    return bytes(identity)


def _row(via: str, reference: str, position: int) -> bytes:
    return f"{via}:{reference}:{position}".encode()
