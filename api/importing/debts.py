"""The accounts of a file: what the columns leave out follows from the others and the calendar."""

from datetime import date

import numpy as np
import polars as pl

from api.importing.people import IDENTITY
from api.importing.rows import Rows
from engine.calendars import business_days, effective_due_days
from engine.days import day_number
from engine.vocabulary import AccountStatus

_COLUMNS = (
    "amount_to_cure", "outstanding_balance", "minimum_payment", "payoff_amount", "principal_past_due",
    "interest_past_due", "late_interest", "fees_past_due", "tax_past_due", "credit_limit", "paid_30d",
    "due_on", "original_due_on", "account_status", "payment_terms_days", "charged_off_on",
    "restructured_on", "prescribes_on", "roll", "times_delinquent_12m", "worst_dpd_12m", "last_payment_on",
)  # fmt: skip
_MARGIN_DAYS = 60


def without_duplicates(rows: Rows) -> Rows:
    """Refuse an account's second and further lines: nobody can tell which is right."""
    return rows.refuse(
        pl.col("account").is_not_null() & ~pl.col("account").is_first_distinct(),
        "account",
        "la cuenta ya está en una línea anterior del archivo",
    )


def with_dates(rows: Rows, as_of: date) -> Rows:
    """Due dates, from the days past due where there is no date; an account that owes needs either."""
    values = rows.values
    due = pl.col("due_on") if "due_on" in values.columns else pl.lit(None, pl.Date)
    if "days_past_due" in values.columns:
        counted = pl.lit(as_of) - pl.duration(days=pl.col("days_past_due"))
        due = pl.coalesce(due, counted.cast(pl.Date))
    rows = Rows(values.with_columns(due_on=due), rows.refusals, rows.columns)
    owes = (pl.col("amount_to_cure") > 0) & pl.col("due_on").is_null()
    return rows.refuse(owes, "due_on", "debe y no dice desde cuándo: falta el vencimiento o los días de mora")


def accounts(values: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Columns of ``account``, with ``product``, ``currency`` and ``creditor_id`` as they came."""
    frame = values.with_columns(effective_due_on=_effective(values, as_of))
    if "outstanding_balance" not in frame.columns:
        frame = frame.with_columns(outstanding_balance="amount_to_cure")
    late = (pl.col("amount_to_cure") > 0) & (pl.col("effective_due_on") < as_of)
    state = pl.when(late).then(int(AccountStatus.PAST_DUE)).otherwise(int(AccountStatus.CURRENT))
    said = pl.col("account_status") if "account_status" in frame.columns else pl.lit(None, pl.Int16)
    frame = frame.with_columns(
        account_status=pl.coalesce(said, state.cast(pl.Int16)),
        outstanding_balance=pl.col("outstanding_balance").fill_null(pl.col("amount_to_cure")),
    )
    kept = [name for name in _COLUMNS if name in frame.columns]
    words = [name for name in ("product", "currency") if name in frame.columns]
    custom = ["custom"] if "custom" in frame.columns else []
    return frame.select(IDENTITY, "creditor_id", *kept, *words, *custom, "effective_due_on", number="account")


def _effective(values: pl.DataFrame, as_of: date) -> pl.Series:
    """The due dates moved by the bank calendar of each row's place; unknown dates stay so."""
    parts = values["place"].str.split("|")
    calendars = pl.DataFrame({"country": parts.list.get(0), "subdivision": parts.list.get(1)})
    distinct = calendars.unique(maintain_order=True).with_row_index("calendar")
    calendar = calendars.join(distinct, on=["country", "subdivision"], maintain_order="left")["calendar"]
    due = values["due_on"].cast(pl.Int32)
    known = due.is_not_null().to_numpy()
    filled = due.fill_null(day_number(as_of)).to_numpy()
    if len(filled) == 0:
        return values["due_on"]
    first = date.fromordinal(date(1970, 1, 1).toordinal() + int(filled.min()) - _MARGIN_DAYS)
    span = int(filled.max()) - int(filled.min()) + 2 * _MARGIN_DAYS
    table = business_days([(c, s or None) for _, c, s in distinct.iter_rows()], first, span)
    moved = effective_due_days(table, calendar.to_numpy().astype(np.int16), filled.astype(np.int32))
    dates = pl.Series(moved).cast(pl.Int32).cast(pl.Date)
    return dates.zip_with(pl.Series(known), pl.Series([None], dtype=pl.Date))
