"""Webhooks out: which system hears of which event, and the deliveries that wait, were taken or gave up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.domain_events import DomainEvent

PAUSES_S = (5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400)
"""Seconds to the next try after each failed one; after the last the delivery is dead."""


@dataclass(frozen=True)
class Endpoint:
    """Where a system listens: ``events`` empty is every event, ``portfolio_id`` ``None`` every portfolio."""

    id: int
    portfolio_id: int | None
    url: str
    secret: str
    events: list[str]
    active: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: int
    endpoint_id: int
    event: str
    body: dict[str, Any]
    state: str
    tries: int
    next_at: datetime
    status: int | None
    reason: str
    created_at: datetime
    url: str
    secret: str


def fan_out(connection: psycopg.Connection, event: DomainEvent, portfolio_ids: Collection[int]) -> int:
    """Put an event on its way to every endpoint that wants it, in the caller's transaction; how many."""
    endpoints = connection.execute(
        "SELECT id FROM webhook_endpoint WHERE active AND (portfolio_id IS NULL OR portfolio_id = ANY(%s))"
        " AND (cardinality(events) = 0 OR %s = ANY(events))",
        [sorted(portfolio_ids), event.name.value],
    ).fetchall()
    if not endpoints:
        return 0
    body = Jsonb(
        {"type": event.name.value, "timestamp": event.at.isoformat(), "data": _told(connection, event)}
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO webhook_delivery (endpoint_id, event, body) VALUES (%s, %s, %s)",
            [(endpoint, event.name.value, body) for (endpoint,) in endpoints],
        )
    return len(endpoints)


def _told(connection: psycopg.Connection, event: DomainEvent) -> dict[str, Any]:
    """What others may know of an event: account numbers, amounts and states; no words, no addresses."""
    rows = connection.execute(
        "SELECT a.number, p.key FROM account a JOIN portfolio p ON p.id = a.portfolio_id"
        " WHERE a.id = ANY(%s) ORDER BY a.id",
        [list(event.account_ids)],
    ).fetchall()
    told = {
        "event": event.id,
        "source": event.source,
        "accounts": [{"portfolio": key, "number": number} for number, key in rows],
        "amount": event.amount,
        "channel": event.channel.word if event.channel else None,
        "intent": event.intent or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def claim_due(connection: psycopg.Connection, most: int) -> list[Delivery]:
    """Deliveries that are due, each put off by a minute so that nobody else takes it meanwhile."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            f"""WITH due AS (
                    SELECT id FROM webhook_delivery WHERE state = 'due' AND next_at <= clock_timestamp()
                    ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED)
                UPDATE webhook_delivery d SET next_at = clock_timestamp() + interval '1 minute',
                    tries = tries + 1
                FROM due, webhook_endpoint e WHERE d.id = due.id AND e.id = d.endpoint_id AND e.active
                RETURNING {_COLUMNS}""",
            [most],
        ).fetchall()


def settle(connection: psycopg.Connection, delivery: Delivery, status: int | None, reason: str = "") -> str:
    """Write what became of one try: ``delivered``, ``due`` again, or ``dead``; returns which."""
    pause = PAUSES_S[delivery.tries - 1] if delivery.tries <= len(PAUSES_S) else None
    state = "delivered" if not reason else "due" if pause is not None else "dead"
    connection.execute(
        """UPDATE webhook_delivery SET state = %(state)s, status = %(status)s, reason = %(reason)s,
               next_at = clock_timestamp() + make_interval(secs => %(pause)s),
               settled_at = CASE WHEN %(state)s <> 'due' THEN clock_timestamp() END
           WHERE id = %(id)s""",
        {"state": state, "status": status, "reason": reason[:500], "pause": pause or 0, "id": delivery.id},
    )
    return state


def is_due(connection: psycopg.Connection) -> bool:
    """Whether a delivery waits for its next try."""
    row = connection.execute(
        "SELECT 1 FROM webhook_delivery WHERE state = 'due' AND next_at <= clock_timestamp() LIMIT 1"
    ).fetchone()
    return row is not None


def dead_letters(connection: psycopg.Connection, portfolio_ids: Collection[int] | None) -> list[Delivery]:
    """Deliveries that gave up, the newest first; of some portfolios, or of all."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id"
            " WHERE d.state = 'dead' AND (%(all)s OR e.portfolio_id = ANY(%(some)s))"
            " ORDER BY d.id DESC LIMIT 200",
            {"all": portfolio_ids is None, "some": sorted(portfolio_ids or ())},
        ).fetchall()


def try_again(connection: psycopg.Connection, delivery_id: int) -> bool:
    """Give a dead delivery all its tries again; whether there was such a one."""
    return bool(
        connection.execute(
            "UPDATE webhook_delivery SET state = 'due', tries = 0, next_at = clock_timestamp(),"
            " settled_at = NULL WHERE id = %s AND state = 'dead'",
            [delivery_id],
        ).rowcount
    )


def add_endpoint(
    connection: psycopg.Connection,
    portfolio_id: int | None,
    url: str,
    secret: str,
    events: Sequence[str],
    by: str,
) -> int:
    """Let a system hear of events; the endpoint's id."""
    row = connection.execute(
        "INSERT INTO webhook_endpoint (portfolio_id, url, secret, events, created_by)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [portfolio_id, url, secret, list(events), by],
    ).fetchone()
    assert row is not None
    return int(row[0])


def endpoints(connection: psycopg.Connection, portfolio_id: int | None) -> Iterable[Endpoint]:
    """The endpoints of a portfolio (``None``: those of every portfolio), switched off ones too."""
    with connection.cursor(row_factory=class_row(Endpoint)) as cursor:
        return cursor.execute(
            "SELECT id, portfolio_id, url, secret, events, active, created_by, created_at"
            " FROM webhook_endpoint WHERE portfolio_id IS NOT DISTINCT FROM %s ORDER BY id",
            [portfolio_id],
        ).fetchall()


def switch_off(connection: psycopg.Connection, endpoint_id: int, portfolio_id: int | None) -> bool:
    """Tell an endpoint nothing more; whether it was on."""
    return bool(
        connection.execute(
            "UPDATE webhook_endpoint SET active = false WHERE id = %s AND active"
            " AND portfolio_id IS NOT DISTINCT FROM %s",
            [endpoint_id, portfolio_id],
        ).rowcount
    )


_COLUMNS = (
    "d.id, d.endpoint_id, d.event, d.body, d.state, d.tries, d.next_at, d.status, d.reason, d.created_at,"
    " e.url, e.secret"
)
