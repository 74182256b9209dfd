"""Files about what happened: payments, invoices, promises, contacts of others, protections, consents."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import psycopg

from api.agreements.plan_policy import policy_of
from api.importing.context import Context
from api.importing.people import IDENTITY, consent_state, with_identity
from api.importing.rows import Home, Rows
from engine.vocabulary import Channel
from storage.book_in.accounts import save_invoices
from storage.book_in.lookups import account_ids, known_accounts, known_payments, known_people
from storage.book_in.merging import Merged
from storage.book_in.outside_contacts import save_outside_contacts
from storage.book_in.payments import AMOUNTS, save_payments, save_promises, save_protections
from storage.book_in.people import refresh_channels, save_consents
from storage.book_in.reversals import save_reversals
from storage.domain_events import post_payments
from storage.invoice_payments import match_loaded, newest_payment
from storage.outbox.paid import withdraw_paid
from storage.plan_payments import match_payments
from storage.promises import close_kept

REVIEW_DAYS = 90
"""After so many days a protection without a date is looked at again."""


def check_account(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    """Refuse rows of accounts the portfolio does not have; the others learn creditor and person."""
    numbers = rows.values["account"].drop_nulls().unique().to_list()
    known = known_accounts(connection, context.portfolio.id, numbers).rename({"currency": "of_account"})
    joined = rows.values.join(known, on="account", how="left", maintain_order="left")
    found = Rows(joined, rows.refusals, rows.columns)
    lacking = pl.col("account").is_not_null() & pl.col("creditor_id").is_null()
    return found.refuse(lacking, "account", "no existe esa cuenta en el portafolio")


def check_payments(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    """Also: a payment is more than nothing and not of a day to come."""
    rows = _once(check_account(connection, rows, context), context)
    rows = rows.refuse(pl.col("amount") == 0, "amount", "un pago es de más de cero")
    if "currency" in rows.values.columns:
        other = pl.col("currency").str.to_uppercase() != pl.col("of_account")
        rows = rows.refuse(other, "currency", "el pago no es en la moneda de la cuenta")
    end = datetime.combine(context.as_of + timedelta(days=2), time(0), UTC)
    return rows.refuse(pl.col("paid_at") >= end, "paid_at", "la fecha del pago está en el futuro")


def check_reversals(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    """Refuse reversals of payments the portfolio does not have; the others learn creditor and person."""
    rows = _once(rows, context)
    known = known_payments(connection, context.portfolio.id, rows.values["reference"].drop_nulls().to_list())
    joined = rows.values.join(known, on=["source", "reference"], how="left", maintain_order="left")
    found = Rows(joined, rows.refusals, rows.columns)
    return found.refuse(
        pl.col("reference").is_not_null() & pl.col(IDENTITY).is_null(),
        "reference",
        "no se conoce ningún pago con esa referencia",
    )


def check_promises(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    """Also: a promise is of more than nothing."""
    rows = check_account(connection, rows, context)
    return rows.refuse(pl.col("amount") == 0, "amount", "una promesa es de más de cero")


def check_person(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    """Refuse rows of persons the book does not have."""
    home = Home(context.currency, context.portfolio.country, context.portfolio.timezone)
    rows = with_identity(rows, home, context.index)
    known = known_people(connection, rows.values[IDENTITY].drop_nulls().unique().to_list())
    stranger = pl.col(IDENTITY).is_not_null() & ~pl.col(IDENTITY).is_in(list(known))
    return rows.refuse(stranger, "id_number", "no existe esa persona en el libro")


def check_contacts(connection: psycopg.Connection, rows: Rows, context: Context) -> Rows:
    """A contact names its person by document or by account; with neither, or unknown, it is refused."""
    values = rows.values
    rows = _once(rows, context)
    by_document = pl.lit(None, pl.Binary)
    if "id_number" in values.columns:
        rows = check_person(connection, rows, context)
        rows = Rows(rows.values.rename({IDENTITY: "by_document"}), rows.refusals, rows.columns)
        by_document = pl.col("by_document")
    if "account" in values.columns:
        rows = check_account(connection, rows, context)
    else:
        types = {"account": pl.String, "creditor_id": pl.Int32, IDENTITY: pl.Binary}
        nothing = {name: pl.lit(None, dtype) for name, dtype in types.items()}
        rows = Rows(rows.values.with_columns(**nothing), rows.refusals, rows.columns)
    completed = rows.values.with_columns(
        pl.coalesce(by_document, pl.col(IDENTITY)).alias(IDENTITY),
        creditor_id=pl.col("creditor_id").fill_null(pl.lit(context.own_creditor, pl.Int32)),
    )
    rows = Rows(completed, rows.refusals, rows.columns)
    rows = rows.refuse(
        pl.col("creditor_id").is_null() & pl.col("account").is_null(),
        "account",
        "falta la cuenta: sin ella no se sabe a qué acreedor toca",
    )
    nobody = pl.col(IDENTITY).is_null() & pl.col("account").is_null()
    if "id_number" in values.columns:
        nobody &= pl.col("id_number").is_null()
    return rows.refuse(nobody, "account", "no dice de quién es: falta la cuenta o el documento")


def land_payments(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save payments, and take back what is queued about the debts they paid."""
    frame = values.select("account", "source", "reference", "amount", "paid_at")
    zone = context.portfolio.timezone
    before = newest_payment(connection)
    merged = save_payments(connection, context.portfolio.id, frame, zone, context.as_of)
    if merged.inserted:
        paid = account_ids(connection, context.portfolio.id, values["account"].unique().to_list())
        match_loaded(connection, before)
        match_plans(connection, paid, context)
        withdraw_paid(connection, paid, context.now)
        close_kept(connection, paid, context.now)
        post_payments(connection, paid, merged.inserted)
    return merged


