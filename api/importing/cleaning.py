"""Cells to values: one Polars expression for a field's value and one for the reason it is refused.

Nothing runs per row. A reason is a Spanish sentence without the value, which stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from api.importing.fields import Field, FieldType
from api.importing.reading import FORMULA
from api.importing.styles import SLASHED, Style

EXPONENT = "exponent\x00"
"""Column with the decimals of the row's currency, named as no field is."""

WITHOUT_DECIMALS = frozenset({"CLP", "PYG"})
"""Currencies of ISO 4217 with no minor unit, among those of Latin America."""

REASON_FORMULA = "la celda es una fórmula: pegue su valor"
REASON_INJECTION = "el texto empieza como una fórmula de hoja de cálculo"
REASON_REQUIRED = "falta el dato, que es obligatorio"


@dataclass(frozen=True)
class Reading:
    """A field's value, and the reason to refuse it (null when there is none)."""

    value: pl.Expr
    reason: pl.Expr


def read_field(field: Field, style: Style, text: pl.Expr | None = None) -> Reading:
    """How the cells of a field are read; ``text`` is its column of strings unless given."""
    cell = _trimmed(pl.col(field.name) if text is None else text)
    reading = _READERS[field.type](field, cell, style)
    absent = cell.is_null()
    empty = pl.lit(field.empty) if field.empty is not None else pl.lit(None)
    lacking = pl.lit(REASON_REQUIRED) if field.required else pl.lit(None, pl.String)
    reason = (
        pl.when(absent)
        .then(lacking)
        .when(cell == FORMULA)
        .then(pl.lit(REASON_FORMULA))
        .otherwise(reading.reason)
    )
    return Reading(pl.when(absent).then(empty).otherwise(reading.value).alias(field.name), reason)


def fold_words(cell: pl.Expr) -> pl.Expr:
    """Words without accents, case, underscores and double blanks, for looking them up."""
    bare = cell.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return bare.str.replace_all(r"[\s_]+", " ").str.strip_chars()


def minor_units(cell: pl.Expr, comma: bool, typed: bool) -> Reading:
    """An amount as minor units, with its reason; decimals beyond the currency's are refused.

    Thousands separators, currency words and signs, brackets and a trailing minus are understood. A
    number of nine or more decimals is a computer's rounding and is rounded at the sixth.
    """
    bare = cell.str.replace_all(r"(?i)MXN|USD|COP|CLP|PEN|ARS|BRL|EUR|PYG|UYU|R\$|S/\.?|[\s\x{a0}'$€]", "")
    negative = bare.str.contains(r"^-|-$|^\(.*\)$")
    digits = bare.str.replace_all(r"^[-+(]|[-)]$", "")
    mark, group = (",", ".") if comma else (".", ",")
    plain = rf"^\d+(\{mark}\d+)?$|^\d{{1,3}}(\{group}\d{{3}})+(\{mark}\d+)?$"
    pointed = digits.str.replace_all(group, "", literal=True).str.replace(mark, ".", literal=True)
    if typed:
        native = digits.str.contains(r"^\d+(\.\d+)?$")
        pointed = pl.when(native).then(digits).otherwise(pointed)
        plain = rf"{plain}|^\d+(\.\d+)?$"
    scientific = digits.str.contains(r"^\d(\.\d+)?[eE]\+?\d{1,2}$")
    noisy = pointed.str.contains(r"\.\d{9,}$")
    rounded = pointed.cast(pl.Float64, strict=False).round(6).cast(pl.String)
    whole_float = digits.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False).cast(pl.String)
    settled = pl.when(scientific).then(whole_float).when(noisy).then(rounded).otherwise(pointed)
    whole = settled.str.extract(r"^(\d+)", 1)
    cents = settled.str.extract(r"\.(\d*?)0*$", 1).fill_null("")
    exponent = pl.col(EXPONENT)
    part = cents.str.pad_end(2, "0").str.slice(0, 2).cast(pl.Int64, strict=False)
    amount = (
        pl.when(exponent == 0)
        .then(whole.cast(pl.Int64, strict=False))
        .otherwise(whole.cast(pl.Int64, strict=False) * 100 + part)
    )
    reason = (
        pl.when(~(scientific | digits.str.contains(plain)))
        .then(pl.lit("no es un importe" + (" con coma decimal" if comma else " con punto decimal")))
        .when(whole.str.len_chars() > 15)
        .then(pl.lit("el importe es imposible de grande"))
        .when(cents.str.len_chars() > exponent)
        .then(pl.lit("tiene más decimales de los que usa su moneda"))
    )
    return Reading(pl.when(negative).then(-amount).otherwise(amount), reason)


