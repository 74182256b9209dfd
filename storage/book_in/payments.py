"""Payments, promises and protections: each once, and felt by the book in the same transaction."""

from datetime import date

import polars as pl
import psycopg

from engine.vocabulary import AccountStatus, EventKind, HoldKind
from storage.book_in.merging import Merged
from storage.copying import stage

AMOUNTS = ("amount_to_cure", "minimum_payment", "payoff_amount", "outstanding_balance")
"""The amounts of an account a payment lowers at once, none below zero; what is not known stays unknown."""


def save_payments(
    connection: psycopg.Connection, portfolio_id: int, payments: pl.DataFrame, timezone: str, as_of: date
) -> Merged:
    """Insert the payments not yet known and take them off what their accounts owe, at once.

    ``payments`` has ``account``, ``source``, ``reference``, ``amount`` (minor units) and ``paid_at``
    (UTC). The guard before a send reads ``amount_to_cure``, so a payment counts from this commit on. A
    payment dated before ``amount_as_of`` is in the balance already; one of the same date is taken not
    to be: asking a person who paid is worse than asking one day late. Each new payment is also an
    account event, which releases waits.
    """
    stage(connection, "staged_payment", payments)
    arguments = {
        "portfolio": portfolio_id,
        "zone": timezone,
        "as_of": as_of,
        "payment": int(EventKind.PAYMENT),
        "current": int(AccountStatus.CURRENT),
        "late": int(AccountStatus.PAST_DUE),
    }
    row = connection.execute(_PAYMENTS, arguments).fetchone()
    assert row is not None
    return Merged(inserted=row[0])


def save_promises(
    connection: psycopg.Connection, portfolio_id: int, promises: pl.DataFrame, as_of: date
) -> Merged:
    """Insert promises not yet known, by (``account``, ``amount``, ``due_on``), and open them on the account.

    ``promises`` also has ``via`` and ``made_at`` (UTC). The account is held until the day after the date.
    """
    stage(connection, "staged_promise", promises)
    arguments = {
        "portfolio": portfolio_id,
        "as_of": as_of,
        "kind": int(HoldKind.PROMISE),
        "event": int(EventKind.PROMISE),
    }
    row = connection.execute(_PROMISES, arguments).fetchone()
    assert row is not None
    return Merged(inserted=row[0])


def save_protections(connection: psycopg.Connection, protections: pl.DataFrame) -> Merged:
    """Insert protections not yet known, by person, reason and start, and stop their persons.

    ``protections`` has ``identity_index``, ``stop`` (bits of :class:`engine.vocabulary.Stop`),
    ``since_on``, ``until_on`` (the review date), ``by`` and ``reason``.
    """
    stage(connection, "staged_protection", protections)
    row = connection.execute(_PROTECTIONS, {"kind": int(HoldKind.PROTECTION)}).fetchone()
    assert row is not None
    return Merged(inserted=row[0])


_TAKEN = ", ".join(
    f"'{name}', CASE WHEN {name} IS NOT NULL THEN least({name}, so_far) - least({name}, so_far - due) END"
    for name in AMOUNTS
)
"""What each payment takes off, after the payments of the same account before it."""

OWED = "greatest({0}outstanding_balance, {0}payoff_amount, {0}amount_to_cure)"
"""All that an account ``{0}`` owes: what is paid beyond it is over."""

_OVER = "greatest(0, so_far - {0}) - greatest(0, so_far - due - {0})".format(OWED.format(""))

