"""Domain events: accepted once, handed out one per person at a time, set aside when they cannot be worked.

An event is claimed by a lease in a transaction of its own before it is worked. Whoever dies over one
leaves its lease to run out; after ``MOST_TRIES`` the event is ``dead`` and waits for a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from engine.vocabulary import Channel, EventKind, EventName

MOST_TRIES = 4
LEASE = "interval '15 seconds'"


@dataclass(frozen=True)
class DomainEvent:
    """Something that happened to a person or accounts; what is ``None`` is unknown.

    ``amount`` is in minor units. ``tries`` and ``id`` are the table's.
    """

    name: EventName
    at: datetime
    source: str
    reference: str
    person_id: int | None = None
    account_ids: tuple[int, ...] = ()
    amount: int | None = None
    channel: Channel | None = None
    intent: str = ""
    settled: bool | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    tries: int = 0


def post(connection: psycopg.Connection, event: DomainEvent) -> bool:
    """Write an event in the transaction that accepts it; whether it is new."""
    return bool(
        connection.execute(
            """INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount, channel,
                   intent, settled, body) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
               ON CONFLICT (source, reference, name) DO NOTHING""",
            [
                event.name.value, event.at, event.source, event.reference, event.person_id,
                sorted(event.account_ids), event.amount, event.channel and int(event.channel),
                event.intent, event.settled, Jsonb(dict(event.body)),
            ],
        ).rowcount
    )  # fmt: skip


def post_payments(connection: psycopg.Connection, account_ids: Sequence[int], newest: int) -> int:
    """Write the events of the ``newest`` payments told about accounts, all at once; how many are new."""
    return connection.execute(
        """INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount)
           SELECT %(name)s, at, source, reference, person_id, ARRAY[account_id], (body->>'amount')::bigint
           FROM (SELECT * FROM account_event WHERE account_id = ANY(%(accounts)s) AND kind = %(kind)s
                 AND NOT applied ORDER BY id DESC LIMIT %(newest)s) told ORDER BY id
           ON CONFLICT DO NOTHING""",
        {"name": EventName.PAYMENT.value, "accounts": list(account_ids), "kind": int(EventKind.PAYMENT),
         "newest": newest},
    ).rowcount  # fmt: skip


def claim(connection: psycopg.Connection, most: int, *, alone: bool = False) -> list[DomainEvent]:
    """Lease up to ``most`` events, the oldest of each person; the caller commits before it works them.

    Events that were tried before are handed out only one at a time (``alone``): one of them may be what
    ended the last worker.
    """
    rows = connection.execute(
        f"""WITH turn AS (
                SELECT id FROM domain_event e
                WHERE state = 'new' AND (leased_until IS NULL OR leased_until <= clock_timestamp())
                  AND (tries > 0) = %(alone)s AND tries < {MOST_TRIES}
                  AND NOT EXISTS (SELECT 1 FROM domain_event f
                      WHERE f.state = 'new' AND f.person_id = e.person_id AND f.id < e.id)
                ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
            UPDATE domain_event e SET tries = tries + 1, leased_until = clock_timestamp() + {LEASE}
            FROM turn WHERE turn.id = e.id
            RETURNING {_COLUMNS}""",
        {"most": 1 if alone else most, "alone": alone},
    ).fetchall()
    return sorted(map(_event, rows), key=lambda event: event.id)


def finish(connection: psycopg.Connection, event_ids: Sequence[int]) -> None:
    """Mark events as reacted to."""
    connection.execute(
        "UPDATE domain_event SET state = 'done', reacted_at = clock_timestamp(), leased_until = NULL,"
        " reason = '' WHERE id = ANY(%s)",
        [list(event_ids)],
    )


def give_back(connection: psycopg.Connection, event_id: int, reason: str) -> None:
    """An event that raised waits for its next try."""
    connection.execute(
        "UPDATE domain_event SET leased_until = NULL, reason = %s WHERE id = %s", [reason, event_id]
    )


def bury(connection: psycopg.Connection) -> list[DomainEvent]:
    """Set aside the events whose tries are spent; returns them."""
    rows = connection.execute(
        f"""UPDATE domain_event e SET state = 'dead', leased_until = NULL
            WHERE state = 'new' AND tries >= {MOST_TRIES}
              AND (leased_until IS NULL OR leased_until <= clock_timestamp()) RETURNING {_COLUMNS}"""
    ).fetchall()
    return list(map(_event, rows))


def revive(connection: psycopg.Connection, event_id: int) -> bool:
    """Work a dead event again; whether there was such a one."""
    return bool(
        connection.execute(
            "UPDATE domain_event SET state = 'new', tries = 0, reason = '' WHERE id = %s AND state = 'dead'",
            [event_id],
        ).rowcount
    )


def is_waiting(connection: psycopg.Connection) -> bool:
    """Whether an event could be claimed (or buried) now."""
    row = connection.execute(
        "SELECT 1 FROM domain_event WHERE state = 'new'"
        " AND (leased_until IS NULL OR leased_until <= clock_timestamp()) LIMIT 1"
    ).fetchone()
    return row is not None


def dead(
    connection: psycopg.Connection, portfolio_id: int | None = None, most: int = 100
) -> list[dict[str, Any]]:
    """The dead letters, newest first: id, name, at, source, reference, tries, reason.

    Of a portfolio: those about its accounts, and those about none.
    """
    names = ("id", "name", "at", "source", "reference", "tries", "reason")
    rows: Iterable[tuple[Any, ...]] = connection.execute(
        f"""SELECT {", ".join(names)} FROM domain_event WHERE state = 'dead'
              AND (%(portfolio)s::int IS NULL OR cardinality(account_ids) = 0 OR EXISTS (
                  SELECT 1 FROM account a WHERE a.id = ANY(account_ids) AND a.portfolio_id = %(portfolio)s))
            ORDER BY id DESC LIMIT %(most)s""",
        {"portfolio": portfolio_id, "most": most},
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


_COLUMNS = (
    "e.id, e.name, e.at, e.source, e.reference, e.person_id, e.account_ids, e.amount, e.channel, e.intent,"
    " e.settled, e.body, e.tries"
)


def _event(row: tuple[Any, ...]) -> DomainEvent:
    return DomainEvent(
        id=row[0],
        name=EventName(row[1]),
        at=row[2],
        source=row[3],
        reference=row[4],
        person_id=row[5],
        account_ids=tuple(row[6]),
        amount=row[7],
        channel=None if row[8] is None else Channel(row[8]),
        intent=row[9],
        settled=row[10],
        body=row[11],
        tries=row[12],
    )
