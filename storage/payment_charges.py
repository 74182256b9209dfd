"""Payments as their providers last told them, and what of each stands in the book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class ChargeRow:
    """One payment; money in minor units of ``currency``. ``generation`` counts the times it was booked."""

    provider: str
    charge_id: str
    link_id: UUID
    state: str
    amount: int
    currency: str
    refunded: int
    booked: int
    generation: int
    paid_at: datetime
    seen_at: datetime


_COLUMNS = """provider, charge_id, link_id, state, amount, currency, refunded, booked, generation, paid_at,
seen_at"""


def note(connection: psycopg.Connection, row: ChargeRow) -> ChargeRow:
    """Keep what the provider says now; what is booked, and how often it was, stays."""
    marks = ", ".join(f"%({name.strip()})s" for name in _COLUMNS.split(","))
    with connection.cursor(row_factory=class_row(ChargeRow)) as cursor:
        kept = cursor.execute(
            f"INSERT INTO payment_charge ({_COLUMNS}) VALUES ({marks})"
            " ON CONFLICT (provider, charge_id) DO UPDATE SET state = excluded.state,"
            " amount = excluded.amount, refunded = excluded.refunded, paid_at = excluded.paid_at,"
            f" seen_at = excluded.seen_at RETURNING {_COLUMNS}",
            vars(row),
        ).fetchone()
    assert kept is not None  # an upsert returns its row
    return kept


def find(connection: psycopg.Connection, provider: str, charge_id: str) -> ChargeRow | None:
    """One payment of a provider."""
    with connection.cursor(row_factory=class_row(ChargeRow)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM payment_charge WHERE provider = %s AND charge_id = %s",
            [provider, charge_id],
        ).fetchone()


def of_links(connection: psycopg.Connection, link_ids: Sequence[UUID]) -> list[ChargeRow]:
    """The payments made on some links, the oldest first."""
    with connection.cursor(row_factory=class_row(ChargeRow)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM payment_charge WHERE link_id = ANY(%s) ORDER BY paid_at, charge_id",
            [list(link_ids)],
        ).fetchall()


def standing(
    connection: psycopg.Connection, source: str, references: Sequence[str]
) -> tuple[list[tuple[str, int]], bool]:
    """The payments with these references that were not taken back, and whether any was ever written."""
    rows = connection.execute(
        "SELECT reference, amount, reversed_at FROM payment WHERE source = %s AND reference = ANY(%s)"
        " ORDER BY id",
        [source, list(references)],
    ).fetchall()
    return [(reference, amount) for reference, amount, reversed_at in rows if reversed_at is None], bool(rows)


def begin_generation(connection: psycopg.Connection, row: ChargeRow, generation: int) -> None:
    """The next references its money is written under."""
    connection.execute(
        "UPDATE payment_charge SET generation = %s WHERE provider = %s AND charge_id = %s",
        [generation, row.provider, row.charge_id],
    )


def booked(connection: psycopg.Connection, row: ChargeRow, amount: int) -> None:
    """What stands in the book of it now."""
    connection.execute(
        "UPDATE payment_charge SET booked = %s WHERE provider = %s AND charge_id = %s",
        [amount, row.provider, row.charge_id],
    )
