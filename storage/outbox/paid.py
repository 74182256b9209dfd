"""What is queued about debts that are paid by now is taken back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import psycopg

from engine.vocabulary import Purpose
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts


def withdraw_paid(connection: psycopg.Connection, account_ids: Sequence[int], now: datetime) -> list[UUID]:
    """Take back what there is no longer a reason to write for; the messages withdrawn.

    Paid is what owes no more than its portfolio's minimum worth working. A reminder is about the
    instalment, not the arrears: it goes once that is paid too. The caller holds the persons' locks.
    """
    rows = connection.execute(
        """SELECT a.id, greatest(a.amount_to_cure, coalesce(a.minimum_payment, 0)) <= least.amount
           FROM account a JOIN portfolio f ON f.id = a.portfolio_id
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           CROSS JOIN LATERAL (
               SELECT coalesce((f.settings->'minimum_worth_working'->>t.word)::bigint, 0) AS amount) least
           WHERE a.id = ANY(%s) AND a.amount_to_cure <= least.amount""",
        [list(account_ids)],
    ).fetchall()
    cured = [account_id for account_id, _ in rows]
    clear = [account_id for account_id, nothing_due in rows if nothing_due]
    withdrawn = []
    for ids, purposes in ((cured, {Purpose.COLLECTION, Purpose.NOTICE}), (clear, {Purpose.REMINDER})):
        if ids:
            withdrawn += withdraw_accounts(connection, ids, reasons.PAID, now, purposes)
    return withdrawn
