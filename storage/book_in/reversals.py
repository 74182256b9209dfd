"""Payments taken back: their money is owed again, and the promise they kept is open or broken again."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg

from engine.vocabulary import AccountStatus, EventKind, EventName, HoldKind
from storage.book_in.payments import AMOUNTS
from storage.copying import stage
from storage.invoice_payments import unmatch_reversed


@dataclass(frozen=True)
class Reversed:
    """One payment that was taken back now; ``promise`` is what became of the promise it had served."""

    account_id: int
    amount: int
    amount_to_cure: int
    promise: str


def save_reversals(
    connection: psycopg.Connection, portfolio_id: int, reversals: pl.DataFrame, timezone: str, today: date
) -> list[Reversed]:
    """Take back payments not yet reversed, found by ``source`` and ``reference``.

    ``reversals`` also has ``reversed_at`` (UTC) and :data:`AMOUNTS`, what the core says is owed after it,
    in minor units; where it says nothing the account gets back what the payment took off. Amounts loaded
    since the payment are the core's: they hold a reversal of their date or an earlier one already.
    ``today`` is the portfolio's date. The enrolment the payment ended waits for the next date
    (storage.reopening).
    """
    stage(connection, "staged_reversal", reversals)
    arguments = {
        "portfolio": portfolio_id,
        "zone": timezone,
        "today": today,
        "current": int(AccountStatus.CURRENT),
        "late": int(AccountStatus.PAST_DUE),
    }
    rows = connection.execute(_REVERSALS, arguments).fetchall()
    if not rows:
        return []
    unmatch_reversed(connection, [account for account, _, _ in rows])
    promises = _open_promises_again(connection, [account for account, _, _ in rows], today)
    return [Reversed(account, amount, left, promises.get(account, "")) for account, amount, left in rows]


def _open_promises_again(
    connection: psycopg.Connection, account_ids: list[int], today: date
) -> dict[int, str]:
    """The newest promise each account kept by then: open again, or broken where its date has passed."""
    arguments = {
        "accounts": account_ids,
        "today": today,
        "kind": int(HoldKind.PROMISE),
        "broken": int(EventKind.PROMISE_BROKEN),
    }
    return dict(connection.execute(_PROMISES, arguments).fetchall())


def _given_back(name: str) -> str:
    """What one payment gives back of an amount of its account ``a``; ``u`` is the payment undone."""
    return (
        f"CASE WHEN u.load_id IS NOT DISTINCT FROM a.load_id THEN coalesce((u.taken->>'{name}')::bigint,"
        " CASE WHEN u.taken = '{}' THEN u.amount ELSE 0 END)"
        " WHEN u.reversed_on > a.amount_as_of THEN u.amount ELSE 0 END"
    )


def _owed_again(name: str) -> str:
    """The amount after all reversals: as the core says, else with what the payments give back."""
    return f"{name} = coalesce(o.said_{name}, a.{name} + o.{name})"


_REVERSALS = f"""
WITH undone AS (
    UPDATE payment p SET reversed_at = s.reversed_at, reopens = true
    FROM staged_reversal s, account a
    WHERE (p.source, p.reference) = (s.source, s.reference) AND p.reversed_at IS NULL
      AND a.id = p.account_id AND a.portfolio_id = %(portfolio)s
    RETURNING p.account_id, p.source, p.reference, p.amount, p.taken, p.load_id, s.reversed_at,
              (p.paid_at AT TIME ZONE %(zone)s)::date AS paid_on, p.id,
              (s.reversed_at AT TIME ZONE %(zone)s)::date AS reversed_on,
              {", ".join(f"s.{name} AS said_{name}" for name in AMOUNTS)}),
owed AS (
    SELECT u.account_id, sum(u.amount) AS amount, max(u.paid_on) AS last_on,
           sum(u.amount) FILTER (WHERE u.paid_on > %(today)s::date - 30) AS recent,
           {", ".join(f"sum({_given_back(name)}) AS {name}" for name in AMOUNTS)},
           {
    ", ".join(
        f"(array_agg(u.said_{name} ORDER BY u.reversed_at DESC)"
        f" FILTER (WHERE u.said_{name} IS NOT NULL))[1] AS said_{name}"
        for name in AMOUNTS
    )
}
    FROM undone u JOIN account a ON a.id = u.account_id GROUP BY u.account_id),
posted AS (
    INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount)
    SELECT '{EventName.PAYMENT_REVERSED}', u.reversed_at, u.source, u.reference, a.person_id, ARRAY[a.id],
           u.amount
    FROM undone u JOIN account a ON a.id = u.account_id ON CONFLICT DO NOTHING)
