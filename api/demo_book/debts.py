"""What each account owes: the bill, the months late and the payments of 2005, told in our money and dates."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from api.demo_book.chance import Chance, Ids
from api.demo_book.places import COUNTRIES, MARKETS
from engine.calendars import business_days, effective_due_days
from engine.days import day_number
from engine.vocabulary import AccountStatus

MONTHS = ("09", "08", "07", "06", "05", "04")
CHARGED_OFF_AFTER = 180
"""Days past due after which the demo's bank has charged a debt off."""

_PARTS = (("interest_past_due", 22), ("late_interest", 6), ("fees_past_due", 4), ("tax_past_due", 2))
"""Percent of the arrears that is not principal."""

Money = NDArray[np.int64]


def past_due(cards: pl.DataFrame) -> NDArray[np.bool_]:
    """Late in the newest month *and* with a bill: 5,129 of the 30,000."""
    late = (cards["months_late_09"] >= 1) & (cards["bill_09"] > 0)
    return late.to_numpy()


def debts(cards: pl.DataFrame, accounts: Ids, country: Ids, as_of: date, chance: Chance) -> pl.DataFrame:
    """Columns of ``account`` for cards, row by row; ``accounts`` are the numbers draws follow from.

    Before its due date an account's ``amount_to_cure`` is the coming instalment: paying it now keeps
    the account current.
    """
    late, bill = past_due(cards), np.maximum(_column(cards, "bill_09"), 0)
    due = _due_days(cards, accounts, country, as_of, chance)
    rate = np.array([MARKETS[code].minor_per_dollar for code in COUNTRIES])[country]
    owed = _instalments(bill, np.where(late, _column(cards, "months_late_09"), 1))
    nothing = pl.Series(bill == 0)
    due_on = dates_of(due, nothing)
    frame = pl.DataFrame(
        {
            "due_on": due_on,
            "effective_due_on": due_on,
            "original_due_on": due_on,
            "amount_to_cure": owed * rate,
            "minimum_payment": _instalments(bill, np.ones_like(bill)) * rate,
            "outstanding_balance": bill * rate,
            "payoff_amount": bill * rate,
            "credit_limit": _column(cards, "credit_limit") * rate,
            "paid_30d": _column(cards, "paid_09") * rate,
            "account_status": np.where(late, AccountStatus.PAST_DUE, AccountStatus.CURRENT).astype(np.int16),
        }
    )
    history = _history(cards, accounts, as_of, chance)
    return frame.with_columns(*_arrears(late), *history).with_columns(*_charge_off(as_of))


def dates_of(days: NDArray[np.int32], unknown: pl.Series) -> pl.Series:
    """Day numbers as dates, null where ``unknown``."""
    return pl.Series(days).cast(pl.Int32).cast(pl.Date).zip_with(~unknown, pl.Series([None], dtype=pl.Date))


def _due_days(
    cards: pl.DataFrame, accounts: Ids, country: Ids, as_of: date, chance: Chance
) -> NDArray[np.int32]:
    """The effective due date as a day number: n months late is 30(n-1) + 1..30 days past due.

    Due dates fall on business days of the country, within the band of the months late; the others
    fall due in 0 to 25 days.
    """
    today = day_number(as_of)
    months = np.maximum(_column(cards, "months_late_09"), 1)
    newest = today - (30 * (months - 1) + 1)
    drawn = np.where(
        past_due(cards),
        newest - chance.pick(accounts, "days late", 30),
        today + chance.pick(accounts, "days to due", 26),
    ).astype(np.int32)
    first = date.fromordinal(as_of.toordinal() - 400)
    table = business_days([(code, None) for code in COUNTRIES], first, 500)
    moved = effective_due_days(table, country, drawn)
    outside = past_due(cards) & (moved > newest)
    moved[outside] = table.last_open(country[outside], drawn[outside])
    return moved


def _instalments(bill: Money, months: Money) -> Money:
    """What cures a bill: 6 % of it (at least 300, at most all of it) a month, and 1 % for each month late."""
    monthly = np.minimum(bill, np.maximum(bill * 6 // 100, 300))
    return np.asarray(np.minimum(bill, monthly * months + bill * (months - 1) // 100), np.int64)


def _arrears(late: NDArray[np.bool_]) -> list[pl.Expr]:
    """The parts of what is past due; they sum to it, and are nothing while nothing is past due."""
    owed = pl.when(pl.lit(pl.Series(late))).then(pl.col("amount_to_cure")).otherwise(0)
    parts = [(owed * percent // 100).alias(name) for name, percent in _PARTS]
    principal = owed - pl.sum_horizontal(owed * percent // 100 for _, percent in _PARTS)
    return [*parts, principal.alias("principal_past_due")]


def _history(cards: pl.DataFrame, accounts: Ids, as_of: date, chance: Chance) -> list[pl.Series]:
    months = cards.select(pl.col(f"months_late_{month}").clip(0).cast(pl.Int32) for month in MONTHS)
    worst = months.max_horizontal() * 30
    times = months.select(pl.sum_horizontal(pl.all() > 0)).to_series()
    paid_days = day_number(as_of) - 1 - chance.pick(accounts, "days since payment", 30)
    roll = (months["months_late_09"] - months["months_late_08"]).clip(-6, 6)
    return [
        worst.alias("worst_dpd_12m"),
        times.cast(pl.Int16).alias("times_delinquent_12m"),
        roll.cast(pl.Int16).alias("roll"),
        dates_of(paid_days.astype(np.int32), cards["paid_09"] <= 0).alias("last_payment_on"),
    ]


def _charge_off(as_of: date) -> list[pl.Expr]:
    old = (pl.lit(as_of) - pl.col("effective_due_on")).dt.total_days() > CHARGED_OFF_AFTER
    gone = old & (pl.col("account_status") == AccountStatus.PAST_DUE)
    since = pl.col("effective_due_on").dt.offset_by(f"{CHARGED_OFF_AFTER}d")
    return [
        pl.when(gone)
        .then(pl.lit(AccountStatus.CHARGED_OFF, pl.Int16))
        .otherwise("account_status")
        .alias("account_status"),
        pl.when(gone).then(since).alias("charged_off_on"),
    ]


def _column(cards: pl.DataFrame, name: str) -> Money:
    return np.asarray(cards[name].to_numpy(), np.int64)
