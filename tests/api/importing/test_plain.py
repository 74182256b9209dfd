"""Cells read at a glance have the value, and the lack of reasons, they have when they are read whole."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from api.importing.cleaning import EXPONENT, read_field
from api.importing.fields import Field, FieldType
from api.importing.plain import read_cells
from api.importing.styles import Style

WORDS = [
    "12.50", "1500", "1,234.50", "1.234,50", "0.1", "12.345", "(12.00)", "1e3", "999999999999.99", "007.5",
    "2026-11-13", "2026-13-01", "2026-1-5", "1949-12-31", "20261113", "13/11/2026", "2026-11-13T10:00",
    "ana@correo.mx", "ANA@correo.mx", "a@b", "ana..b@x.mx", "a-b@c-d.mx", "=1+1", "@x", "+52551234567", "-5",
    "na", "N/A", "ｎａ", "ñ/á", "null", "None", "s/d", " ", "José Pérez", "María  José", "x\ty", "5", "-",
]  # fmt: skip
CELLS = some.one_of(
    some.none(),
    some.sampled_from(WORDS),
    some.text("aA1 .,-/@:éñＡ_=+(", max_size=14),
    some.integers(0, 10**13).map(str),
)
STYLES = some.builds(Style, day_first=some.booleans(), comma=some.booleans(), typed=some.booleans())
KINDS = [kind for kind in FieldType if kind is not FieldType.CODE]


@pytest.mark.parametrize("kind", KINDS)
@given(
    cells=some.lists(CELLS, min_size=1, max_size=6),
    exponent=some.sampled_from([0, 2]),
    style=STYLES,
    required=some.booleans(),
)
def test_a_column_reads_the_same_at_a_glance_and_whole(
    kind: FieldType, cells: list[str | None], exponent: int, style: Style, required: bool
) -> None:
    field = Field("cell", kind, "", required=required)
    texts = pl.DataFrame({"cell": pl.Series(cells, dtype=pl.String)}).with_columns(
        pl.lit(exponent, pl.Int32).alias(EXPONENT)
    )
    read, whole = read_cells(texts, field, style), read_field(field, style)
    reasons = texts.select(whole.reason.cast(pl.String)).to_series().to_list()
    values = texts.select(whole.value).to_series().to_list()
    assert read.reason.to_list() == reasons
    good = [place for place, reason in enumerate(reasons) if reason is None]
    assert [read.value.to_list()[at] for at in good] == [values[at] for at in good]