def land_reversals(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Take payments back; without an instant on the file's date."""
    said = [
        pl.col(name) if name in values.columns else pl.lit(None, pl.Int64).alias(name) for name in AMOUNTS
    ]
    frame = values.select("source", "reference", _instant(values, "reversed_at", context), *said)
    zone = context.portfolio.timezone
    done = save_reversals(connection, context.portfolio.id, frame, zone, context.as_of)
    match_plans(connection, [each.account_id for each in done], context)
    return Merged(changed=len(done))


def match_plans(connection: psycopg.Connection, account_ids: Sequence[int], context: Context) -> None:
    """Match what is paid by now to the plans of some accounts."""
    day = context.now.astimezone(ZoneInfo(context.portfolio.timezone)).date()
    core_days = policy_of(context.portfolio.settings).core_days
    match_payments(connection, account_ids, day, context.now, core_days=core_days)


def land_invoices(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save invoices; one without a balance is open by its whole amount."""
    balance = pl.col("balance") if "balance" in values.columns else pl.lit(None, pl.Int64)
    issued = [name for name in ("issued_on", "fiscal_id") if name in values.columns]
    frame = values.select(
        "account", "number", *issued, "due_on", "amount", balance=pl.coalesce(balance, "amount")
    ).unique(["account", "number"], keep="last", maintain_order=True)
    return save_invoices(connection, context.portfolio.id, frame)


def land_promises(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save promises."""
    frame = values.select(
        "account", "amount", "due_on", _said(values, "via", "archivo"), _instant(values, "made_at", context)
    )
    return save_promises(connection, context.portfolio.id, frame, context.as_of)


def land_contacts(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save contacts made by others."""
    two_way = pl.col("two_way") if "two_way" in values.columns else pl.lit(False)
    frame = values.select(
        IDENTITY, "creditor_id", "account", "channel", "at", "source", "reference",
        two_way.alias("two_way"), _said(values, "by", "externo"), _said(values, "result", ""),
    )  # fmt: skip
    return save_outside_contacts(connection, context.portfolio.id, frame, context.as_of)


def land_protections(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save protections; without dates they begin at the file's date and are reviewed in 90 days."""
    since = pl.col("since_on") if "since_on" in values.columns else pl.lit(None, pl.Date)
    until = pl.col("until_on") if "until_on" in values.columns else pl.lit(None, pl.Date)
    since = since.fill_null(context.as_of)
    frame = values.select(
        IDENTITY,
        pl.col("stop").cast(pl.Int64),
        since_on=since,
        until_on=pl.coalesce(until, since + pl.duration(days=REVIEW_DAYS)),
        by=_said(values, "by", "archivo"),
        reason=_said(values, "reason", ""),
    )
    return save_protections(connection, frame)


def land_consents(connection: psycopg.Connection, values: pl.DataFrame, context: Context) -> Merged:
    """Save consents; a channel "todos" is every channel."""
    frame = values.select(
        IDENTITY,
        "channel",
        state=consent_state(pl.col("granted")),
        source=_said(values, "source", "archivo"),
        at=_instant(values, "at", context),
    )
    each = pl.DataFrame({"one": [int(channel) for channel in Channel if channel != Channel.VISIT]})
    every = frame.filter(pl.col("channel") == 0).join(each, how="cross")
    frame = pl.concat(
        [
            frame.filter(pl.col("channel") != 0),
            every.with_columns(channel=pl.col("one").cast(pl.Int16)).drop("one"),
        ]
    )
    merged = save_consents(connection, frame)
    refresh_channels(connection, frame[IDENTITY])
    return merged


def _once(rows: Rows, context: Context) -> Rows:
    """Refuse what the file says twice under one source and reference."""
    source = _said(rows.values, "source", "archivo")
    rows = Rows(rows.values.with_columns(source), rows.refusals, rows.columns)
    again = ~pl.struct("source", "reference").is_first_distinct() & pl.col("reference").is_not_null()
    return rows.refuse(again, "reference", "la referencia ya está en una línea anterior del archivo")


def _said(values: pl.DataFrame, column: str, otherwise: str) -> pl.Expr:
    said = pl.col(column) if column in values.columns else pl.lit(None, pl.String)
    return said.fill_null(otherwise).alias(column)


def _instant(values: pl.DataFrame, column: str, context: Context) -> pl.Expr:
    """The instant said, else noon of the file's date."""
    noon = pl.lit(datetime.combine(context.as_of, time(12), UTC))
    said = pl.col(column) if column in values.columns else pl.lit(None, pl.Datetime("us", "UTC"))
    return pl.coalesce(said, noon).alias(column)
