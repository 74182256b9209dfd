"""The first lock of every write about persons: a person shard, owned by the daily write, shared by the rest.

The order of locks everywhere: the person's shard, the person's row, enrolments by id, slots by
(person, date), messages by id.
"""

from collections.abc import Iterable

import psycopg

_CLASS = 0x63616465
"""Namespace of these advisory locks: "cade"."""


def share_shards(connection: psycopg.Connection, shards: Iterable[int]) -> None:
    """Share person shards until the transaction ends; waits for a daily write that owns one."""
    _lock(connection, "pg_advisory_xact_lock_shared", shards)


def own_shards(connection: psycopg.Connection, shards: Iterable[int]) -> None:
    """Own person shards until the transaction ends; waits for events and senders that share them."""
    _lock(connection, "pg_advisory_xact_lock", shards)


def lock_persons(connection: psycopg.Connection, person_ids: Iterable[int]) -> None:
    """Share the persons' shards, then lock their rows in the order of their ids."""
    ids = sorted(set(person_ids))
    rows = connection.execute("SELECT DISTINCT shard FROM person WHERE id = ANY(%s)", [ids]).fetchall()
    share_shards(connection, (shard for (shard,) in rows))
    lock_rows(connection, ids)


def lock_rows(connection: psycopg.Connection, person_ids: Iterable[int]) -> None:
    """Lock persons' rows in the order of their ids; the caller shares their shards already."""
    ids = sorted(set(person_ids))
    connection.execute("SELECT id FROM person WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [ids])


def _lock(connection: psycopg.Connection, function: str, shards: Iterable[int]) -> None:
    query = f"SELECT {function}(%s, shard) FROM unnest(%s::int[]) AS given(shard)"
    connection.execute(query, [_CLASS, sorted(set(shards))])
