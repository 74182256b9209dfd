"""How a file writes dates and amounts: decided once for the file, from evidence, never guessed for money."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from api.importing.mapping import ColumnMapping
from engine.errors import BookError

SLASHED = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})\b"
"""A date of three numbers whose first two may be day and month in either order."""

_COMMA_DECIMAL = r",\d{1,2}\)?-?$|,\d{4,}\)?-?$|\.\d{3},|\.\d{3}\.\d{3}"
_POINT_DECIMAL = r"\.\d{1,2}\)?-?$|\.\d{4,}\)?-?$|,\d{3}\.|,\d{3},\d{3}"
_UNCLEAR = r"^[^.,]*[.,]\d{3}\)?-?$"


@dataclass(frozen=True)
class Style:
    """``day_first`` for dates of three numbers, ``comma`` for decimal commas; ``typed`` as in RawFile."""

    day_first: bool
    comma: bool
    typed: bool
    credit_balances: bool = False
    zone: str = "UTC"


def date_order(mapping: ColumnMapping, dates: pl.Series) -> bool:
    """Whether days come first; ``BookError`` when the cells contradict each other or leave it open."""
    if mapping.date_order != "auto":
        return mapping.date_order == "dmy"
    parts = pl.DataFrame({"text": dates.drop_nulls().str.strip_chars()}).select(
        first=pl.col("text").str.extract(SLASHED, 1).cast(pl.Int32),
        second=pl.col("text").str.extract(SLASHED, 2).cast(pl.Int32),
    )
    days_first = parts.filter(pl.col("first") > 12).height
    months_first = parts.filter(pl.col("second") > 12).height
    if days_first and months_first:
        raise _unclear("fechas", "unas dicen dd/mm y otras mm/dd", "date_order")
    open_dates = parts.filter(pl.col("first") != pl.col("second")).height
    if open_dates and not days_first and not months_first:
        raise _unclear("fechas", "no se sabe si son dd/mm o mm/dd", "date_order")
    return not months_first


def decimal_comma(mapping: ColumnMapping, amounts: pl.Series, *, typed: bool) -> bool:
    """Whether a comma marks decimals; ``BookError`` when that cannot be told (``1.234``)."""
    if mapping.decimal_mark != "auto":
        return mapping.decimal_mark == "comma"
    texts = amounts.drop_nulls().str.strip_chars()
    if typed:
        texts = texts.filter(~texts.str.contains(r"^-?\d+(\.\d+)?$"))
    comma, point = texts.str.contains(_COMMA_DECIMAL).any(), texts.str.contains(_POINT_DECIMAL).any()
    if comma and point:
        raise _unclear("importes", "unos usan coma decimal y otros punto decimal", "decimal_mark")
    if not comma and not point and texts.str.contains(_UNCLEAR).any():
        raise _unclear(
            "importes", "no se sabe si el punto o la coma separa miles o decimales", "decimal_mark"
        )
    return bool(comma)


def _unclear(what: Literal["fechas", "importes"], why: str, setting: str) -> BookError:
    options = "dmy o mdy" if setting == "date_order" else "comma o point"
    return BookError(
        f"{what} ambiguos: {why}" if what == "importes" else f"{what} ambiguas: {why}",
        code=f"file.{setting}",
        hint=f"diga {setting}: {options} en el mapeo; no se cambió nada",
    )
