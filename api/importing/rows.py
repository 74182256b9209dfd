"""A file's rows as typed columns under the names of fields, and what was refused of them."""

from dataclasses import dataclass, replace

import polars as pl

from api.importing.cleaning import EXPONENT, WITHOUT_DECIMALS
from api.importing.fields import KINDS, Field, FieldType
from api.importing.mapping import CUSTOM_TYPES, ColumnMapping, find_columns
from api.importing.plain import read_cells
from api.importing.reading import LINE, RawFile
from api.importing.styles import Style, date_order, decimal_comma

CELL_ONLY = frozenset({FieldType.PHONE, FieldType.EMAIL})
"""Fields whose refused cell is left out while the rest of its row lands."""

REFUSAL_SCHEMA = {"line": pl.Int32, "column_name": pl.String, "value": pl.String, "reason": pl.String}
CUSTOM = "custom\x00"


@dataclass(frozen=True)
class Rows:
    """``values`` has ``LINE`` and a typed column for each field the file has; ``refusals`` line,
    ``column_name`` (the header), ``value`` and ``reason``; ``columns`` the header of each field.

    Refused rows are still in ``values``; :meth:`good` leaves them out.
    """

    values: pl.DataFrame
    refusals: pl.DataFrame
    columns: dict[str, str]

    def refuse(self, condition: pl.Expr, field: str, reason: str) -> "Rows":
        """These rows with those of ``condition`` refused for a field's value, unless it was already."""
        text = pl.col(field).cast(pl.String) if field in self.values.columns else pl.lit("")
        header = self.columns.get(field, field)
        told = self.refusals.filter(pl.col("column_name") == header)["line"].implode()
        found = self.values.filter(condition & ~pl.col(LINE).is_in(told)).select(
            line=pl.col(LINE),
            column_name=pl.lit(header),
            value=text.fill_null("").str.slice(0, 200),
            reason=pl.lit(reason),
        )
        return replace(self, refusals=pl.concat([self.refusals, found]))

    def good(self) -> pl.DataFrame:
        """The rows nothing of which was refused, but for cells that are left out alone."""
        return self.values.join(self._row_refusals(), left_on=LINE, right_on="line", how="anti")

    @property
    def refused_rows(self) -> int:
        """How many rows do not land."""
        return self._row_refusals()["line"].n_unique()

    @property
    def omitted_cells(self) -> int:
        """How many cells were left out of rows that landed or not."""
        return self.refusals.height - self._row_refusals().height

    def _row_refusals(self) -> pl.DataFrame:
        return self.refusals.filter(~pl.col("reason").str.starts_with(CELL_MARK))


CELL_MARK = "dato omitido: "
"""Begins the reason of a cell that was left out while its row landed."""


@dataclass(frozen=True)
class Home:
    """What a file does not say itself: the portfolio's currency, country and zone."""

    currency: str
    country: str
    zone: str


def typed_rows(raw: RawFile, mapping: ColumnMapping, home: Home, currencies: pl.DataFrame | None) -> Rows:
    """Read every cell of the mapped columns.

    ``currencies`` (``account``, ``currency``) says the currency of known accounts for files that name
    accounts and no currency. Raises ``BookError`` when the file cannot be read as a whole: columns
    that lack, dates or amounts that can be read in two ways.
    """
    columns = find_columns(mapping, raw.headers)
    fields = [f for f in KINDS[mapping.kind] if f.name in columns or f.name in mapping.constants]
    fields += [Field(name, CUSTOM_TYPES[fact.type], "", signed=True) for name, fact in mapping.custom.items()]
    sources = columns | {name: fact.column for name, fact in mapping.custom.items()}
    texts = raw.rows.select(
        LINE, *(_source(field, sources, mapping, raw.headers).alias(field.name) for field in fields)
    )
    texts = _with_exponent(texts, home, currencies)
    style = _style(fields, texts, mapping, raw, home)
    read = {field.name: read_cells(texts, field, style) for field in fields}
    values = texts.select(LINE, EXPONENT, *(cells.value.alias(name) for name, cells in read.items()))
    parts = [_refused(texts, field, read[field.name].reason, sources) for field in fields]
    ragged = pl.DataFrame(
        [(line, "", text, reason) for line, text, reason in raw.ragged], schema=REFUSAL_SCHEMA, orient="row"
    )
    return _leave_out(Rows(values, pl.concat([ragged, *parts]), sources), fields)


def _source(field: Field, sources: dict[str, str], mapping: ColumnMapping, headers: list[str]) -> pl.Expr:
    header = sources.get(field.name)
    column = pl.col(header) if header in headers else pl.lit(None, pl.String)
    if field.name in mapping.words:
        column = column.str.strip_chars().replace(mapping.words[field.name])
    if field.name in mapping.constants:
        column = column.fill_null(mapping.constants[field.name])
    return column


def _with_exponent(texts: pl.DataFrame, home: Home, currencies: pl.DataFrame | None) -> pl.DataFrame:
    """The texts with the decimals of each row's currency: the row's, the account's or the portfolio's."""
    said = pl.lit(None, pl.String)
    if "currency" in texts.columns:
        said = pl.col("currency").str.strip_chars().str.to_uppercase()
    elif currencies is not None and "account" in texts.columns:
        known = currencies.select(pl.col("account"), known=pl.col("currency"))
        texts = texts.with_columns(stripped=pl.col("account").str.strip_chars())
        texts = texts.join(known, left_on="stripped", right_on="account", how="left", maintain_order="left")
        said = pl.col("known")
    exponent = pl.when(said.fill_null(home.currency).is_in(list(WITHOUT_DECIMALS))).then(0).otherwise(2)
    return texts.with_columns(exponent.alias(EXPONENT)).drop("known", "stripped", strict=False)


def _style(
    fields: list[Field], texts: pl.DataFrame, mapping: ColumnMapping, raw: RawFile, home: Home
) -> Style:
    def cells(*types: FieldType) -> pl.Series:
        columns = [texts[field.name] for field in fields if field.type in types]
        return pl.concat([column.alias("cell") for column in columns] or [pl.Series("cell", [], pl.String)])

    return Style(
        day_first=date_order(mapping, cells(FieldType.DATE, FieldType.INSTANT)),
        comma=decimal_comma(mapping, cells(FieldType.MONEY), typed=raw.typed),
        typed=raw.typed,
        credit_balances=mapping.credit_balances,
        zone=home.zone,
    )


def _refused(texts: pl.DataFrame, field: Field, reasons: pl.Series, sources: dict[str, str]) -> pl.DataFrame:
    mark = CELL_MARK if field.type in CELL_ONLY else ""
    shown = pl.col(field.name).fill_null("").str.replace("\ue000", "(fórmula)", literal=True)
    refused = texts.filter(reasons.is_not_null())
    return refused.select(
        line=pl.col(LINE),
        column_name=pl.lit(sources.get(field.name, field.name)),
        value=shown.str.slice(0, 200),
        reason=pl.lit(mark) + reasons.drop_nulls(),
    )


def _leave_out(rows: Rows, fields: list[Field]) -> Rows:
    """The rows with the cells that are left out alone emptied."""
    values = rows.values
    for field in fields:
        if field.type in CELL_ONLY:
            header = rows.columns.get(field.name, field.name)
            lines = rows.refusals.filter(pl.col("column_name") == header)["line"]
            out = pl.col(LINE).is_in(lines.implode())
            values = values.with_columns(pl.when(~out).then(pl.col(field.name)).alias(field.name))
    return replace(rows, values=values)