_PAYMENTS = f"""
WITH dated AS (
    SELECT a.id AS account_id, s.source, s.reference, s.amount, s.paid_at,
           (s.paid_at AT TIME ZONE %(zone)s)::date AS paid_on, a.load_id,
           CASE WHEN a.amount_as_of IS NULL OR (s.paid_at AT TIME ZONE %(zone)s)::date >= a.amount_as_of
                THEN s.amount ELSE 0 END AS due, {", ".join(f"a.{name}" for name in AMOUNTS)}
    FROM staged_payment s JOIN account a ON a.number = s.account AND a.portfolio_id = %(portfolio)s
    WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE (p.source, p.reference) = (s.source, s.reference))),
counted AS (
    SELECT *, sum(due) OVER (PARTITION BY account_id ORDER BY paid_at, source, reference) AS so_far
    FROM dated),
fresh AS (
    INSERT INTO payment (account_id, source, reference, amount, paid_at, load_id, taken, over)
    SELECT account_id, source, reference, amount, paid_at, load_id, jsonb_build_object({_TAKEN}), {_OVER}
    FROM counted ORDER BY account_id, paid_at
    ON CONFLICT (source, reference) DO NOTHING RETURNING account_id, source, reference, amount, paid_at),
sums AS (
    SELECT account_id, max(paid_on) AS last_on, sum(due) AS due,
           coalesce(sum(amount) FILTER (WHERE paid_on > %(as_of)s::date - 30), 0) AS recent
    FROM dated JOIN fresh USING (account_id, source, reference, amount, paid_at) GROUP BY account_id),
felt AS (
    UPDATE account a SET {", ".join(f"{name} = a.{name} - least(a.{name}, due)" for name in AMOUNTS)},
        account_status = CASE WHEN account_status = %(late)s AND amount_to_cure <= due
                              THEN %(current)s ELSE account_status END,
        last_payment_on = greatest(last_payment_on, last_on), paid_30d = paid_30d + recent,
        revision = revision + 1
    FROM sums WHERE sums.account_id = a.id),
told AS (
    INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)
    SELECT a.id, a.person_id, a.shard, %(payment)s, f.paid_at, f.source, f.reference,
           jsonb_build_object('amount', f.amount)
    FROM fresh f JOIN account a ON a.id = f.account_id ON CONFLICT DO NOTHING)
SELECT count(*) FROM fresh
"""

_PROMISES = """
WITH named AS (
    SELECT DISTINCT a.id AS account_id, a.person_id, a.creditor_id, a.shard, s.amount, s.due_on,
           s.via, s.made_at
    FROM staged_promise s JOIN account a ON a.number = s.account AND a.portfolio_id = %(portfolio)s
    WHERE NOT EXISTS (SELECT 1 FROM promise p
        WHERE (p.account_id, p.amount, p.due_on) = (a.id, s.amount, s.due_on))),
fresh AS (
    INSERT INTO promise (account_id, amount, due_on, via, made_at)
    SELECT account_id, amount, due_on, via, made_at FROM named RETURNING id),
open AS (
    SELECT DISTINCT ON (account_id) * FROM named WHERE due_on >= %(as_of)s::date ORDER BY account_id, due_on),
held AS (
    INSERT INTO hold (person_id, creditor_id, account_id, kind, since_on, until_on, by, reason)
    SELECT person_id, creditor_id, account_id, %(kind)s, %(as_of)s::date, due_on + 1, via, 'promesa de pago'
    FROM open),
felt AS (
    UPDATE account a SET promise_open = true, promise_amount = open.amount, promise_due_on = open.due_on,
        hold_kinds = hold_kinds | (1 << %(kind)s), revision = revision + 1
    FROM open WHERE open.account_id = a.id),
told AS (
    INSERT INTO account_event (account_id, person_id, shard, kind, at, source, reference, body)
    SELECT account_id, person_id, shard, %(event)s, made_at, 'promise',
           account_id || '-' || due_on || '-' || amount,
           jsonb_build_object('amount', amount, 'due_on', due_on)
    FROM named ON CONFLICT DO NOTHING)
SELECT count(*) FROM fresh
"""

_PROTECTIONS = """
WITH named AS (
    SELECT DISTINCT ON (p.id, s.stop, s.since_on) p.id, s.*
    FROM staged_protection s JOIN person p USING (identity_index) ORDER BY p.id, s.stop, s.since_on),
fresh AS (
    INSERT INTO hold (person_id, kind, since_on, until_on, by, reason)
    SELECT id, %(kind)s, since_on, until_on, by, reason FROM named n
    WHERE NOT EXISTS (SELECT 1 FROM hold h WHERE (h.person_id, h.kind, h.since_on, h.reason)
                                               = (n.id, %(kind)s, n.since_on, n.reason))
    RETURNING person_id),
bits AS (SELECT id, bit_or(stop)::bigint AS bits FROM named GROUP BY id),
felt AS (
    UPDATE person p SET stops = stops | bits, revision = revision + 1
    FROM bits WHERE bits.id = p.id AND stops & bits <> bits),
standing AS (
    UPDATE account a SET hold_kinds = hold_kinds | (1 << %(kind)s), revision = revision + 1
    FROM (SELECT DISTINCT person_id FROM fresh) f WHERE f.person_id = a.person_id
      AND hold_kinds & (1 << %(kind)s) = 0)
SELECT count(*) FROM fresh
"""
