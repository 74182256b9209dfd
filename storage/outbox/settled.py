"""Messages whose fate is known but whose enrolments have not moved yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.vocabulary import EnrolmentState, MessageState
from storage.faults import NOT_FAULTY
from storage.standing import CAUSE_ENROLMENT

WORK = "message"
"""The kind of work under which faults of applied outcomes are kept."""

_SETTLED = ", ".join(
    str(int(state))
    for state in (
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.FAILED,
        MessageState.UNKNOWN,
        MessageState.WITHDRAWN,
        MessageState.EXPIRED,
    )
)


@dataclass(frozen=True)
class SettledItem:
    """One item of a settled message; ``enrolment_id`` is empty when nothing waits for it any more.

    ``account_id`` is that of the enrolment that waits, ``of_account`` the item's own.
    """

    message_id: UUID
    local_on: date
    state: int
    reason: str
    settled_at: datetime
    leg: int
    alive: bool
    enrolment_id: int | None
    account_id: int | None
    of_account: int | None


def read_settled(
    connection: psycopg.Connection, portfolio_id: int, most: int, shadow_of: date | None = None
) -> list[SettledItem]:
    """Items of up to ``most`` settled messages, the oldest first; or the shadow messages of a date.

    An outcome moves an enrolment only if it still stands in ``sending`` at that node and visit; items
    of others come without an enrolment. Messages that rest after a fault are left alone.
    """
    which = f"state IN ({_SETTLED})"
    if shadow_of is not None:
        which = f"state = {int(MessageState.SHADOW)} AND local_on = '{shadow_of}'"
    which += f" AND {NOT_FAULTY.format(work=WORK, key='message.id::text')}"
    with connection.cursor(row_factory=class_row(SettledItem)) as cursor:
        cursor.execute(
            f"""WITH settled AS (
                    SELECT id, local_on, state, reason, leg, CASE WHEN state = {int(MessageState.SHADOW)}
                           THEN send_at ELSE coalesce(settled_at, sending_at, decided_at) END AS settled_at
                    FROM message WHERE portfolio_id = %s AND {which} AND NOT applied
                    ORDER BY settled_at LIMIT %s)
                SELECT s.id AS message_id, s.local_on, s.state, s.reason, s.settled_at, s.leg,
                       coalesce(i.alive, false) AS alive, e.id AS enrolment_id, e.account_id,
                       i.account_id AS of_account
                FROM settled s
                LEFT JOIN message_item i ON i.message_id = s.id AND i.cause_kind = {CAUSE_ENROLMENT}
                LEFT JOIN enrolment e ON e.id = i.cause_id AND e.node = i.node AND e.visit = i.visit
                     AND e.state = {int(EnrolmentState.SENDING)}""",
            [portfolio_id, most],
        )
        return cursor.fetchall()


def mark_applied(
    connection: psycopg.Connection, messages: list[tuple[UUID, date]], followed: Collection[UUID] = ()
) -> None:
    """Note that the enrolments have moved.

    What did not go gives back its items, which may be armed again, and the person's slot of the day. The
    items of messages that are ``followed`` by a fallback stay: they are whom it is for.
    """
    went = ", ".join(
        str(int(state))
        for state in (
            MessageState.ACCEPTED,
            MessageState.DELIVERED,
            MessageState.READ,
            MessageState.UNKNOWN,
            MessageState.SHADOW,
        )
    )
    keys = {
        "ids": [key for key, _ in messages],
        "days": [day for _, day in messages],
        "followed": list(followed),
    }
    connection.execute(
        f"""WITH done AS (
                UPDATE message m SET applied = true
                FROM unnest(%(ids)s::uuid[], %(days)s::date[]) AS g(id, local_on)
                WHERE m.id = g.id AND m.local_on = g.local_on
                RETURNING m.id, m.state, m.person_id, m.local_on, m.provider_id),
            given_back AS (
                DELETE FROM slot s USING done WHERE s.message_id = done.id AND s.person_id = done.person_id
                  AND s.local_on = done.local_on AND done.state NOT IN ({went}) AND done.provider_id IS NULL)
            UPDATE message_item i SET alive = false FROM done
            WHERE i.message_id = done.id AND i.alive AND done.state NOT IN ({went})
              AND done.id <> ALL(%(followed)s::uuid[])""",
        keys,
    )
