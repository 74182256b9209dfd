"""Payment links in the tables: asked for, live, paid or given up; at most one open for a purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

OPENING, LIVE, PAID, EXPIRED = "opening", "live", "paid", "expired"
SUPERSEDED, REFUSED, REVERSED = "superseded", "refused", "reversed"
STATES = (OPENING, LIVE, PAID, EXPIRED, SUPERSEDED, REFUSED, REVERSED)

_COLUMNS = """id, portfolio_id, person_id, purpose, provider, provider_id, url, amount, currency, account_ids,
amounts, description, return_url, state, reason, paid, made_at, expires_at, closed_at, by"""


@dataclass(frozen=True)
class PaymentLink:
    """One link as it stands; money in minor units of ``currency``, ``amounts`` beside ``account_ids``."""

    id: UUID
    portfolio_id: int
    person_id: int
    purpose: str
    provider: str
    provider_id: str
    url: str
    amount: int
    currency: str
    account_ids: list[int]
    amounts: list[int]
    description: str
    return_url: str
    state: str
    reason: str
    paid: int
    made_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    by: str

    @property
    def reference(self) -> str:
        """Our name of it at the provider."""
        return self.id.hex


def insert(connection: psycopg.Connection, link: PaymentLink) -> None:
    """Write a link before its provider is asked; whoever holds the person's lock is the only one."""
    marks = ", ".join(f"%({name.strip()})s" for name in _COLUMNS.split(","))
    connection.execute(f"INSERT INTO payment_link ({_COLUMNS}) VALUES ({marks})", vars(link))


def find(connection: psycopg.Connection, link_id: UUID) -> PaymentLink | None:
    """The link with an id."""
    return _one(connection, "id = %s", [link_id])


def find_by_reference(connection: psycopg.Connection, reference: str) -> PaymentLink | None:
    """The link a provider brings back by our reference; ``None`` for a reference that is none of ours."""
    try:
        return find(connection, UUID(hex=reference))
    except ValueError:
        return None


def find_by_provider(connection: psycopg.Connection, provider: str, provider_id: str) -> PaymentLink | None:
    """The link a provider calls so."""
    return _one(connection, "provider = %s AND provider_id = %s", [provider, provider_id])


def open_for(connection: psycopg.Connection, portfolio_id: int, purpose: str) -> PaymentLink | None:
    """The one link that is open for a purpose."""
    return _one(
        connection,
        f"portfolio_id = %s AND purpose = %s AND state IN ('{OPENING}', '{LIVE}')",
        [portfolio_id, purpose],
    )


def listed(
    connection: psycopg.Connection,
    portfolio_id: int,
    account_id: int | None,
    state: str | None,
    before: tuple[str, UUID] | None,
    most: int,
) -> list[PaymentLink]:
    """Links of a portfolio, the newest first, from before a place."""
    with connection.cursor(row_factory=class_row(PaymentLink)) as cursor:
        return cursor.execute(
            f"""SELECT {_COLUMNS} FROM payment_link WHERE portfolio_id = %(portfolio)s
                AND (%(account)s::bigint IS NULL OR account_ids @> ARRAY[%(account)s::bigint])
                AND (%(state)s::text IS NULL OR state = %(state)s)
                AND (%(at)s::timestamptz IS NULL OR (made_at, id) < (%(at)s, %(id)s))
                ORDER BY made_at DESC, id DESC LIMIT %(most)s""",
            {
                "portfolio": portfolio_id,
                "account": account_id,
                "state": state,
                "at": before[0] if before else None,
                "id": before[1] if before else None,
                "most": most,
            },
        ).fetchall()


def numbers_of(connection: psycopg.Connection, links: Sequence[PaymentLink]) -> dict[int, str]:
    """The numbers of the accounts some links are for, by their ids."""
    ids = sorted({account_id for link in links for account_id in link.account_ids})
    return dict(connection.execute("SELECT id, number FROM account WHERE id = ANY(%s)", [ids]).fetchall())


def go_live(connection: psycopg.Connection, link_id: UUID, url: str, provider_id: str) -> bool:
    """The provider has made the page; whether this was the first to say so."""
    return bool(
        connection.execute(
            "UPDATE payment_link SET state = %s, url = %s, provider_id = %s, provider_open = true"
            " WHERE id = %s AND state = %s",
            [LIVE, url, provider_id, link_id, OPENING],
        ).rowcount
    )


def give_up(
    connection: psycopg.Connection, link_ids: Sequence[UUID], state: str, reason: str, at: datetime
) -> list[UUID]:
    """Open links are open no more; those that were."""
    rows = connection.execute(
        "UPDATE payment_link SET state = %s, reason = %s, closed_at = %s"
        f" WHERE id = ANY(%s) AND state IN ('{OPENING}', '{LIVE}') RETURNING id",
        [state, reason, at, list(link_ids)],
    ).fetchall()
    return [row[0] for row in rows]


def closed_at_provider(connection: psycopg.Connection, link_id: UUID) -> None:
    """The provider takes no money on it any more."""
    connection.execute("UPDATE payment_link SET provider_open = false WHERE id = %s", [link_id])


def book(connection: psycopg.Connection, link_id: UUID, at: datetime) -> None:
    """Count what is booked of a link's charges, and say what that makes of it."""
    connection.execute(
        f"""UPDATE payment_link l SET paid = came.booked,
            state = CASE WHEN came.booked >= l.amount THEN '{PAID}'
                         WHEN l.state = '{PAID}' THEN '{REVERSED}' ELSE l.state END,
            closed_at = CASE WHEN came.booked >= l.amount THEN coalesce(l.closed_at, %(at)s)
                             ELSE l.closed_at END
            FROM (SELECT coalesce(sum(booked), 0)::bigint AS booked FROM payment_charge
                  WHERE link_id = %(link)s AND currency = (SELECT currency FROM payment_link
                                                           WHERE id = %(link)s)) came
            WHERE l.id = %(link)s""",
        {"link": link_id, "at": at},
    )


def expired(connection: psycopg.Connection, now: datetime) -> list[PaymentLink]:
    """Open links whose time is over."""
    return _all(connection, f"state IN ('{OPENING}', '{LIVE}') AND expires_at <= %s", [now])


def outgrown(connection: psycopg.Connection) -> list[PaymentLink]:
    """Live links that ask for more than one of their accounts owes by now."""
    return _all(
        connection,
        f"""state = '{LIVE}' AND EXISTS (
            SELECT 1 FROM unnest(account_ids, amounts) AS part(account_id, amount)
            JOIN account a ON a.id = part.account_id
            WHERE part.amount > greatest(a.amount_to_cure, a.outstanding_balance, a.payoff_amount, 0))""",
        [],
    )


def any_to_retire(connection: psycopg.Connection, now: datetime) -> bool:
    """Whether any link is over, outgrown, or to be closed at its provider."""
    return bool(expired(connection, now) or outgrown(connection) or to_close(connection))


def to_close(connection: psycopg.Connection) -> list[PaymentLink]:
    """Links given up whose page may still take money."""
    return _all(connection, f"provider_open AND state = '{SUPERSEDED}'", [])


def _one(connection: psycopg.Connection, condition: str, values: Sequence[object]) -> PaymentLink | None:
    return next(iter(_all(connection, condition, values)), None)


def _all(connection: psycopg.Connection, condition: str, values: Sequence[object]) -> list[PaymentLink]:
    with connection.cursor(row_factory=class_row(PaymentLink)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM payment_link WHERE {condition} ORDER BY made_at, id", values
        ).fetchall()
