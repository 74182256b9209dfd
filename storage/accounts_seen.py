"""Accounts with their people, as screens show them: amounts, states and whom they belong to."""

from dataclasses import dataclass, replace
from datetime import date

import psycopg
from psycopg.rows import class_row

from storage.personal import addresses_of, names_of


@dataclass(frozen=True)
class AccountSeen:
    """One account; money in minor units of ``currency``, ``hold_kinds`` and ``stops`` as bit sets."""

    id: int
    number: str
    person_id: int
    person: str
    product: str
    currency: str
    account_status: int
    effective_due_on: date | None
    amount_to_cure: int
    minimum_payment: int | None
    payoff_amount: int | None
    outstanding_balance: int
    amount_as_of: date | None
    last_payment_on: date | None
    promise_open: bool
    promise_amount: int | None
    promise_due_on: date | None
    dispute_open: bool
    complaint_open: bool
    hold_kinds: int
    stops: int
    missing: bool
    country: str


@dataclass(frozen=True)
class ContactSeen:
    """A phone or mailbox of a person."""

    kind: str
    value: str
    verified: bool
    status: str


_ACCOUNT = """SELECT a.id, a.number, a.person_id, p.name AS person, coalesce(product.word, '') AS product,
       coalesce(currency.word, '') AS currency, a.account_status, a.effective_due_on, a.amount_to_cure,
       a.minimum_payment, a.payoff_amount, a.outstanding_balance, a.amount_as_of, a.last_payment_on,
       a.promise_open, a.promise_amount, a.promise_due_on, a.dispute_open, a.complaint_open, a.hold_kinds,
       p.stops, a.missing, coalesce(place.country, '') AS country
FROM account a JOIN person p ON p.id = a.person_id
LEFT JOIN place ON place.id = p.place_id
LEFT JOIN term product ON product.kind = 'product' AND product.code = a.product
LEFT JOIN term currency ON currency.kind = 'currency' AND currency.code = a.currency"""


def accounts_where(
    connection: psycopg.Connection, portfolio_id: int, condition: str, value: object, most: int
) -> list[AccountSeen]:
    """Accounts of a portfolio that meet a condition of the code on ``%(value)s``, by number."""
    with connection.cursor(row_factory=class_row(AccountSeen)) as cursor:
        found = cursor.execute(
            f"{_ACCOUNT} WHERE a.portfolio_id = %(portfolio)s AND {condition}"
            " ORDER BY a.number LIMIT %(most)s",
            {"portfolio": portfolio_id, "value": value, "most": most},
        ).fetchall()
    names = names_of(connection, [(one.person_id, one.person) for one in found])
    return [replace(one, person=name) for one, name in zip(found, names, strict=True)]


def accounts_page(
    connection: psycopg.Connection, portfolio_id: int, after: str, most: int
) -> list[AccountSeen]:
    """Accounts in the order of their numbers, from behind one."""
    return accounts_where(connection, portfolio_id, "a.number > %(value)s", after, most)


def contacts_of(connection: psycopg.Connection, person_id: int) -> list[ContactSeen]:
    """The phones and mailboxes of a person."""
    return [
        ContactSeen(one.kind, one.value, one.verified, one.status)
        for one in addresses_of(connection, [person_id])
    ]