UPDATE account a SET {", ".join(_owed_again(name) for name in AMOUNTS)},
    account_status = CASE WHEN account_status = %(current)s AND effective_due_on < %(today)s::date
        AND coalesce(o.said_amount_to_cure, a.amount_to_cure + o.amount_to_cure) > 0
        THEN %(late)s ELSE account_status END,
    paid_30d = greatest(0, paid_30d - coalesce(o.recent, 0)),
    last_payment_on = CASE WHEN last_payment_on > o.last_on THEN last_payment_on ELSE (
        SELECT max((p.paid_at AT TIME ZONE %(zone)s)::date) FROM payment p WHERE p.account_id = a.id
          AND p.reversed_at IS NULL AND p.id NOT IN (SELECT id FROM undone)) END,
    revision = revision + 1
FROM owed o WHERE o.account_id = a.id
RETURNING a.id, o.amount::bigint, a.amount_to_cure
"""

_PROMISES = f"""
WITH taken_back AS (
    SELECT p.account_id, sum(p.amount)::bigint AS amount, max(p.reversed_at) AS at,
           min(CASE WHEN (p.paid_at AT TIME ZONE f.timezone)::time = '00:00'
                    THEN p.paid_at + interval '1 day' ELSE p.paid_at END) AS paid_by
    FROM payment p JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id
    WHERE p.account_id = ANY(%(accounts)s) AND p.reopens GROUP BY p.account_id),
its AS (
    SELECT DISTINCT ON (p.account_id) p.id, p.account_id, p.amount, p.due_on, p.state AS was,
           greatest(p.paid - t.amount, 0) AS paid, t.at,
           CASE WHEN p.state = 'made' OR p.due_on >= %(today)s::date THEN 'made'
                WHEN p.paid > t.amount THEN 'partially_kept' ELSE 'broken' END AS state
    FROM taken_back t JOIN promise p ON p.account_id = t.account_id
    WHERE p.made_at <= t.paid_by AND (p.state = 'made' OR
          p.state IN ('kept', 'partially_kept') AND p.closed_at >= t.paid_by - interval '1 day')
    ORDER BY p.account_id, p.made_at DESC, p.id DESC),
again AS (
    UPDATE promise p SET state = its.state, paid = its.paid,
        closed_at = CASE WHEN its.state = 'made' THEN NULL ELSE its.at END
    FROM its WHERE its.id = p.id),
held AS (
    INSERT INTO hold (person_id, creditor_id, account_id, kind, since_on, until_on, by, reason)
    SELECT a.person_id, a.creditor_id, a.id, %(kind)s, %(today)s::date, its.due_on + 1, 'reversal',
           'promesa de pago'
    FROM its JOIN account a ON a.id = its.account_id
    WHERE its.state = 'made' AND its.was <> 'made'),
felt AS (
    UPDATE account a SET
        promise_open = its.state = 'made',
        promise_amount = CASE WHEN its.state = 'made' THEN its.amount END,
        promise_due_on = CASE WHEN its.state = 'made' THEN its.due_on END,
        promises_kept_90d = greatest(0, promises_kept_90d - (its.was = 'kept' AND its.state <> 'kept')::int),
        promises_broken_90d = promises_broken_90d + (its.state = 'broken')::int,
        hold_kinds = CASE WHEN its.state = 'made' THEN hold_kinds | (1 << %(kind)s) ELSE hold_kinds END
    FROM its WHERE its.account_id = a.id AND its.was <> 'made'),
told AS (
    INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)
    SELECT a.id, a.person_id, a.shard, %(broken)s, its.at, 'promise', 'broken-' || its.id,
           jsonb_build_object('amount', its.amount, 'due_on', its.due_on, 'why', 'reversal')
    FROM its JOIN account a ON a.id = its.account_id WHERE its.state = 'broken' ON CONFLICT DO NOTHING),
posted AS (
    INSERT INTO domain_event (name, at, source, reference, person_id, account_ids, amount)
    SELECT '{EventName.PROMISE_BROKEN}', its.at, 'promise', its.id || '-reversal', a.person_id, ARRAY[a.id],
           its.paid
    FROM its JOIN account a ON a.id = its.account_id WHERE its.state = 'broken' ON CONFLICT DO NOTHING)
SELECT account_id, state FROM its WHERE state <> 'made' OR was <> 'made'
"""
