"""Events of accounts: each written once, and the enrolments they concern made to be decided afresh."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from engine.vocabulary import EnrolmentState, EventKind
from storage.faults import NOT_FAULTY

WORK = "event"
"""The kind of work under which faults of events are kept."""


def note_event(
    connection: psycopg.Connection,
    account_ids: Sequence[int],
    kind: EventKind,
    at: datetime,
    source: str,
    reference: str,
    body: Mapping[str, object],
) -> list[int]:
    """Write an event for accounts, once per (source, reference); the accounts for which it is new."""
    rows = connection.execute(
        """
        INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)
        SELECT id, person_id, shard, %s, %s, %s, %s, %s FROM account WHERE id = ANY(%s) ORDER BY id
        ON CONFLICT (source, reference, account_id) DO NOTHING RETURNING account_id
        """,
        [int(kind), at, source, reference, Jsonb(dict(body)), list(account_ids)],
    ).fetchall()
    return sorted(account_id for (account_id,) in rows)


def revise_enrolments(connection: psycopg.Connection, account_ids: Sequence[int]) -> int:
    """Give the accounts' open enrolments a new revision: a daily write that read before loses them."""
    connection.execute(
        "SELECT id FROM enrolment WHERE account_id = ANY(%s) AND state <> %s ORDER BY id FOR UPDATE",
        [list(account_ids), int(EnrolmentState.ENDED)],
    )
    return connection.execute(
        "UPDATE enrolment SET revision = revision + 1 WHERE account_id = ANY(%s) AND state <> %s",
        [list(account_ids), int(EnrolmentState.ENDED)],
    ).rowcount


def accounts_of_person(connection: psycopg.Connection, person_id: int) -> list[int]:
    """Every account of a person, by id."""
    rows = connection.execute(
        "SELECT id FROM account WHERE person_id = %s ORDER BY id", [person_id]
    ).fetchall()
    return [account_id for (account_id,) in rows]


def new_events(connection: psycopg.Connection, most: int) -> list[tuple[int, int]]:
    """Events no evaluation has seen yet, the oldest first: number and account of each.

    Left alone: those that rest after a fault, or are set aside.
    """
    return connection.execute(
        "SELECT e.id, e.account_id FROM account_event e WHERE NOT e.applied"
        f" AND {NOT_FAULTY.format(work=WORK, key='e.id::text')} ORDER BY e.id LIMIT %s",
        [most],
    ).fetchall()


def mark_applied(connection: psycopg.Connection, event_ids: Sequence[int]) -> None:
    """Note that the accounts of these events were evaluated after them."""
    connection.execute(
        "UPDATE account_event SET applied = true WHERE id = ANY(%s) AND NOT applied", [list(event_ids)]
    )
