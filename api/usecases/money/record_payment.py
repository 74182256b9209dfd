"""Records money that came in: the debt shrinks at once, what is queued about a paid one is taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from api.agreements.plan_policy import policy_of
from api.agreements.promise_messages import thank_for_payment
from api.clock import Clock
from engine.errors import BookError
from engine.vocabulary import EventKind, EventName
from storage.book_in.payments import AMOUNTS, OWED
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import note_event, revise_enrolments
from storage.invoice_payments import match_invoices
from storage.ledger import append_line
from storage.outbox.paid import withdraw_paid
from storage.person_lock import lock_persons
from storage.plan_payments import match_payments
from storage.promises import close_kept


@dataclass(frozen=True)
class PaymentIn:
    """One payment as its source tells it; (source, reference) is counted once. ``amount``: minor units.

    ``invoices`` are the numbers it is meant for, in their order; without them the oldest is paid first.
    Without ``thanks`` the person gets none: what a refund left of a payment is not new to them.
    """

    account_id: int
    source: str
    reference: str
    amount: int
    paid_at: datetime
    invoices: tuple[str, ...] = ()
    thanks: bool = True


@dataclass(frozen=True)
class PaymentRecorded:
    """What a payment did: nothing when it was known; else what is left to cure, and what was taken back.

    ``invoices`` are (number, amount) it was matched to, ``over`` what was paid beyond all that was owed,
    ``plans_kept`` the plans it completed; amounts in minor units.
    """

    is_new: bool
    amount_to_cure: int
    withdrawn: tuple[UUID, ...] = ()
    invoices: tuple[tuple[str, int], ...] = ()
    over: int = 0
    plans_kept: tuple[int, ...] = ()


def record_payment(database: Database, clock: Clock, payment: PaymentIn) -> PaymentRecorded:
    """Write a payment, its event and its consequences in one transaction."""
    if payment.amount <= 0:
        raise BookError(
            f"a payment of {payment.amount}", place=payment.reference, hint="send a reversal as a reversal"
        )
    now = clock.now()
    with database.connection() as connection:
        person_id, zone, settings = _account(connection, payment.account_id)
        lock_persons(connection, [person_id])
        payment_id = _insert(connection, payment)
        if payment_id is None:
            return PaymentRecorded(False, _left(connection, payment.account_id))
        over = _reduce(connection, payment, payment.paid_at.astimezone(ZoneInfo(zone)).date())
        invoices = match_invoices(connection, payment_id, payment.invoices)
        matched = match_payments(
            connection, [payment.account_id], now.astimezone(ZoneInfo(zone)).date(), now,
            core_days=policy_of(settings).core_days,
        )  # fmt: skip
        left = _left(connection, payment.account_id)
        note_event(
            connection, [payment.account_id], EventKind.PAYMENT, payment.paid_at, payment.source,
            payment.reference, {"amount": payment.amount},
        )  # fmt: skip
        revise_enrolments(connection, [payment.account_id])
        withdrawn = withdraw_paid(connection, [payment.account_id], now)
        kept = close_kept(connection, [payment.account_id], now)
        _tell(connection, payment, payment_id, person_id, now)
        body = {
            "amount": payment.amount,
            "source": payment.source,
            "reference": payment.reference,
            "left": left,
            "over": over,
            "invoices": dict(invoices),
            "plans_kept": list(matched.kept),
            "promises_kept": [promise.id for promise in kept],
            "withdrawn": [str(message_id) for message_id in withdrawn],
        }
        append_line(connection, now, "payment.recorded", f"account:{payment.account_id}", body)
    return PaymentRecorded(True, left, tuple(withdrawn), tuple(invoices), over, matched.kept)


def _tell(
    connection: psycopg.Connection, payment: PaymentIn, payment_id: int, person_id: int, now: datetime
) -> None:
    """What is left to react to, and the thanks the person gets."""
    event = DomainEvent(
        EventName.PAYMENT, payment.paid_at, payment.source, payment.reference, person_id,
        (payment.account_id,), amount=payment.amount,
    )  # fmt: skip
    post(connection, event)
    if payment.thanks:
        thank_for_payment(connection, payment_id, payment.account_id, person_id, now)


def _account(connection: psycopg.Connection, account_id: int) -> tuple[int, str, dict[str, Any]]:
    """Person of an account, and time zone and settings of its portfolio."""
    row = connection.execute(
        "SELECT a.person_id, p.timezone, p.settings FROM account a JOIN portfolio p ON p.id = a.portfolio_id"
        " WHERE a.id = %s",
        [account_id],
    ).fetchone()
    if row is None:
        raise BookError(f"no account {account_id}", code="book.unknown_account")
    return row[0], row[1], row[2]


def _insert(connection: psycopg.Connection, payment: PaymentIn) -> int | None:
    """The number of a new payment; ``None`` when it is known."""
    row = connection.execute(
        "INSERT INTO payment (account_id, source, reference, amount, paid_at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (source, reference) DO NOTHING RETURNING id",
        [payment.account_id, payment.source, payment.reference, payment.amount, payment.paid_at],
    ).fetchone()
    return None if row is None else int(row[0])


def _reduce(connection: psycopg.Connection, payment: PaymentIn, paid_on: date) -> int:
    """Take the payment off what is owed: what was paid beyond it. The core's next load splits it."""
    row = connection.execute(
        f"""
        WITH owed AS (SELECT id, load_id, {_NAMES} FROM account WHERE id = %(account)s FOR UPDATE),
        kept AS (
            UPDATE payment p SET load_id = owed.load_id, taken = jsonb_build_object({_TAKEN}), over = {_OVER}
            FROM owed WHERE (p.source, p.reference) = (%(source)s, %(reference)s))
        UPDATE account a SET {_LESS},
            paid_30d = paid_30d + %(amount)s, last_payment_on = greatest(last_payment_on, %(on)s),
            revision = revision + 1
        FROM owed WHERE a.id = owed.id RETURNING {_OVER}
        """,
        {
            "amount": payment.amount,
            "on": paid_on,
            "account": payment.account_id,
            "source": payment.source,
            "reference": payment.reference,
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


_NAMES = ", ".join(AMOUNTS)
_OVER = f"greatest(0, %(amount)s - {OWED.format('owed.')})"
_LESS = ", ".join(f"{name} = a.{name} - least(a.{name}, %(amount)s)" for name in AMOUNTS)
_TAKEN = ", ".join(
    f"'{name}', CASE WHEN owed.{name} IS NOT NULL THEN least(owed.{name}, %(amount)s) END" for name in AMOUNTS
)
"""What the payment takes off each amount: a reversal gives it back."""


def _left(connection: psycopg.Connection, account_id: int) -> int:
    row = connection.execute("SELECT amount_to_cure FROM account WHERE id = %s", [account_id]).fetchone()
    return int(row[0]) if row else 0
