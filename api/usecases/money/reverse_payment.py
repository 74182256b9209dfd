"""Takes a payment back: its money is owed again, and the enrolment it ended opens with the next date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import psycopg

from api.agreements.plan_policy import policy_of
from api.clock import Clock
from engine.errors import BookError
from engine.vocabulary import EventName
from storage.book_in.payments import AMOUNTS
from storage.book_in.reversals import Reversed, save_reversals
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons
from storage.plan_payments import match_payments
from storage.reopening import to_reopen


@dataclass(frozen=True)
class ReversalIn:
    """The payment that was taken back, by its source and reference, and when.

    ``amounts`` are what the core says is owed now, in minor units by name (``amount_to_cure``,
    ``minimum_payment``, ``payoff_amount``, ``outstanding_balance``); without them the account gets back
    what the payment took off.
    """

    source: str
    reference: str
    reversed_at: datetime
    amounts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PaymentReversed:
    """What a reversal did: nothing when it was known.

    ``promise`` is what became of the promise the payment had served: empty, ``made``,
    ``partially_kept`` or ``broken``. ``reopens`` are the enrolments the next date opens again, ``plans``
    the kept ones that stand again.
    """

    is_new: bool
    account_id: int
    amount_to_cure: int
    promise: str = ""
    reopens: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()


def reverse_payment(database: Database, clock: Clock, reversal: ReversalIn) -> PaymentReversed:
    """Write a reversal and its consequences in one transaction; ``BookError`` for an unknown payment."""
    _check(reversal)
    now = clock.now()
    with database.connection() as connection:
        account_id, person_id, portfolio_id, zone, settings = _payment(connection, reversal)
        lock_persons(connection, [person_id])
        today = now.astimezone(ZoneInfo(zone)).date()
        done = save_reversals(connection, portfolio_id, _frame(reversal), zone, today)
        if not done:
            return PaymentReversed(False, account_id, _left(connection, account_id))
        plans = match_payments(
            connection, [account_id], today, now, core_days=policy_of(settings).core_days
        ).reopened
        revise_enrolments(connection, [account_id])
        reopens = tuple(to_reopen(connection, [account_id]))
        event = DomainEvent(
            EventName.PAYMENT_REVERSED, reversal.reversed_at, reversal.source, reversal.reference, person_id,
            (account_id,), amount=done[0].amount,
        )  # fmt: skip
        post(connection, event)
        append_line(
            connection,
            now,
            "payment.reversed",
            f"account:{account_id}",
            _told(reversal, done[0], reopens, today) | {"plans": list(plans)},
        )
        left = _left(connection, account_id)
    return PaymentReversed(True, account_id, left, done[0].promise, reopens, plans)


def _check(reversal: ReversalIn) -> None:
    strange = [name for name, amount in reversal.amounts.items() if name not in AMOUNTS or amount < 0]
    if strange:
        raise BookError(
            f"a reversal cannot say {strange[0]} = {reversal.amounts[strange[0]]}",
            place=reversal.reference,
            hint=", ".join(AMOUNTS),
            code="reversal.amount",
        )


def _payment(connection: psycopg.Connection, reversal: ReversalIn) -> tuple[int, int, int, str, Any]:
    """Account, person and portfolio of the payment, with the portfolio's time zone and settings."""
    row = connection.execute(
        "SELECT a.id, a.person_id, a.portfolio_id, f.timezone, f.settings FROM payment p"
        " JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id"
        " WHERE (p.source, p.reference) = (%s, %s)",
        [reversal.source, reversal.reference],
    ).fetchone()
    if row is None:
        raise BookError(
            f"no payment {reversal.reference!r} of {reversal.source!r} is known",
            place=reversal.reference,
            hint="send the payment first",
            code="payment.unknown",
        )
    return row[0], row[1], row[2], row[3], row[4]


def _frame(reversal: ReversalIn) -> pl.DataFrame:
    row = {"source": reversal.source, "reference": reversal.reference, "reversed_at": reversal.reversed_at}
    frame = pl.DataFrame([row]).with_columns(pl.col("reversed_at").dt.convert_time_zone("UTC"))
    said = {name: pl.lit(reversal.amounts.get(name), pl.Int64) for name in AMOUNTS}
    return frame.with_columns(**said)


def _told(reversal: ReversalIn, done: Reversed, reopens: tuple[int, ...], today: date) -> dict[str, object]:
    return {
        "source": reversal.source,
        "reference": reversal.reference,
        "amount": done.amount,
        "left": done.amount_to_cure,
        "promise": done.promise,
        "reopens": list(reopens),
        "day": str(today),
    }


def _left(connection: psycopg.Connection, account_id: int) -> int:
    row = connection.execute("SELECT amount_to_cure FROM account WHERE id = %s", [account_id]).fetchone()
    return int(row[0]) if row else 0
