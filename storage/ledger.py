"""The bitácora: append-only lines of what was done, by whom and why, each with the hash of its content."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import psycopg
from psycopg.types.json import Jsonb

from storage import partitions


def append_line(
    connection: psycopg.Connection, at: datetime, kind: str, subject: str, body: Mapping[str, object]
) -> None:
    """Write one line in the caller's transaction. ``subject`` is what it is about, e.g. ``person:12``.

    It waits in ``ledger_unsealed`` until a seal covers it (storage.seals).
    """
    month = at.astimezone(UTC).date()
    there = connection.execute("SELECT to_regclass(%s)", [f"ledger_{month:%Y_%m}"]).fetchone()
    if there is None or there[0] is None:
        partitions.ensure(connection, month)
    connection.execute(
        "WITH line AS (INSERT INTO ledger (at, kind, subject, body, hash) VALUES (%s, %s, %s, %s, %s)"
        " RETURNING id, at) INSERT INTO ledger_unsealed (line_id, at) SELECT id, at FROM line",
        [at, kind, subject, Jsonb(dict(body)), line_hash(at, kind, subject, body)],
    )


def line_hash(at: datetime, kind: str, subject: str, body: Mapping[str, object]) -> bytes:
    """SHA-256 of a line's canonical JSON: what the sealer's chain is built from."""
    content = [at.astimezone(UTC).isoformat(timespec="microseconds"), kind, subject, body]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).digest()


def count_lines(connection: psycopg.Connection) -> int:
    """How many lines there are."""
    row = connection.execute("SELECT count(*) FROM ledger").fetchone()
    return int(row[0]) if row else 0