def _money(field: Field, cell: pl.Expr, style: Style) -> Reading:
    reading = minor_units(cell, style.comma, style.typed)
    if field.signed or style.credit_balances:
        return reading
    negative = pl.when(reading.value < 0).then(
        pl.lit("el importe es negativo; si es un saldo a favor, dígalo en el mapeo (credit_balances)")
    )
    return Reading(reading.value, pl.coalesce(reading.reason, negative))


def _text(field: Field, cell: pl.Expr, style: Style) -> Reading:
    value = cell.str.replace_all(r"\p{Cc}+", " ").str.replace_all(r"\s+", " ")
    injected = cell.str.contains(r"^[=@]|^[+\-][^\d\s]|^[\t\r]")
    reason = (
        pl.when(injected)
        .then(pl.lit(REASON_INJECTION))
        .when(value.str.len_chars() > 500)
        .then(pl.lit("el texto tiene más de 500 letras"))
    )
    return Reading(value, reason)


def _number(field: Field, cell: pl.Expr, style: Style) -> Reading:
    whole = cell.str.extract(r"^([+-]?\d{1,9})([.,]0*)?$", 1)
    return Reading(
        whole.str.strip_prefix("+").cast(pl.Int32, strict=False),
        pl.when(whole.is_null()).then(pl.lit("no es un número entero")),
    )


def _flag(field: Field, cell: pl.Expr, style: Style) -> Reading:
    word = fold_words(cell)
    yes = word.is_in(["si", "s", "x", "1", "1.0", "true", "verdadero", "yes", "y", "acepta", "autoriza"])
    no = word.is_in(["no", "n", "0", "0.0", "false", "falso", "rechaza", "revoca"])
    value = pl.when(yes).then(True).when(no).then(False)
    return Reading(value, pl.when(~(yes | no)).then(pl.lit("no es sí ni no")))


def _code(field: Field, cell: pl.Expr, style: Style) -> Reading:
    codes = field.codes or {}
    value = fold_words(cell).replace_strict(_folded_keys(codes), default=None, return_dtype=pl.Int16)
    known = ", ".join(list(codes)[:12])
    return Reading(
        value, pl.when(value.is_null()).then(pl.lit(f"no se conoce esa palabra; se conocen: {known}"))
    )


def _folded_keys(codes: Mapping[str, int]) -> dict[str, int]:
    return {word.replace("_", " "): code for word, code in codes.items()}


def read_date(cell: pl.Expr, style: Style) -> pl.Expr:
    """The date a cell begins with: ISO, yyyymmdd or three numbers in the order of the file."""
    iso = cell.str.extract(r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2})", 1).str.replace_all("/", "-", literal=True)
    compact = cell.str.extract(r"^((?:19|20)\d{6})$", 1)
    first, second = cell.str.extract(SLASHED, 1), cell.str.extract(SLASHED, 2)
    year = cell.str.extract(SLASHED, 3)
    century = pl.when(year.str.len_chars() == 2).then(pl.lit("20")).otherwise(pl.lit(""))
    day, month = (first, second) if style.day_first else (second, first)
    slashed = pl.concat_str(century, year, pl.lit("-"), month, pl.lit("-"), day)
    return pl.coalesce(
        iso.str.to_date("%Y-%m-%d", strict=False),
        compact.str.to_date("%Y%m%d", strict=False),
        slashed.str.to_date("%Y-%m-%d", strict=False),
    )


