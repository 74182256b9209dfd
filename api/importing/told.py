"""What rows say of their people, as a keyed digest: who is told of as the last time is not written again.

Consents are not part of it: a denial is read every time. A person any of whose rows was refused something,
or who stands as a co-debtor too, is always written.
"""

import polars as pl
import psycopg

from api.importing.fields import KINDS
from api.importing.people import IDENTITY, NEWS
from api.importing.reading import LINE
from api.importing.rows import Rows
from storage import person_keys
from storage.vault import BlindIndex

TOLD = "told\x00"
"""Column with the digest of all that a file says of the row's person."""

_FIELDS = [field.name for field in KINDS["persons"] if not field.name.startswith("consent_")]
_CELL, _ROW, _NOTHING = "\x1f", "\x1e", "\x00"


def with_news(connection: psycopg.Connection, rows: Rows, index: BlindIndex, country: str) -> Rows:
    """The rows with ``TOLD``, and with ``NEWS``: whether their person was told of otherwise before.

    Comes after the identities and before telephones are read; ``country`` is what a file leaves unsaid.
    """
    said = [name for name in _FIELDS if name in rows.values.columns]
    heading = _CELL.join((country, *said))
    text = pl.concat_str(
        pl.lit(heading), *(pl.col(name).cast(pl.String).fill_null(_NOTHING) for name in said), separator=_CELL
    )
    people = (
        rows.values.filter(pl.col(IDENTITY).is_not_null())
        .group_by(IDENTITY, maintain_order=True)
        .agg(text.str.join(_ROW).alias("text"))
    )
    told = people.select(IDENTITY, pl.Series(TOLD, index.digests(people["text"]), dtype=pl.Binary))
    news = person_keys.told_otherwise(connection, told.rename({TOLD: "told"}))
    told = told.join(news.with_columns(pl.lit(True).alias(NEWS)), on=IDENTITY, how="left")
    values = rows.values.join(told, on=IDENTITY, how="left", maintain_order="left")
    return Rows(values.with_columns(pl.col(NEWS).fill_null(False)), rows.refusals, rows.columns)


def remember(connection: psycopg.Connection, rows: Rows) -> None:
    """Keep the digests of those who were written, once they are.

    None of who was refused something, and none of co-debtors: their other rows say something else of them.
    """
    refused = rows.values.filter(pl.col(LINE).is_in(rows.refusals["line"].implode()))
    others = [name for name in rows.values.columns if name.endswith(IDENTITY) and name != IDENTITY]
    without = pl.concat([refused[IDENTITY], *(rows.values[name].alias(IDENTITY) for name in others)])
    unlike = without.drop_nulls().unique().to_frame()
    told = rows.values.filter(pl.col(NEWS)).select(IDENTITY, told=TOLD).unique(IDENTITY)
    person_keys.remember_told(connection, told.join(unlike, on=IDENTITY, how="anti"))
    person_keys.forget_told(connection, unlike[IDENTITY].to_list())
