"""Records money that came in: the debt shrinks at once, what is queued about a paid one is taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from engine.errors import BookError
from engine.vocabulary import EventKind, Purpose
from storage.database import Database
from storage.events import note_event, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons
from storage.terms import vocabulary


@dataclass(frozen=True)
class PaymentIn:
    """One payment as its source tells it; (source, reference) is counted once. ``amount``: minor units."""

    account_id: int
    source: str
    reference: str
    amount: int
    paid_at: datetime


@dataclass(frozen=True)
class PaymentRecorded:
    """What a payment did: nothing when it was known; else what is left to cure, and what was taken back."""

    is_new: bool
    amount_to_cure: int
    withdrawn: tuple[UUID, ...] = ()


def record_payment(database: Database, clock: Clock, payment: PaymentIn) -> PaymentRecorded:
    """Write a payment, its event and its consequences in one transaction."""
    if payment.amount <= 0:
        raise BookError(
            f"a payment of {payment.amount}", place=payment.reference, hint="send a reversal as a reversal"
        )
    now = clock.now()
    with database.connection() as connection:
        person_id, currency, zone, minimums = _account(connection, payment.account_id)
        lock_persons(connection, [person_id])
        if not _insert(connection, payment):
            return PaymentRecorded(False, _left(connection, payment.account_id))
        left, instalment = _reduce(connection, payment, payment.paid_at.astimezone(ZoneInfo(zone)).date())
        note_event(
            connection, [payment.account_id], EventKind.PAYMENT, payment.paid_at, payment.source,
            payment.reference, {"amount": payment.amount},
        )  # fmt: skip
        revise_enrolments(connection, [payment.account_id])
        settled = _settled_purposes(left, instalment, minimums.get(currency, 0))
        withdrawn = withdraw_accounts(connection, [payment.account_id], reasons.PAID, now, settled)
        body = {
            "amount": payment.amount,
            "source": payment.source,
            "reference": payment.reference,
            "left": left,
            "withdrawn": [str(message_id) for message_id in withdrawn],
        }
        append_line(connection, now, "payment.recorded", f"account:{payment.account_id}", body)
    return PaymentRecorded(True, left, tuple(withdrawn))


def _account(connection: psycopg.Connection, account_id: int) -> tuple[int, str, str, dict[str, int]]:
    """Person, ISO currency, time zone and the least amounts worth working."""
    row = connection.execute(
        "SELECT a.person_id, a.currency, p.timezone, p.settings FROM account a"
        " JOIN portfolio p ON p.id = a.portfolio_id WHERE a.id = %s",
        [account_id],
    ).fetchone()
    if row is None:
        raise BookError(f"no account {account_id}", code="book.unknown_account")
    words = vocabulary(connection, "currency")
    currency = words[row[1]] if row[1] < len(words) else ""
    return row[0], currency, row[2], row[3].get("minimum_worth_working", {})


def _insert(connection: psycopg.Connection, payment: PaymentIn) -> bool:
    return bool(
        connection.execute(
            "INSERT INTO payment (account_id, source, reference, amount, paid_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (source, reference) DO NOTHING",
            [payment.account_id, payment.source, payment.reference, payment.amount, payment.paid_at],
        ).rowcount
    )


def _reduce(connection: psycopg.Connection, payment: PaymentIn, paid_on: date) -> tuple[int, int]:
    """Take the payment off what is owed: arrears and instalment left. The core's next load splits it."""
    row = connection.execute(
        """
        UPDATE account SET amount_to_cure = greatest(amount_to_cure - %(amount)s, 0),
            outstanding_balance = greatest(outstanding_balance - %(amount)s, 0),
            minimum_payment = greatest(minimum_payment - %(amount)s, 0),
            payoff_amount = greatest(payoff_amount - %(amount)s, 0),
            paid_30d = paid_30d + %(amount)s, last_payment_on = greatest(last_payment_on, %(on)s),
            revision = revision + 1
        WHERE id = %(account)s RETURNING amount_to_cure, coalesce(minimum_payment, 0)
        """,
        {"amount": payment.amount, "on": paid_on, "account": payment.account_id},
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _settled_purposes(left: int, instalment: int, minimum: int) -> set[Purpose]:
    """What there is no longer a reason to write for; a reminder is about the instalment, not the arrears."""
    settled: set[Purpose] = set()
    if left <= minimum:
        settled |= {Purpose.COLLECTION, Purpose.NOTICE}
    if max(left, instalment) <= minimum:
        settled.add(Purpose.REMINDER)
    return settled


def _left(connection: psycopg.Connection, account_id: int) -> int:
    row = connection.execute("SELECT amount_to_cure FROM account WHERE id = %s", [account_id]).fetchone()
    return int(row[0]) if row else 0
