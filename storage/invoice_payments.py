"""Payments matched to invoices: those it names first, then the oldest; undone when it is taken back."""

from collections.abc import Sequence

import psycopg

from engine.errors import BookError


def match_invoices(
    connection: psycopg.Connection, payment_id: int, told: Sequence[str] = ()
) -> list[tuple[str, int]]:
    """Lay one new payment over the open invoices of its account; (number, minor units) of each.

    ``told`` are the numbers the payer named, in their order; what is left goes to the oldest due. The
    caller holds the person's lock. ``BookError`` for a named invoice the account does not have.
    """
    _expect_known(connection, payment_id, told)
    rows = connection.execute(_MATCH, {"payment": payment_id, "told": list(told)}).fetchall()
    if rows:
        _count_open(connection, [rows[0][2]])
    return [(number, amount) for number, amount, _ in rows]


def match_loaded(connection: psycopg.Connection, newer_than: int) -> int:
    """Match the payments of the staged file that are new (their id is above), where invoices are open.

    A payment that the balances loaded hold already is left alone. How many payments were matched.
    """
    rows = connection.execute(
        """SELECT p.id FROM payment p
           JOIN staged_payment s ON (s.source, s.reference) = (p.source, p.reference)
           JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id
           WHERE p.id > %s
             AND EXISTS (SELECT 1 FROM invoice i WHERE i.account_id = a.id AND i.balance > 0)
             AND (a.amount_as_of IS NULL OR (p.paid_at AT TIME ZONE f.timezone)::date >= a.amount_as_of)
           ORDER BY p.account_id, p.paid_at, p.id""",
        [newer_than],
    ).fetchall()
    return sum(bool(match_invoices(connection, payment_id)) for (payment_id,) in rows)


def newest_payment(connection: psycopg.Connection) -> int:
    """The highest id of a payment there is."""
    row = connection.execute("SELECT coalesce(max(id), 0) FROM payment").fetchone()
    return int(row[0]) if row else 0


def unmatch_reversed(connection: psycopg.Connection, account_ids: Sequence[int]) -> int:
    """Open again what reversed payments of some accounts had paid; how many invoices.

    Never above an invoice's amount: what the core has loaded since is not added to.
    """
    undone = connection.execute(
        """WITH undone AS (
               DELETE FROM payment_invoice m USING payment p
               WHERE p.id = m.payment_id AND p.account_id = ANY(%s) AND p.reversed_at IS NOT NULL
               RETURNING m.invoice_id, m.amount),
           sums AS (SELECT invoice_id, sum(amount) AS amount FROM undone GROUP BY invoice_id)
           UPDATE invoice i SET balance = least(i.amount, i.balance + s.amount)
           FROM sums s WHERE s.invoice_id = i.id""",
        [list(account_ids)],
    ).rowcount
    if undone:
        _count_open(connection, account_ids)
    return undone


def _expect_known(connection: psycopg.Connection, payment_id: int, told: Sequence[str]) -> None:
    if not told:
        return
    rows = connection.execute(
        "SELECT i.number FROM invoice i JOIN payment p ON p.account_id = i.account_id"
        " WHERE p.id = %s AND i.number = ANY(%s)",
        [payment_id, list(told)],
    ).fetchall()
    strangers = sorted(set(told) - {number for (number,) in rows})
    if strangers:
        raise BookError(
            f"la cuenta no tiene la factura «{strangers[0]}»",
            code="invoice.unknown",
            place="invoices",
            hint="quite las facturas para pagar primero la más antigua",
        )


def _count_open(connection: psycopg.Connection, account_ids: Sequence[int]) -> None:
    connection.execute(
        """UPDATE account a SET invoice_count = open.open, revision = revision + 1
           FROM (SELECT account_id, count(*) FILTER (WHERE balance > 0) AS open FROM invoice
                 WHERE account_id = ANY(%s) GROUP BY account_id) open
           WHERE open.account_id = a.id AND a.invoice_count <> open.open""",
        [list(account_ids)],
    )


_MATCH = """
WITH paid AS (SELECT id, account_id, amount FROM payment WHERE id = %(payment)s),
open AS (
    SELECT i.id, i.number, i.balance, p.amount, p.account_id,
           coalesce(sum(i.balance) OVER (
               ORDER BY array_position(%(told)s::text[], i.number) NULLS LAST, i.due_on, i.number
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS earlier
    FROM invoice i JOIN paid p ON p.account_id = i.account_id WHERE i.balance > 0),
laid AS (
    SELECT id, number, account_id, earlier, least(balance, amount - earlier) AS amount FROM open
    WHERE amount > earlier),
noted AS (
    INSERT INTO payment_invoice (payment_id, invoice_id, amount) SELECT %(payment)s, id, amount FROM laid
    ON CONFLICT DO NOTHING),
felt AS (UPDATE invoice i SET balance = i.balance - laid.amount FROM laid WHERE laid.id = i.id)
SELECT number, amount, account_id FROM laid ORDER BY earlier
"""
