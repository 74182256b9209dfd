"""What an import knows besides its file: portfolio, creditors, mapping, date and the index key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import psycopg

from api.importing.cleaning import fold_words
from api.importing.mapping import ColumnMapping
from api.importing.people import People, as_place, touched
from api.importing.rows import Rows
from engine.errors import BookError
from storage.book_in.lookups import PortfolioFacts, creditors, known_values, portfolio_facts
from storage.book_in.people import refresh_channels, save_consents, save_contact_points, save_persons
from storage.book_in.places import place_ids
from storage.terms import codes
from storage.vault import BlindIndex


@dataclass(frozen=True)
class Context:
    """One import's surroundings; it holds a connection's answers, not the connection."""

    portfolio: PortfolioFacts
    creditors: pl.DataFrame
    mapping: ColumnMapping
    as_of: date
    index: BlindIndex
    connection: psycopg.Connection
    now: datetime

    @classmethod
    def of(
        cls,
        connection: psycopg.Connection,
        portfolio_id: int,
        mapping: ColumnMapping,
        as_of: date,
        index: BlindIndex,
        now: datetime,
    ) -> "Context":
        """The surroundings of an import into a portfolio."""
        facts = portfolio_facts(connection, portfolio_id)
        return cls(facts, creditors(connection), mapping, as_of, index, connection, now)

    @property
    def own_creditor(self) -> int | None:
        """The creditor of rows that name none: the portfolio's setting, or the only one there is."""
        key = self.portfolio.settings.get("creditor")
        own = self.creditors.filter(pl.col("key") == key) if key else self.creditors
        return int(own["id"][0]) if own.height == 1 else None

    @property
    def currency(self) -> str:
        """The portfolio's currency: its setting, else its creditor's."""
        said = self.portfolio.settings.get("currency")
        if isinstance(said, str):
            return said
        own = self.creditors.filter(pl.col("id") == self._expect_creditor())
        return str(own["currency"][0])

    def known(self, values: list[str]) -> set[str]:
        """Which contact values the book has."""
        by_index = dict(zip(self.index.all(values), values, strict=True))
        return {by_index[index] for index in known_values(self.connection, list(by_index))}

    def currency_of(self, values: pl.DataFrame) -> pl.Series:
        """The currency word of each row."""
        if "currency" not in values.columns:
            return pl.Series("currency", [self.currency] * values.height, dtype=pl.String)
        return values["currency"].str.to_uppercase().fill_null(self.currency)

    def with_creditor(self, rows: Rows) -> Rows:
        """The rows with ``creditor_id``: named by key or name, else the portfolio's one creditor."""
        if "creditor" not in rows.values.columns:
            own = pl.lit(self._expect_creditor(), pl.Int32)
            return Rows(rows.values.with_columns(creditor_id=own), rows.refusals, rows.columns)
        table = pl.concat(
            [self.creditors.select("id", word=fold_words(pl.col(column))) for column in ("key", "name")]
        ).unique("word", keep="first", maintain_order=True)
        by_word = dict(zip(table["word"], table["id"], strict=True))
        found = fold_words(pl.col("creditor")).replace_strict(by_word, default=None, return_dtype=pl.Int32)
        placed = Rows(rows.values.with_columns(creditor_id=found), rows.refusals, rows.columns)
        return placed.refuse(pl.col("creditor_id").is_null(), "creditor", "no existe ese acreedor")

    def _expect_creditor(self) -> int:
        if self.own_creditor is None:
            raise BookError(
                "el archivo no dice el acreedor y el portafolio no tiene uno propio",
                code="portfolio.creditor",
                place="creditor",
                hint=f"acreedores: {', '.join(self.creditors['key'])}; póngalo como constante del mapeo",
            )
        return self.own_creditor


def coded(connection: psycopg.Connection, frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The frame with the codes of an open vocabulary in place of its words (0 where there is none)."""
    words = frame[kind].fill_null("")
    by_word = codes(connection, kind, words.unique())
    return frame.with_columns(words.replace_strict(by_word, return_dtype=pl.Int16).alias(kind))


def save_people(connection: psycopg.Connection, who: People, *, once: Sequence[str] = ()) -> None:
    """Write the persons of a file with their places, points and consents."""
    if not who.persons.is_empty():
        _save_persons(connection, who, once)
    save_consents(connection, who.consents, over_denial=False)
    refresh_channels(connection, touched([who.persons, *who.points, who.consents]))


def _save_persons(connection: psycopg.Connection, who: People, once: Sequence[str]) -> None:
    ids = place_ids(connection, map(as_place, who.persons["place"].unique()))
    by_text = {text: ids[as_place(text)] for text in who.persons["place"].unique()}
    persons = who.persons.with_columns(
        place_id=pl.col("place").replace_strict(by_text, return_dtype=pl.Int16)
    ).drop("place")
    if "preferred_payment_method" in persons.columns:
        persons = coded(connection, persons, "preferred_payment_method")
    save_persons(connection, persons, once=once)
    for points in who.points:
        save_contact_points(connection, points)
