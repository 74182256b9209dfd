"""Takes a promise to pay under the portfolio's policy: it holds its debt until its date, and is confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import class_row

from api.agreements.promise_messages import tell_promise
from api.agreements.promise_policy import PromiseRefused, check_promise, policy_of
from api.clock import Clock
from engine.errors import BookError
from engine.vocabulary import EventKind, EventName, HoldKind
from storage import holds, promises
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import note_event, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons
from storage.promises import CONFIRMATION, PromiseRow


@dataclass(frozen=True)
class PromiseIn:
    """A promise as it was made: (``via``, ``reference``) is taken once. ``amount``: minor units.

    One that is not ``confirmed`` holds nothing yet: it waits for the person's yes.
    """

    account_id: int
    amount: int
    due_on: date
    via: str
    reference: str | None = None
    confirmed: bool = True
    by: str = ""


@dataclass(frozen=True)
class PromiseTaken:
    """The promise as it stands, and whether this was the first time it was told."""

    promise: PromiseRow
    is_new: bool


def make_promise(database: Database, clock: Clock, wish: PromiseIn) -> PromiseTaken:
    """Take a promise; ``PromiseRefused`` when the policy does not, or another one is open."""
    now = clock.now()
    with database.connection() as connection:
        debt = read_debt(connection, wish.account_id)
        lock_persons(connection, [debt.person_id])
        known = promises.find_by_reference(connection, wish.via, wish.reference) if wish.reference else None
        if known is not None:
            _expect_same(known, wish)
            return PromiseTaken(known, False)
        promise = propose(connection, wish, now)
        if wish.confirmed:
            promise = open_promise(connection, promise, now, by=wish.by or wish.via)
    return PromiseTaken(promise, True)


def confirm_promise(database: Database, clock: Clock, promise_id: int, *, by: str) -> PromiseRow:
    """The person said yes: a proposed promise counts from now on. Said twice, it changes nothing."""
    with database.connection() as connection:
        promise = _expect(connection, promise_id)
        lock_persons(connection, [read_debt(connection, promise.account_id).person_id])
        promise = _expect(connection, promise_id)
        if promise.state == "made":
            return promise
        if promise.state != "proposed":
            raise PromiseRefused(f"la promesa está {promise.state}", code="promise.closed")
        return open_promise(connection, promise, clock.now(), by=by)


def withdraw_promise(
    database: Database, clock: Clock, promise_id: int, *, by: str, reason: str
) -> PromiseRow:
    """Take a promise back by agreement: its debt goes on, and nobody broke anything."""
    now = clock.now()
    with database.connection() as connection:
        promise = _expect(connection, promise_id)
        debt = read_debt(connection, promise.account_id)
        lock_persons(connection, [debt.person_id])
        if promises.give_up(connection, promise_id, now):
            today = now.astimezone(ZoneInfo(debt.timezone)).date()
            holds.release(
                connection, HoldKind.PROMISE, today, person_id=debt.person_id, account_ids=[debt.account_id]
            )
            promises.withdraw_messages(connection, [promise_id], now)
            revise_enrolments(connection, [debt.account_id])
            told = {"promise": promise_id, "by": by, "reason": reason}
            append_line(connection, now, "promise.withdrawn", f"account:{debt.account_id}", told)
        return _expect(connection, promise_id)


def propose(connection: psycopg.Connection, wish: PromiseIn, now: datetime) -> PromiseRow:
    """Write a promise nobody has confirmed yet, within a transaction that holds the person's lock."""
    debt = read_debt(connection, wish.account_id)
    if debt.promise_open:
        raise PromiseRefused(
            "la cuenta ya tiene una promesa vigente",
            code="promise.open",
            place="account",
            hint="retire la vigente antes de tomar otra",
        )
    check_promise(
        policy_of(debt.settings),
        amount=wish.amount,
        due_on=wish.due_on,
        today=now.astimezone(ZoneInfo(debt.timezone)).date(),
        to_cure=debt.amount_to_cure,
        balance=debt.balance,
        broken_90d=debt.broken_90d,
        currency=debt.currency,
        country=debt.country,
    )
    promise_id = promises.insert(
        connection, wish.account_id, wish.amount, wish.due_on, state="proposed", via=wish.via,
        reference=wish.reference, at=now,
    )  # fmt: skip
    return _expect(connection, promise_id)


