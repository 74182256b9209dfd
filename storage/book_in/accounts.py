"""Accounts, their co-debtors and their invoices, found again by portfolio and number."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg
from psycopg import sql

from engine.vocabulary import HoldKind
from storage.book_in.merging import Merged, Upsert
from storage.copying import names, stage

HELD_AS_MISSING = 1 << HoldKind.MISSING
_MANY = 1_000
_NOT_OF_THE_ACCOUNT = ("identity_index", "number", "creditor_id", "custom")


@dataclass(frozen=True)
class AccountsLoad:
    """Where a frame of accounts comes from: its portfolio, its date and the load it belongs to."""

    portfolio_id: int
    as_of: date
    load_id: int | None = None


def save_accounts(connection: psycopg.Connection, load: AccountsLoad, accounts: pl.DataFrame) -> Merged:
    """Upsert accounts by (portfolio, ``number``); persons must be saved before.

    ``accounts`` has ``identity_index``, ``number``, ``creditor_id`` and columns of ``account``;
    ``custom`` (JSON text) is laid over what the account has. Unchanged accounts are not written, so
    ``amount_as_of`` of a row is the date its amounts were last seen to change. An account that was
    missing and is back stops being held for it.
    """
    stage(connection, "staged_account", accounts, {"custom": "jsonb"})
    columns = [column for column in accounts.columns if column not in _NOT_OF_THE_ACCOUNT]
    custom = ["custom"] if "custom" in accounts.columns else []
    source = sql.SQL(_SOURCE).format(names([*columns, *custom], "s"))
    upsert = Upsert(
        "account",
        ["portfolio_id", "number"],
        ["creditor_id", "person_id", "shard", *columns],
        source,
        once=[*custom, "episode", "amount_as_of", "load_id"],
        beside=_BESIDE | ({"custom": "account.custom || EXCLUDED.custom"} if custom else {}),
        unless_equal=["account.missing", *(["NOT account.custom @> EXCLUDED.custom"] if custom else [])],
    )
    arguments = {"portfolio": load.portfolio_id, "as_of": load.as_of, "load": load.load_id}
    merged = upsert.run(connection, arguments)
    if merged.inserted >= _MANY:
        # A portfolio the statistics do not know would be joined row by row with whatever comes next.
        connection.execute("ANALYZE account")
    return merged


def mark_missing(connection: psycopg.Connection, portfolio_id: int) -> list[str]:
    """Hold the accounts a full load did not bring (it is staged); returns their numbers."""
    connection.execute("SET LOCAL enable_nestloop = off")
    rows = connection.execute(
        "UPDATE account a SET missing = true, hold_kinds = hold_kinds | %s, revision = revision + 1"
        " WHERE portfolio_id = %s AND NOT missing"
        " AND NOT EXISTS (SELECT 1 FROM staged_account s WHERE s.number = a.number) RETURNING number",
        [HELD_AS_MISSING, portfolio_id],
    ).fetchall()
    connection.execute("SET LOCAL enable_nestloop = on")
    return sorted(number for (number,) in rows)


def save_parties(connection: psycopg.Connection, portfolio_id: int, parties: pl.DataFrame) -> Merged:
    """Upsert co-debtors and guarantors: ``number`` of the account, ``identity_index``, ``relation``."""
    stage(connection, "staged_party", parties)
    source = sql.SQL(
        "SELECT a.id, p.id, s.relation FROM staged_party s JOIN person p USING (identity_index)"
        " JOIN account a ON a.number = s.number AND a.portfolio_id = %(portfolio)s ORDER BY a.id, p.id"
    )
    upsert = Upsert("account_party", ["account_id", "person_id"], ["relation"], source)
    return upsert.run(connection, {"portfolio": portfolio_id})


def save_invoices(connection: psycopg.Connection, portfolio_id: int, invoices: pl.DataFrame) -> Merged:
    """Upsert invoices by (``account`` number, ``number``) and count the open ones of their accounts."""
    stage(connection, "staged_invoice", invoices)
    columns = [name for name in invoices.columns if name not in ("account", "number")]
    source = sql.SQL(
        "SELECT a.id, s.number, {} FROM staged_invoice s"
        " JOIN account a ON a.number = s.account AND a.portfolio_id = %(portfolio)s ORDER BY a.id, s.number"
    ).format(names(columns, "s"))
    upsert = Upsert("invoice", ["account_id", "number"], columns, source)
    merged = upsert.run(connection, {"portfolio": portfolio_id})
    connection.execute(_COUNT_OPEN, [portfolio_id])
    return merged


_SOURCE = """
SELECT %(portfolio)s::integer, s.number, s.creditor_id, p.id, p.shard, {},
       CASE WHEN s.amount_to_cure > 0 AND s.effective_due_on < %(as_of)s::date THEN 1 ELSE 0 END,
       %(as_of)s::date, %(load)s::bigint
FROM staged_account s JOIN person p USING (identity_index) ORDER BY p.shard, p.id, s.number
"""

_BESIDE = {
    "missing": "false",
    "hold_kinds": f"account.hold_kinds & ~{HELD_AS_MISSING}",
    # An account that owed nothing and is past due now begins an episode; the day's run sees the others.
    "episode": "account.episode + CASE WHEN EXCLUDED.episode = 1"
    " AND (account.episode = 0 OR account.amount_to_cure <= 0) THEN 1 ELSE 0 END",
    "amount_as_of": "EXCLUDED.amount_as_of",
    "load_id": "EXCLUDED.load_id",
    "revision": "account.revision + 1",
}

_COUNT_OPEN = """
WITH open AS (
    SELECT a.id, count(*) FILTER (WHERE i.balance > 0) AS open FROM account a
    JOIN invoice i ON i.account_id = a.id
    WHERE a.portfolio_id = %s AND a.number IN (SELECT account FROM staged_invoice) GROUP BY a.id)
UPDATE account a SET invoice_count = open.open, revision = revision + 1
FROM open WHERE open.id = a.id AND invoice_count <> open.open
"""
