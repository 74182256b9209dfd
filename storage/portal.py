"""What the portal reads of a person and a creditor: who they are, what they owe, and the identity step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from storage.person_keys import keys_of
from storage.personal import names_of


@dataclass(frozen=True)
class Visitor:
    """A person at the portal of a creditor.

    ``settings`` and ``timezone`` are of the portfolio of their newest account there; ``erased`` when their
    data were destroyed. ``denied`` and ``consented`` are bit sets of channels, ``stops`` of reasons.
    """

    person_id: int
    creditor_id: int
    creditor: str
    name: str
    language: str
    country: str
    timezone: str
    settings: Mapping[str, Any]
    identity_index: bytes
    stops: int
    reachable: int
    denied: int
    consented: int
    erased: bool


@dataclass(frozen=True)
class DebtShown:
    """One debt as its debtor sees it; money in minor units of ``currency``."""

    account_id: int
    portfolio_id: int
    number: str
    product: str
    currency: str
    account_status: int
    due_on: date | None
    amount_to_cure: int
    minimum_payment: int | None
    payoff_amount: int | None
    outstanding_balance: int
    amount_as_of: date | None
    promise_open: bool
    promise_amount: int | None
    promise_due_on: date | None
    promises_broken_90d: int
    on_plan: bool
    dispute_open: bool
    complaint_open: bool
    hold_kinds: int
    settings: Mapping[str, Any]
    timezone: str
    country: str

    @property
    def is_paid(self) -> bool:
        """Whether nothing is owed any more."""
        return self.amount_to_cure <= 0 and self.outstanding_balance <= 0


@dataclass(frozen=True, slots=True)
class InvoiceShown:
    """An open invoice; money in minor units of its account's currency."""

    account_id: int
    number: str
    due_on: date
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class Door:
    """How a person stands at the identity step: wrong answers in a row, and from when on links count."""

    wrong: int = 0
    locked_until: datetime | None = None
    valid_from: datetime | None = None


def visitor_of(connection: psycopg.Connection, person_id: int, creditor_id: int) -> Visitor | None:
    """The person at the portal of a creditor; ``None`` where there is no such person or creditor."""
    with connection.cursor(row_factory=class_row(Visitor)) as cursor:
        found = cursor.execute(
            """SELECT p.id AS person_id, c.id AS creditor_id, c.name AS creditor, p.name, p.language,
                   coalesce(place.country, c.country) AS country,
                   coalesce(f.timezone, 'UTC') AS timezone, coalesce(f.settings, '{}') AS settings,
                   p.identity_index, p.stops, p.reachable_channels AS reachable, p.denied_channels AS denied,
                   p.consented_channels AS consented, p.name = '' AS erased
               FROM person p JOIN creditor c ON c.id = %(creditor)s
               LEFT JOIN place ON place.id = p.place_id
               LEFT JOIN LATERAL (SELECT portfolio_id FROM account WHERE person_id = p.id
                   AND creditor_id = c.id ORDER BY id DESC LIMIT 1) AS newest ON true
               LEFT JOIN portfolio f ON f.id = newest.portfolio_id
               WHERE p.id = %(person)s""",
            {"person": person_id, "creditor": creditor_id},
        ).fetchone()
    if found is None:
        return None
    has_key = bool(keys_of(connection, [found.identity_index]))
    (name,) = names_of(connection, [(person_id, found.name)])
    return replace(found, name=name, erased=found.erased and not has_key)


def debts_of(connection: psycopg.Connection, person_id: int, creditor_id: int) -> list[DebtShown]:
    """Every debt of the person with the creditor: the oldest due first, those paid last."""
    with connection.cursor(row_factory=class_row(DebtShown)) as cursor:
        return cursor.execute(
            """SELECT a.id AS account_id, a.portfolio_id, a.number, coalesce(product.word, '') AS product,
                   coalesce(currency.word, '') AS currency, a.account_status,
                   coalesce(a.effective_due_on, a.due_on) AS due_on, a.amount_to_cure, a.minimum_payment,
                   a.payoff_amount, a.outstanding_balance, a.amount_as_of, a.promise_open, a.promise_amount,
                   a.promise_due_on, a.promises_broken_90d, a.on_plan, a.dispute_open, a.complaint_open,
                   a.hold_kinds, f.settings, f.timezone, f.country
               FROM account a JOIN portfolio f ON f.id = a.portfolio_id
               LEFT JOIN term product ON product.kind = 'product' AND product.code = a.product
               LEFT JOIN term currency ON currency.kind = 'currency' AND currency.code = a.currency
               WHERE a.person_id = %s AND a.creditor_id = %s
               ORDER BY a.amount_to_cure <= 0 AND a.outstanding_balance <= 0, due_on NULLS LAST, a.id""",
            [person_id, creditor_id],
        ).fetchall()


def open_invoices_of(connection: psycopg.Connection, account_id: int) -> list[InvoiceShown]:
    """The open invoices of a debt, the oldest first."""
    with connection.cursor(row_factory=class_row(InvoiceShown)) as cursor:
        return cursor.execute(
            "SELECT account_id, number, due_on, amount, balance FROM invoice"
            " WHERE account_id = %s AND balance > 0 ORDER BY due_on, number",
            [account_id],
        ).fetchall()


def door_of(connection: psycopg.Connection, person_id: int, creditor_id: int, *, lock: bool = False) -> Door:
    """How the person stands at the door; ``lock`` keeps others from answering until the transaction ends."""
    if lock:
        connection.execute(
            "INSERT INTO portal_access (person_id, creditor_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [person_id, creditor_id],
        )
    with connection.cursor(row_factory=class_row(Door)) as cursor:
        found = cursor.execute(
            "SELECT wrong, locked_until, valid_from FROM portal_access WHERE (person_id, creditor_id)"
            f" = (%s, %s) {'FOR UPDATE' if lock else ''}",
            [person_id, creditor_id],
        ).fetchone()
    return found or Door()


def note_wrong(
    connection: psycopg.Connection,
    person_id: int,
    creditor_id: int,
    wrong: int,
    locked_until: datetime | None,
) -> None:
    """Count a wrong answer."""
    connection.execute(
        "UPDATE portal_access SET wrong = %s, locked_until = %s WHERE (person_id, creditor_id) = (%s, %s)",
        [wrong, locked_until, person_id, creditor_id],
    )


def note_entry(connection: psycopg.Connection, person_id: int, creditor_id: int, at: datetime) -> None:
    """The person answered right."""
    connection.execute(
        "UPDATE portal_access SET wrong = 0, locked_until = NULL, entered_at = %s"
        " WHERE (person_id, creditor_id) = (%s, %s)",
        [at, person_id, creditor_id],
    )


def supersede(connection: psycopg.Connection, person_id: int, creditor_id: int, at: datetime) -> None:
    """Links issued before an instant no longer open; the door is unlocked."""
    connection.execute(
        "INSERT INTO portal_access (person_id, creditor_id, valid_from) VALUES (%s, %s, %s)"
        " ON CONFLICT (person_id, creditor_id) DO UPDATE SET valid_from = EXCLUDED.valid_from,"
        " wrong = 0, locked_until = NULL",
        [person_id, creditor_id, at],
    )
