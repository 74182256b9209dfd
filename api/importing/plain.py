"""Cells written the plain way, read at a glance: nearly all that a system sends; the others are read whole.

A plain cell has the value :mod:`api.importing.cleaning` would read, and nothing to refuse it for.
"""

from typing import NamedTuple

import polars as pl

from api.importing.cleaning import EXPONENT, Reading, read_field
from api.importing.fields import Field, FieldType
from api.importing.styles import Style

_WORDS = r"^[\p{L}\p{N}][\p{L}\p{N}.,/&'#-]*(?: [\p{L}\p{N}.,/&'#-]+)*$"
_ASCII = r"^[A-Za-z0-9][A-Za-z0-9.,/&'#-]{5,}(?: [A-Za-z0-9.,/&'#-]+)*$"
_LONGER_THAN_BLANKS, _LONGEST = 13, 500
"""Octets: shorter words might stand for an empty cell (``n/a``, ``null``) in letters of any width."""

_CODE = r"^[A-Za-z0-9]{1,5}$"
_BLANKS = ("na", "nan", "null", "none")
_AMOUNT = r"^\d{1,12}(?:\.\d{1,2})?$"
_WHOLE = r"^\d{1,9}$"
_ISO = r"^\d{4}-\d{2}-\d{2}$"
_MAILBOX = r"^[a-z0-9][a-z0-9._-]*@[a-z0-9]+(?:\.[a-z0-9]+)+$"
_PHONE = r"^\+?\d{6,20}$"


class _Glance(NamedTuple):
    """Whether a cell is plain, and the value of one that is."""

    is_plain: pl.Expr
    value: pl.Expr


class Cells(NamedTuple):
    """A column that was read: values, and the reasons to refuse them (null where there is none)."""

    value: pl.Series
    reason: pl.Series


def read_cells(texts: pl.DataFrame, field: Field, style: Style) -> Cells:
    """The cells of a field's column; those that are not plain are read by :func:`read_field`."""
    whole = read_field(field, style)
    glance = _glance(field, style)
    if glance is None:
        return _read(texts, whole)
    seen = texts.lazy().select(value=glance.value, plain=glance.is_plain.fill_null(False)).collect()
    odd = (~seen["plain"]).arg_true()
    nothing = pl.repeat(None, texts.height, dtype=pl.String, eager=True)
    if odd.is_empty():
        return Cells(seen["value"], nothing)
    if len(odd) == texts.height:
        return _read(texts, whole)
    rest = _read(texts[odd], whole)
    value = seen["value"].scatter(odd, rest.value.cast(seen["value"].dtype))
    if rest.reason.null_count() == len(odd):
        return Cells(value, nothing)
    return Cells(value, nothing.scatter(odd, rest.reason))


def _read(texts: pl.DataFrame, reading: Reading) -> Cells:
    read = texts.lazy().select(value=reading.value, reason=reading.reason).collect()
    return Cells(read["value"], read["reason"].cast(pl.String))


def _glance(field: Field, style: Style) -> _Glance | None:
    """How a field's plain cells are told and read; ``None`` for the kinds that are always read whole."""
    cell = pl.col(field.name)
    if field.type is FieldType.TEXT:
        octets = cell.str.len_bytes()
        word = octets.is_between(_LONGER_THAN_BLANKS, _LONGEST) & cell.str.contains(_WORDS)
        ascii_word = (octets <= _LONGEST) & cell.str.contains(_ASCII)
        code = cell.str.contains(_CODE) & ~cell.str.to_lowercase().is_in(_BLANKS)
        return _Glance(word | ascii_word | code, cell)
    if field.type is FieldType.MONEY and (style.typed or not style.comma):
        cents = (cell.cast(pl.Float64, strict=False) * 100).round().cast(pl.Int64, strict=False)
        return _Glance(cell.str.contains(_AMOUNT) & (pl.col(EXPONENT) == 2), cents)
    if field.type is FieldType.DATE:
        day = cell.str.to_date("%Y-%m-%d", strict=False)
        return _Glance(cell.str.contains(_ISO) & day.dt.year().is_between(1950, 2100), day)
    if field.type is FieldType.NUMBER:
        return _Glance(cell.str.contains(_WHOLE), cell.cast(pl.Int32, strict=False))
    if field.type is FieldType.EMAIL:
        return _Glance(cell.str.contains(_MAILBOX), cell)
    if field.type is FieldType.PHONE:
        return _Glance(cell.str.contains(_PHONE), cell)
    return None