def open_promise(
    connection: psycopg.Connection, promise: PromiseRow, now: datetime, *, by: str
) -> PromiseRow:
    """A promise counts: hold, events, what was queued comes back, the confirmation goes out."""
    debt = read_debt(connection, promise.account_id)
    today = now.astimezone(ZoneInfo(debt.timezone)).date()
    grace = policy_of(debt.settings).grace_days
    promises.open_on_account(connection, promise, now)
    holds.place(
        connection,
        HoldKind.PROMISE,
        person_id=debt.person_id,
        creditor_id=debt.creditor_id,
        account_ids=[promise.account_id],
        since=today,
        until=max(promise.due_on, today) + timedelta(days=1 + grace),
        by=by,
        reason="promesa de pago",
    )
    told = {
        "promise": promise.id,
        "amount": promise.amount,
        "due_on": str(promise.due_on),
        "via": promise.via,
    }
    accounts, reference = [promise.account_id], str(promise.id)
    note_event(connection, accounts, EventKind.PROMISE, now, "promise", reference, told)
    event = DomainEvent(
        EventName.PROMISE_MADE, now, "promise", reference, debt.person_id, (promise.account_id,),
        amount=promise.amount, body={**told, "holds": [HoldKind.PROMISE.word]},
    )  # fmt: skip
    post(connection, event)
    revise_enrolments(connection, accounts)
    withdrawn = withdraw_accounts(connection, accounts, reasons.PROMISE, now)
    body = {**told, "by": by, "withdrawn": [str(message_id) for message_id in withdrawn]}
    append_line(connection, now, "promise.made", f"account:{promise.account_id}", body)
    tell_promise(connection, promise, debt.person_id, CONFIRMATION, now)
    return _expect(connection, promise.id)


@dataclass(frozen=True)
class Debt:
    """What a promise is judged by; money in minor units of ``currency`` (ISO)."""

    account_id: int
    person_id: int
    creditor_id: int
    amount_to_cure: int
    balance: int
    promise_open: bool
    broken_90d: int
    country: str
    timezone: str
    settings: Mapping[str, Any]
    currency: str


def read_debt(connection: psycopg.Connection, account_id: int) -> Debt:
    """An account with its portfolio; ``BookError`` when there is none."""
    with connection.cursor(row_factory=class_row(Debt)) as cursor:
        debt = cursor.execute(
            """SELECT a.id AS account_id, a.person_id, a.creditor_id, a.amount_to_cure,
                   greatest(a.outstanding_balance, a.amount_to_cure) AS balance, a.promise_open,
                   a.promises_broken_90d AS broken_90d, f.country, f.timezone, f.settings,
                   coalesce(t.word, '') AS currency
               FROM account a JOIN portfolio f ON f.id = a.portfolio_id
               LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency WHERE a.id = %s""",
            [account_id],
        ).fetchone()
    if debt is None:
        raise BookError(f"no account {account_id}", code="account.unknown")
    return debt


def _expect(connection: psycopg.Connection, promise_id: int) -> PromiseRow:
    promise = promises.find(connection, promise_id)
    if promise is None:
        raise BookError(f"no existe la promesa {promise_id}", code="promise.unknown")
    return promise


def _expect_same(known: PromiseRow, wish: PromiseIn) -> None:
    if (known.account_id, known.amount, known.due_on) != (wish.account_id, wish.amount, wish.due_on):
        raise PromiseRefused(
            f"la referencia {wish.reference} ya es de otra promesa",
            code="promise.reference",
            place="reference",
        )
