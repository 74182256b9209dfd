"""The people the demo tells about: found in the book by what their part needs of them."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from api.demo_book.book import DEBTS_OF_PERSON, SEATS, DemoBook
from api.demo_book.chance import Ids
from api.demo_book.places import MINIMUM_WORTH_WORKING
from engine.vocabulary import Channel, Consent

Roles = dict[str, list[list[str]]]
"""The account numbers of each candidate for a part; a candidate in the holdout cannot play it."""

CANDIDATES = 6
LONELY_ROLES = ("payer", "opt_out", "promise", "replier", "read_only")
"""Parts played by a Mexican with one debt, 1 to 30 days late, who can be written to by WhatsApp."""

_SEATED_BLOCKS = 4


def seat(cards: pl.DataFrame) -> pl.DataFrame:
    """The cards in another order, so that the first persons with three debts are late with all three.

    Who holds which card is invented anyway; which card is late is not.
    """
    places = np.flatnonzero(DEBTS_OF_PERSON[SEATS] == 3)
    seats = np.concatenate([block * len(SEATS) + places for block in range(_SEATED_BLOCKS)])
    late = (cards["months_late_09"] == 1) & cards["bill_09"].is_between(5_000, 60_000)
    order: Ids = np.arange(cards.height)
    for place, row in zip(seats, np.flatnonzero(late.to_numpy()), strict=False):
        there = int(np.flatnonzero(order == row)[0])
        order[[place, there]] = order[[there, place]]
    return cards[order]


def cast(book: DemoBook, as_of: date) -> Roles:
    """Who can play each part, at most ``CANDIDATES`` for each; nobody is in two parts."""
    people = _people(book, as_of)
    alone = people.filter((pl.col("debts") == 1) & pl.col("early") & pl.col("writable"))
    roles: Roles = {
        "three_debts": _first(
            people.filter(
                (pl.col("debts") == 3) & pl.col("early") & pl.col("writable") & (pl.col("country") == "MX")
            )
        ),
        "outside_contacts": _first(alone.filter(pl.col("country") == "CO")),
    }
    mexicans = alone.filter(pl.col("country") == "MX")
    for place, role in enumerate(LONELY_ROLES):
        roles[role] = _first(mexicans.slice(place * CANDIDATES))
    return roles


def outside_contacts(book: DemoBook, roles: Roles, as_of: date) -> pl.DataFrame:
    """Two talks by telephone with each Colombian of that part, on the business date and the day before.

    After a two-way contact Ley 2300 leaves one channel for the rest of the week: the telephone.
    """
    numbers = [number for person in roles["outside_contacts"] for number in person]
    accounts = book.accounts.filter(pl.col("number").is_in(numbers))
    talks = [
        (datetime.combine(as_of - timedelta(days=1), time(15, 5), UTC), "acordó volver a hablar"),
        (datetime.combine(as_of, time(21, 40), UTC), "pidió tiempo"),
    ]
    calls = pl.DataFrame({"at": [at for at, _ in talks], "result": [result for _, result in talks]})
    return (
        accounts.select("identity_index", "creditor", account="number")
        .join(calls, how="cross")
        .select(
            pl.all(),
            channel=pl.lit(Channel.VOICE, pl.Int16),
            two_way=pl.lit(True),
            by=pl.lit("Agencia Andina de Cobranza (ficticia)"),
            source=pl.lit("demo"),
            reference=pl.concat_str("account", pl.col("at").dt.strftime("-%Y%m%d%H%M")),
        )
    )


def stratified(book: DemoBook, roles: Roles, limit: int) -> DemoBook:
    """A slice of exactly ``limit`` accounts (or the whole book): the cast, some companies, some with a
    co-debtor, then late and current accounts by turns.

    A person comes with all their accounts; the last seats go to persons with one.
    """
    cast_numbers = [number for role in roles.values() for person in role for number in person]
    late = (pl.col("account_status") > 1).cast(pl.Int8)
    people = (
        book.accounts.with_columns(
            played=pl.col("number").is_in(cast_numbers),
            invoiced=pl.col("product") == "factura",
            signed=pl.col("number").is_in(book.parties["number"].implode()),
        )
        .group_by("identity_index", maintain_order=True)
        .agg(
            pl.col("played", "invoiced", "signed").any(),
            numbers=pl.col("number"),
            debts=pl.len(),
            late=late.max(),
        )
    )
    some = [(pl.col(name) & (pl.col(name).cum_sum() <= 8)).alias(name) for name in ("invoiced", "signed")]
    people = people.with_columns(some).with_columns(
        first=pl.col("played") | pl.col("invoiced") | pl.col("signed"),
        turn=pl.int_range(pl.len()).over("late"),
    )
    ordered = people.sort(pl.col("first").not_(), "turn", "late", maintain_order=True)
    fitting = ordered.filter(pl.col("debts").cum_sum() <= limit)
    rest = ordered.slice(fitting.height).filter(pl.col("debts") == 1)
    chosen = pl.concat([fitting, rest.head(limit - int(fitting["debts"].sum()))])
    return book.only(chosen["numbers"].explode())


def _people(book: DemoBook, as_of: date) -> pl.DataFrame:
    """Per holder: country, accounts, whether all are 1-30 days late and worth it, whether WhatsApp works."""
    minimum = pl.col("currency").replace_strict(MINIMUM_WORTH_WORKING)
    days = (pl.lit(as_of) - pl.col("effective_due_on")).dt.total_days()
    early = days.is_between(1, 30) & (pl.col("amount_to_cure") >= minimum) & (pl.col("product") != "factura")
    phones = book.contact_points.filter(pl.col("verified"), pl.col("kind") == "phone")
    granted = book.consents.filter(pl.col("channel") == Channel.WHATSAPP, pl.col("state") == Consent.GRANTED)
    writable = set(phones["identity_index"]) & set(granted["identity_index"])
    return (
        book.accounts.group_by("identity_index", maintain_order=True)
        .agg(
            pl.col("country").first(),
            numbers=pl.col("number"),
            debts=pl.len(),
            early=early.fill_null(False).all(),
        )
        .with_columns(writable=pl.col("identity_index").is_in(list(writable)))
    )


def _first(people: pl.DataFrame) -> list[list[str]]:
    return people["numbers"].head(CANDIDATES).to_list()
