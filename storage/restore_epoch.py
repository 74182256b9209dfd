"""The restore epoch: raised when a backup is put back, so that nothing queued before it is sent again."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import MessageState

_OPEN = ", ".join(
    str(int(state)) for state in (MessageState.QUEUED, MessageState.LEASED, MessageState.SENDING)
)


@dataclass(frozen=True)
class OldMessage:
    """A message that was on its way when the backup was taken: a person must say what becomes of it."""

    id: UUID
    local_on: date
    portfolio: str
    person_id: int
    state: int
    send_at: datetime


def raise_epoch(connection: psycopg.Connection) -> int:
    """Begin a new epoch; its number. Senders lease nothing of an earlier one from this commit on."""
    row = connection.execute(
        "UPDATE installation SET restore_epoch = restore_epoch + 1 RETURNING restore_epoch"
    ).fetchone()
    assert row is not None  # the first migration wrote the one row
    return int(row[0])


def on_their_way(connection: psycopg.Connection) -> list[OldMessage]:
    """Messages of earlier epochs that were not settled in the backup."""
    with connection.cursor(row_factory=class_row(OldMessage)) as cursor:
        return cursor.execute(
            f"""SELECT m.id, m.local_on, p.key AS portfolio, m.person_id, m.state, m.send_at
                FROM message m JOIN portfolio p ON p.id = m.portfolio_id
                WHERE m.state IN ({_OPEN})
                  AND m.epoch <> (SELECT max(restore_epoch) FROM installation)
                ORDER BY p.key, m.send_at, m.id"""
        ).fetchall()
