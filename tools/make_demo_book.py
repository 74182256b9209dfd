"""Turns the published credit-card file into examples/demo_book/credit_cards.parquet, once.

    python tools/make_demo_book.py default_of_credit_card_clients.csv

Columns get the field's words; amounts stay whole New Taiwan dollars, also those a spreadsheet had
written as 1.00E+05. Sex, education, marriage and age are left out: no rule may use them.
"""

import sys
from pathlib import Path

import polars as pl

MONTHS = ("09", "08", "07", "06", "05", "04")
TARGET = Path(__file__).parents[1] / "examples" / "demo_book" / "credit_cards.parquet"


def convert(source: Path) -> pl.DataFrame:
    """The file's rows as integers under our names; ``_09`` is September 2005, the newest month."""
    names = {"ID": "id", "X1": "credit_limit", "Y": "defaulted"}
    for place, month in enumerate(MONTHS):
        names[f"X{6 + place}"] = f"months_late_{month}"
        names[f"X{12 + place}"] = f"bill_{month}"
        names[f"X{18 + place}"] = f"paid_{month}"
    raw = pl.read_csv(source, infer_schema=False).select(pl.col(old).alias(new) for old, new in names.items())
    rows = raw.with_columns(pl.all().cast(pl.Float64).cast(pl.Int32))
    narrow = ["defaulted", *(f"months_late_{month}" for month in MONTHS)]
    return rows.with_columns(pl.col(narrow).cast(pl.Int8))


if __name__ == "__main__":
    book = convert(Path(sys.argv[1]))
    book.write_parquet(TARGET, compression="zstd", compression_level=19, statistics=False)
    print(f"{book.height} accounts, {TARGET.stat().st_size} bytes: {TARGET}")
