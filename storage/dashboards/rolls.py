"""Who rolled from band to band between two dates: the same accounts, from what the runs of both dates saw."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg

from engine.days import day_number
from engine.kpis import EDGES, bands
from storage.dashboards.asked import Asked
from storage.snapshots import Snapshot, load

GONE = "salio"
"""The state of an account that the later run did not see any more."""


@dataclass(frozen=True)
class Roll:
    """Accounts that were in one band at the start and in another at the end; amounts are of the start."""

    before: str
    after: str
    currency: str
    accounts: int
    amount: int


@dataclass(frozen=True)
class Rolls:
    """The two business dates that were compared (``None``: no run of that kind was kept), and the matrix."""

    since: date | None
    until: date | None
    matrix: tuple[Roll, ...] = ()


def rolls(connection: psycopg.Connection, asked: Asked) -> Rolls:
    """The roll matrix between the first and the last run of a period whose snapshots are kept."""
    first = _seen(connection, asked, "ASC")
    last = _seen(connection, asked, "DESC")
    if first is None or last is None or first[0] == last[0]:
        return Rolls(first[0] if first else None, None)
    (since, earlier), (until, later) = first, last
    joined = _bands(earlier, since).join(
        _bands(later, until).select("account_id", after="band"), on="account_id", how="left"
    )
    counted = (
        joined.with_columns(pl.col("after").fill_null(GONE))
        .group_by("band", "after", "currency")
        .agg(pl.len().alias("accounts"), pl.col("amount").sum())
        .sort("band", "after", "currency")
    )
    return Rolls(since, until, tuple(Roll(*row) for row in counted.iter_rows()))


def _seen(connection: psycopg.Connection, asked: Asked, order: str) -> tuple[date, list[Snapshot]] | None:
    """The first or last run of the period with its snapshots."""
    row = connection.execute(
        f"""SELECT r.business_date, array_agg(s.snapshot ORDER BY s.shard),
                   array_agg(s.snapshot_hash ORDER BY s.shard)
            FROM run r JOIN run_shard s ON s.run_id = r.id AND s.state = 'done' AND s.snapshot <> ''
            WHERE r.portfolio_id = %(portfolio)s AND r.business_date BETWEEN %(since)s AND %(until)s
            GROUP BY r.id HAVING count(*) = r.shards ORDER BY r.business_date {order} LIMIT 1""".encode(),
        asked.values(),
    ).fetchone()
    return None if row is None else (row[0], [Snapshot(*each) for each in zip(row[1], row[2], strict=True)])


def _bands(snapshots: list[Snapshot], day: date) -> pl.DataFrame:
    """Account, band, currency and amount to cure of everybody a run saw."""
    frames = []
    for snapshot in snapshots:
        seen = load(snapshot)
        frames.append(_shard(seen["accounts"], seen["meta"]["vocabularies"].get("currency", []), day))
    return pl.concat(frames)


def _shard(accounts: pl.DataFrame, currencies: list[str], day: date) -> pl.DataFrame:
    due = pl.col("effective_due_on") if "effective_due_on" in accounts.columns else pl.lit(None, pl.Int32)
    late = pl.when(pl.col("amount_to_cure") > 0).then(day_number(day) - due).otherwise(0).fill_null(0)
    band = pl.sum_horizontal([(late > edge).cast(pl.Int32) for edge in EDGES])
    words = pl.Series(currencies or [""], dtype=pl.String)
    return accounts.select(
        "account_id",
        band=band.replace_strict(dict(enumerate(bands())), return_dtype=pl.String),
        currency=words.gather(accounts["currency"].cast(pl.Int64)),
        amount=pl.col("amount_to_cure").clip(lower_bound=0).cast(pl.Int64),
    )
