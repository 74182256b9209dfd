"""Companies that owe invoices: the bill of an account cut into two or three open invoices."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from api.demo_book.chance import Chance, Ids

TERMS_DAYS = 30
SHARE = 80 / 30_000
"""Accounts that are a company's: 80 of the demo's 30,000, which owe 200 invoices."""


@dataclass(frozen=True)
class Invoiced:
    """Which accounts (rows) are companies' and in how many invoices each is cut."""

    rows: Ids
    counts: Ids


def choose_invoiced(cards: pl.DataFrame, alone: Ids, chance: Chance) -> Invoiced:
    """Companies among the rows ``alone`` (of people with one account) that have a bill worth cutting."""
    bills = cards["bill_09"].to_numpy()[alone]
    able = alone[bills >= 3_000]
    wanted = round(cards.height * SHARE / 2) * 2
    rows = able[np.argsort(chance.draw(able, "company"), kind="stable")[:wanted]]
    return Invoiced(np.sort(rows), 2 + np.arange(len(rows)) % 2)


def invoices(accounts: pl.DataFrame, chosen: Invoiced, as_of: date) -> pl.DataFrame:
    """``account``, ``number``, ``issued_on``, ``due_on``, ``amount``, ``balance``.

    The oldest falls due when the account does, each further one a term later; equal parts, the first
    with the remainder, so that they sum to the outstanding balance.
    """
    rows = np.repeat(chosen.rows, chosen.counts)
    place = np.concatenate([np.arange(count) for count in chosen.counts] or [np.zeros(0, np.int64)])
    held = (
        accounts[rows]
        .select("number", "due_on", "outstanding_balance")
        .with_columns(place=place, parts=np.repeat(chosen.counts, chosen.counts))
    )
    part = pl.col("outstanding_balance") // pl.col("parts")
    rest = pl.col("outstanding_balance") - part * pl.col("parts")
    due = pl.col("due_on") + pl.duration(days=pl.col("place") * TERMS_DAYS)
    amount = part + pl.when(pl.col("place") == 0).then(rest).otherwise(0)
    return held.select(
        account="number",
        number=pl.concat_str(pl.lit("F-"), pl.col("number").str.slice(5), pl.lit("-"), pl.col("place") + 1),
        issued_on=due - pl.duration(days=TERMS_DAYS),
        due_on=due,
        amount=amount,
        balance=amount,
    )


def as_invoiced(accounts: pl.DataFrame, open_invoices: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The accounts with the product, terms and amounts of those that are invoiced.

    Such an account is cured by its overdue invoices, or while none is overdue by the next one.
    """
    overdue = pl.col("due_on") < as_of
    owed = open_invoices.group_by(number="account").agg(
        overdue=pl.col("balance").filter(overdue).sum(),
        following=pl.col("balance").sort_by("due_on").first(),
        invoice_count=pl.len().cast(pl.Int32),
    )
    joined = accounts.drop("invoice_count", strict=False).join(
        owed, on="number", how="left", maintain_order="left"
    )
    invoiced = pl.col("overdue").is_not_null()
    cure = pl.when(pl.col("overdue") > 0).then("overdue").otherwise("following")
    parts = ("interest_past_due", "late_interest", "fees_past_due", "tax_past_due")
    return joined.with_columns(
        pl.when(invoiced).then(pl.lit("factura")).otherwise("product").alias("product"),
        pl.when(invoiced).then(cure).otherwise("amount_to_cure").alias("amount_to_cure"),
        pl.when(invoiced).then("overdue").otherwise("principal_past_due").alias("principal_past_due"),
        *(pl.when(invoiced).then(0).otherwise(name).alias(name) for name in parts),
        pl.when(invoiced).then(None).otherwise("minimum_payment").alias("minimum_payment"),
        pl.when(invoiced).then(None).otherwise("credit_limit").alias("credit_limit"),
        pl.when(invoiced).then(TERMS_DAYS).cast(pl.Int32).alias("payment_terms_days"),
        pl.col("invoice_count").fill_null(0),
    ).drop("overdue", "following")
