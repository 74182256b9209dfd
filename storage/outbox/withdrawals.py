"""Takes back what is queued: for an account that paid, or a person who wants no more.

The caller holds the locks of the persons (:mod:`storage.person_lock`). A message a worker has leased
is taken back too: its fence grows, so that the worker's guard passes it over. One that is ``sending``
is on its way and stays.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import psycopg

from engine.vocabulary import SLOT_PURPOSES, CauseKind, MessageState, Purpose

ENROLMENT = 1
"""Cause kind of an item that a strategy asked for."""

_UNSENT = f"{MessageState.QUEUED}, {MessageState.LEASED}"


def withdraw_accounts(
    connection: psycopg.Connection,
    account_ids: Sequence[int],
    reason: str,
    now: datetime,
    purposes: Collection[Purpose] = SLOT_PURPOSES,
) -> list[UUID]:
    """Take accounts' items out of unsent messages; the messages that have none left are withdrawn.

    Only what strategies asked for, with one of these purposes: thanks and confirmations are about the
    payment itself.
    """
    touched = connection.execute(
        f"""
        UPDATE message_item i SET alive = false FROM message m
        WHERE i.account_id = ANY(%s) AND i.alive AND i.cause_kind = {ENROLMENT}
          AND m.id = i.message_id AND m.local_on = i.local_on AND m.state IN ({_UNSENT})
          AND m.purpose = ANY(%s)
        RETURNING i.message_id
        """,
        [list(account_ids), [int(purpose) for purpose in purposes]],
    ).fetchall()
    rows = connection.execute(
        f"""
        UPDATE message m SET state = {MessageState.WITHDRAWN}, reason = %s, settled_at = %s,
            fence = fence + 1, leased_by = NULL, leased_until = NULL
        WHERE m.id = ANY(%s) AND m.state IN ({_UNSENT})
          AND NOT EXISTS (SELECT 1 FROM message_item i WHERE i.message_id = m.id AND i.alive)
        RETURNING m.id
        """,
        [reason, now, sorted({message_id for (message_id,) in touched})],
    ).fetchall()
    return [message_id for (message_id,) in rows]


def withdraw_person(
    connection: psycopg.Connection, person_id: int, channels: Sequence[int], reason: str, now: datetime
) -> list[UUID]:
    """Withdraw a person's unsent messages on some channels; an answer to what they asked still goes."""
    rows = connection.execute(
        f"""
        UPDATE message SET state = {MessageState.WITHDRAWN}, reason = %s, settled_at = %s,
            fence = fence + 1, leased_by = NULL, leased_until = NULL
        WHERE person_id = %s AND channel = ANY(%s) AND state IN ({_UNSENT})
          AND purpose <> {Purpose.ANSWER}
        RETURNING id
        """,
        [reason, now, person_id, list(channels)],
    ).fetchall()
    return [message_id for (message_id,) in rows]


def withdraw_cause(
    connection: psycopg.Connection,
    kind: CauseKind,
    cause_ids: Sequence[int],
    nodes: Sequence[int],
    reason: str,
    now: datetime,
) -> int:
    """Take back the unsent messages that promises or plans asked for by themselves; how many."""
    return connection.execute(
        f"""WITH gone AS (
                UPDATE message_item i SET alive = false FROM message m
                WHERE i.cause_kind = %(kind)s AND i.cause_id = ANY(%(causes)s) AND i.alive
                  AND i.node = ANY(%(nodes)s) AND m.id = i.message_id
                  AND m.local_on = i.local_on AND m.state IN ({_UNSENT})
                RETURNING i.message_id)
            UPDATE message m SET state = {MessageState.WITHDRAWN}, reason = %(reason)s, settled_at = %(now)s,
                fence = fence + 1, leased_by = NULL, leased_until = NULL
            FROM gone WHERE m.id = gone.message_id""",
        {"kind": int(kind), "causes": list(cause_ids), "nodes": list(nodes), "reason": reason, "now": now},
    ).rowcount


def withdraw_template(
    connection: psycopg.Connection, template_id: int, reason: str, now: datetime
) -> list[UUID]:
    """Withdraw every unsent message of a template version."""
    rows = connection.execute(
        f"""
        UPDATE message SET state = {MessageState.WITHDRAWN}, reason = %s, settled_at = %s,
            fence = fence + 1, leased_by = NULL, leased_until = NULL
        WHERE template_id = %s AND state IN ({_UNSENT}) RETURNING id
        """,
        [reason, now, template_id],
    ).fetchall()
    return [message_id for (message_id,) in rows]
