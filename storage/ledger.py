"""The bitácora: append-only lines of what was done, by whom and why, each with the hash of its content."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb


def append_line(
    connection: psycopg.Connection, at: datetime, kind: str, subject: str, body: Mapping[str, object]
) -> None:
    """Write one line in the caller's transaction. ``subject`` is what it is about, e.g. ``person:12``."""
    connection.execute(
        "INSERT INTO ledger (at, kind, subject, body, hash) VALUES (%s, %s, %s, %s, %s)",
        [at, kind, subject, Jsonb(dict(body)), line_hash(at, kind, subject, body)],
    )


def line_hash(at: datetime, kind: str, subject: str, body: Mapping[str, object]) -> bytes:
    """SHA-256 of a line's canonical JSON: what the sealer's chain is built from."""
    content = [at.isoformat(timespec="microseconds"), kind, subject, body]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).digest()