def _date(field: Field, cell: pl.Expr, style: Style) -> Reading:
    value = read_date(cell, style)
    order = "dd/mm/aaaa" if style.day_first else "mm/dd/aaaa"
    reason = (
        pl.when(value.is_null())
        .then(pl.lit(f"no es una fecha ({order} o aaaa-mm-dd)"))
        .when(~value.dt.year().is_between(1950, 2100))
        .then(pl.lit("el año es imposible"))
    )
    return Reading(value, reason)


def _instant(field: Field, cell: pl.Expr, style: Style) -> Reading:
    """An instant; without a zone it is the portfolio's local time, without a time it is noon."""
    day = read_date(cell, style)
    hour = cell.str.extract(r"[T ](\d{1,2}):\d{2}", 1).cast(pl.Int64, strict=False)
    minute = cell.str.extract(r"[T ]\d{1,2}:(\d{2})", 1).cast(pl.Int64, strict=False)
    second = cell.str.extract(r"[T ]\d{1,2}:\d{2}:(\d{2})", 1).cast(pl.Int64, strict=False)
    afternoon = cell.str.contains(r"(?i)p\.?\s*m\.?$") & (hour < 12)
    midnight = cell.str.contains(r"(?i)a\.?\s*m\.?$") & (hour == 12)
    hour = pl.when(afternoon).then(hour + 12).when(midnight).then(0).otherwise(hour)
    clock = pl.duration(hours=hour.fill_null(12), minutes=minute.fill_null(0), seconds=second.fill_null(0))
    local = day.cast(pl.Datetime("us")) + clock
    here = local.dt.replace_time_zone(style.zone, ambiguous="earliest", non_existent="null")
    sign = pl.when(cell.str.contains(r"-\d{2}:?\d{2}$")).then(-1).otherwise(1)
    offset_hours = cell.str.extract(r":\d{2}(?:\.\d+)?[+-](\d{2}):?\d{2}$", 1).cast(pl.Int64, strict=False)
    offset_minutes = cell.str.extract(r":\d{2}(?:\.\d+)?[+-]\d{2}:?(\d{2})$", 1).cast(pl.Int64, strict=False)
    shift = pl.duration(minutes=sign * (offset_hours * 60 + offset_minutes))
    absolute = (local - shift).dt.replace_time_zone("UTC")
    zulu = pl.when(cell.str.ends_with("Z")).then(local.dt.replace_time_zone("UTC"))
    value = pl.coalesce(zulu, absolute, here.dt.convert_time_zone("UTC"))
    wrong = value.is_null() | (hour > 23) | (minute > 59)
    return Reading(value, pl.when(wrong).then(pl.lit("no es una fecha y hora")))


def _email(field: Field, cell: pl.Expr, style: Style) -> Reading:
    value = cell.str.to_lowercase()
    label = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
    shape = rf"^[a-z0-9!#$%&'*+/=?^_`{{|}}~.-]+@{label}(?:\.{label})+$"
    formula = cell.str.contains(r"^[=@+\-]")
    return Reading(
        value, pl.when(formula | ~value.str.contains(shape)).then(pl.lit("no es un correo electrónico"))
    )


def _phone(field: Field, cell: pl.Expr, style: Style) -> Reading:
    """Only marks the text; numbers are read by :mod:`api.importing.phones`, once per number."""
    injected = cell.str.contains(r"^[=@]")
    return Reading(cell, pl.when(injected).then(pl.lit(REASON_INJECTION)))


def _trimmed(cell: pl.Expr) -> pl.Expr:
    stripped = cell.str.strip_chars(" \t\r\n\u00a0")
    blank = fold_words(stripped).is_in(["", "n/a", "na", "nan", "null", "none", "-", "s/d"])
    return pl.when(~blank).then(stripped)


_READERS = {
    FieldType.TEXT: _text,
    FieldType.MONEY: _money,
    FieldType.DATE: _date,
    FieldType.INSTANT: _instant,
    FieldType.NUMBER: _number,
    FieldType.FLAG: _flag,
    FieldType.CODE: _code,
    FieldType.PHONE: _phone,
    FieldType.EMAIL: _email,
}
