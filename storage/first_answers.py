"""First answers by caller and ``Idempotency-Key``: given once, replayed, forgotten after two days."""

from dataclasses import dataclass

import psycopg

PATIENCE = "60 seconds"
"""After so long without an answer, the first request is taken for lost and may be worked again."""

KEPT = "48 hours"


@dataclass(frozen=True)
class Kept:
    """What is known under a key; ``status`` 0: the first request is still being worked."""

    request_hash: bytes
    status: int
    content_type: str
    body: bytes


def begin(connection: psycopg.Connection, caller: str, key: str, request_hash: bytes) -> Kept | None:
    """``None`` when this request is the first of its key and is to be worked; else what is known."""
    fresh = connection.execute(
        f"""INSERT INTO first_answer (caller, key, request_hash) VALUES (%(caller)s, %(key)s, %(hash)s)
            ON CONFLICT (caller, key) DO UPDATE
               SET request_hash = excluded.request_hash, status = 0, at = clock_timestamp()
             WHERE first_answer.at < clock_timestamp() - interval '{KEPT}'
                OR first_answer.status = 0 AND first_answer.request_hash = excluded.request_hash
                   AND first_answer.at < clock_timestamp() - interval '{PATIENCE}'
            RETURNING 1""",
        {"caller": caller, "key": key, "hash": request_hash},
    ).fetchone()
    if fresh is not None:
        return None
    row = connection.execute(
        "SELECT request_hash, status, content_type, body FROM first_answer WHERE caller = %s AND key = %s",
        [caller, key],
    ).fetchone()
    assert row is not None  # the conflict above found it
    return Kept(row[0], row[1], row[2], row[3])


def keep(
    connection: psycopg.Connection, caller: str, key: str, status: int, content_type: str, body: bytes
) -> None:
    """Keep the answer of the first request."""
    connection.execute(
        "UPDATE first_answer SET status = %s, content_type = %s, body = %s WHERE caller = %s AND key = %s",
        [status, content_type, body, caller, key],
    )


def forget(connection: psycopg.Connection, caller: str, key: str) -> None:
    """Nothing was done: the key is free again."""
    connection.execute("DELETE FROM first_answer WHERE caller = %s AND key = %s", [caller, key])


def forget_old(connection: psycopg.Connection) -> int:
    """Drop what is older than it is kept; how many."""
    return connection.execute(
        f"DELETE FROM first_answer WHERE at < clock_timestamp() - interval '{KEPT}'"
    ).rowcount
