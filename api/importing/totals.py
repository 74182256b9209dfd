"""Control totals: what the sender says a file holds, compared before anything is written."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import polars as pl

from api.importing.cleaning import EXPONENT
from api.importing.reading import RawFile
from api.importing.rows import Rows
from engine.errors import BookError

_SUMMED = ("outstanding_balance", "amount_to_cure", "amount", "balance")


@dataclass(frozen=True)
class ControlTotals:
    """Rows of the file and the sum of one amount, in units of the currency, not minor units."""

    rows: int | None = None
    sums: tuple[tuple[str, Decimal], ...] = ()


def parse_totals(text: str) -> ControlTotals:
    """``"rows=300,outstanding_balance=1234567.89"``; ``BookError`` when it says something else.

    >>> parse_totals("rows=2,amount=10.50")
    ControlTotals(rows=2, sums=(('amount', Decimal('10.50')),))
    """
    rows, sums = None, []
    for part in filter(None, text.split(",")):
        name, _, figure = part.strip().partition("=")
        try:
            if name == "rows":
                rows = int(figure)
            elif name in _SUMMED:
                sums.append((name, Decimal(figure)))
            else:
                raise ValueError(name)
        except (ValueError, InvalidOperation) as fault:
            raise BookError(
                f"no se entiende el total de control «{part}»",
                code="totals.unreadable",
                place="--totals",
                hint=f"ejemplo: rows=300,outstanding_balance=1234567.89; montos: {', '.join(_SUMMED)}",
            ) from fault
    return ControlTotals(rows, tuple(sums))


def check_totals(rows: Rows, raw: RawFile, said: ControlTotals | None) -> dict[str, object]:
    """What the file holds; ``BookError`` when it is not what the sender says.

    Every line counts, refused or not: the totals are about the file, not about what lands of it.
    """
    held: dict[str, object] = {"rows": raw.rows.height + len(raw.ragged)}
    present = [name for name in _SUMMED if name in rows.values.columns]
    held |= {name: str(_sum(rows.values, name)) for name in present}
    if said is None:
        return held
    if said.rows is not None and said.rows != held["rows"]:
        raise _mismatch("filas", said.rows, held["rows"], raw.name)
    for name, total in said.sums:
        if name not in held:
            raise _mismatch(f"suma de {name}", total, "ninguna columna", raw.name)
        if Decimal(str(held[name])) != total:
            raise _mismatch(f"suma de {name}", total, held[name], raw.name)
    return held


def _sum(values: pl.DataFrame, name: str) -> Decimal:
    by_exponent = values.group_by(EXPONENT).agg(pl.col(name).sum())
    return sum(
        (Decimal(total).scaleb(-exponent) for exponent, total in by_exponent.iter_rows()), start=Decimal(0)
    )


def _mismatch(what: str, said: object, held: object, place: str) -> BookError:
    return BookError(
        f"el archivo no cuadra con su control: {what} {said} según el control, {held} en el archivo",
        code="totals.mismatch",
        place=place,
        hint="no se cambió nada; pida el archivo completo",
    )
