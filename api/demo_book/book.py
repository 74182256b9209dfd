"""Puts real debts and invented people together into a book: who owes which account, and who else signs."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from api.demo_book.chance import Chance, Ids
from api.demo_book.debts import debts
from api.demo_book.invoices import as_invoiced, choose_invoiced, invoices
from api.demo_book.people import consents, contact_points, identities, persons
from api.demo_book.places import COUNTRIES, COUNTRY_WEIGHTS, MARKETS
from engine.vocabulary import Relation
from storage.vault import BlindIndex

CARDS = Path(__file__).parents[2] / "examples" / "demo_book" / "credit_cards.parquet"
DEBTS_OF_PERSON = np.array([1] * 88 + [2] * 8 + [3] * 4)[np.arange(100) * 37 % 100]
"""How many accounts each of a hundred persons has, well mixed: 12 % have two or three."""

SEATS = np.repeat(np.arange(100), DEBTS_OF_PERSON)
"""Which of a hundred persons holds each of their 116 accounts; the pattern repeats."""

CODEBTOR_RATE = 0.05


@dataclass(frozen=True)
class DemoBook:
    """Frames of a book; people are tied by ``identity_index``, accounts by ``number``.

    ``persons`` and ``accounts`` say places, products and currencies in words; ``accounts`` also names
    its ``country`` and its ``creditor`` by key.
    """

    persons: pl.DataFrame
    contact_points: pl.DataFrame
    consents: pl.DataFrame
    accounts: pl.DataFrame
    parties: pl.DataFrame
    invoices: pl.DataFrame

    def only(self, numbers: pl.Series) -> "DemoBook":
        """The part of the book that the accounts of these numbers make up."""
        accounts = self.accounts.filter(pl.col("number").is_in(numbers.implode()))
        parties = self.parties.filter(pl.col("number").is_in(numbers.implode()))
        people = pl.concat([accounts["identity_index"], parties["identity_index"]]).unique().implode()
        of_people = pl.col("identity_index").is_in(people)
        return DemoBook(
            self.persons.filter(of_people),
            self.contact_points.filter(of_people),
            self.consents.filter(of_people),
            accounts,
            parties,
            self.invoices.filter(pl.col("account").is_in(numbers.implode())),
        )


def read_cards() -> pl.DataFrame:
    """The 30,000 credit-card accounts that ship with the product."""
    return pl.read_parquet(CARDS)


def make_book(
    cards: pl.DataFrame, as_of: date, index: BlindIndex, *, seed: str = "demo", first: int = 0
) -> DemoBook:
    """A book of as many accounts as there are cards, numbered from ``first``.

    ``first`` is a multiple of 116 (the accounts of a hundred persons), so that a book made in parts
    equals the book made at once. The same arguments give the same book.
    """
    chance = Chance(seed)
    numbers = np.arange(first, first + cards.height, dtype=np.int64)
    people, holder = _seats(numbers)
    signs = np.flatnonzero(chance.share(numbers, "codebtor") < CODEBTOR_RATE)
    everyone = np.concatenate([people, _second_signer(numbers[signs])])
    country = chance.weighted(people, "country", COUNTRY_WEIGHTS)
    all_countries = np.concatenate([country, country[holder[signs]]])
    identity = identities(everyone, index, seed)

    alone = np.flatnonzero(np.bincount(holder)[holder] == 1)
    chosen = choose_invoiced(cards, np.setdiff1d(alone, signs), chance)
    company = np.zeros(len(everyone), np.bool_)
    company[holder[chosen.rows]] = True

    accounts = _accounts(cards, numbers, country[holder], as_of, chance, seed)
    accounts = accounts.with_columns(identity_index=identity.gather(holder))
    open_invoices = invoices(accounts, chosen, as_of)
    points = contact_points(everyone, all_countries, identity, chance)
    values = points["value"].unique()
    indexes = dict(zip(values, index.all(values), strict=True))
    return DemoBook(
        _with_profile(persons(everyone, all_countries, company, as_of, chance), identity, accounts),
        points.with_columns(value_index=points["value"].replace_strict(indexes, return_dtype=pl.Binary)),
        consents(everyone, identity, as_of, chance),
        as_invoiced(accounts, open_invoices, as_of),
        _parties(accounts, signs, identity[len(people) :], chance, numbers),
        open_invoices,
    )


def _seats(numbers: Ids) -> tuple[Ids, Ids]:
    """The people of consecutive accounts, and for each account which of them holds it (an index)."""
    person = numbers // len(SEATS) * len(DEBTS_OF_PERSON) + SEATS[numbers % len(SEATS)]
    people, holder = np.unique(person, return_inverse=True)
    return people, holder


def _second_signer(numbers: Ids) -> Ids:
    """A co-debtor is a person of their own, numbered far from those who hold accounts."""
    return numbers + 500_000_000


def _accounts(
    cards: pl.DataFrame, numbers: Ids, country: Ids, as_of: date, chance: Chance, seed: str
) -> pl.DataFrame:
    products = pl.Series(("tarjeta", "prestamo_personal", "linea_credito"))
    code = pl.Series(COUNTRIES).gather(country)
    frame = pl.DataFrame(
        {
            "number": pl.Series(numbers).cast(pl.String).str.zfill(7),
            "country": code,
            "currency": code.replace_strict({key: market.currency for key, market in MARKETS.items()}),
            "creditor": code.replace_strict({key: market.creditor for key, market in MARKETS.items()}),
            "product": products.gather(chance.weighted(numbers, "product", (0.75, 0.15, 0.10))),
        }
    ).with_columns(number=pl.lit(f"{seed.upper()}-") + pl.col("number"))
    return frame.hstack(debts(cards, numbers, country, as_of, chance))


def _with_profile(people: pl.DataFrame, identity: pl.Series, accounts: pl.DataFrame) -> pl.DataFrame:
    """Risk score and payer profile, read from how the person's accounts were paid."""
    history = accounts.group_by("identity_index").agg(
        times=pl.col("times_delinquent_12m").max(), worst=pl.col("worst_dpd_12m").max()
    )
    joined = people.with_columns(identity_index=identity).join(
        history, on="identity_index", how="left", maintain_order="left"
    )
    score = 900 - 90 * pl.col("times").cast(pl.Int32) - pl.col("worst").clip(0, 240)
    late = pl.col("times") >= 3
    profile = pl.when(late & (pl.col("worst") >= 60)).then(3).when(late).then(2).when(pl.col("times") == 0)
    return joined.with_columns(
        risk_score=score.clip(50, 900),
        payer_profile=profile.then(1).when(pl.col("times").is_null()).then(0).otherwise(2).cast(pl.Int16),
    ).drop("times", "worst")


def _parties(
    accounts: pl.DataFrame, signs: Ids, identity: pl.Series, chance: Chance, numbers: Ids
) -> pl.DataFrame:
    guarantor = chance.share(numbers[signs], "guarantor") < 0.2
    relation = np.where(guarantor, Relation.AVAL, Relation.CODEUDOR).astype(np.int16)
    return pl.DataFrame(
        {
            "number": accounts["number"].gather(signs),
            "identity_index": identity,
            "relation": relation,
        }
    )
