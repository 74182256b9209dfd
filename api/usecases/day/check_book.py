"""Check that a book may be worked on a date: fresh enough, and its counts plausible (03, point 18)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import psycopg

from engine.errors import RunError
from storage.runs import SHARDS

FRESH_DAYS = 7
MIN_ROWS_RATE = 0.7
MAX_ARREARS_FACTOR = 3.0
TOO_FEW_TO_JUDGE = 100
"""Changes by fewer accounts than this are ordinary life of a small book, whatever their rate."""


@dataclass(frozen=True)
class BookCount:
    """A portfolio's accounts at the opening of a date.

    ``present`` are those the last full load brought (or that came since), ``arrears`` the past due among
    them; ``newest_id`` is the youngest account's id; ``of_shards`` how many accounts each shard has, the
    shares of its capacities.
    """

    accounts: int
    present: int
    arrears: int
    newest_id: int
    of_shards: tuple[int, ...] = ()

    def manifest(self) -> dict[str, Any]:
        """What the run keeps of it: the next date is compared with these."""
        return asdict(self)


def count_book(connection: psycopg.Connection, portfolio_id: int, day: date) -> BookCount:
    """Count the accounts of a portfolio, and those past due on a date."""
    rows = connection.execute(
        """SELECT shard, count(*), count(*) FILTER (WHERE NOT missing),
                  count(*) FILTER (WHERE NOT missing AND amount_to_cure > 0 AND effective_due_on < %s),
                  max(id)
           FROM account WHERE portfolio_id = %s GROUP BY shard""",
        [day, portfolio_id],
    ).fetchall()
    of_shards = [0] * SHARDS
    for shard, accounts, *_ in rows:
        of_shards[shard] = accounts
    return BookCount(
        accounts=sum(of_shards),
        present=sum(row[2] for row in rows),
        arrears=sum(row[3] for row in rows),
        newest_id=max((row[4] for row in rows), default=0),
        of_shards=tuple(of_shards),
    )


def check_book(
    connection: psycopg.Connection,
    portfolio_id: int,
    place: str,
    settings: Mapping[str, Any],
    day: date,
    count: BookCount,
) -> None:
    """Refuse a book that is too old, or whose counts fell or rose beyond belief.

    ``RunError`` says which figure it is. The portfolio may set ``book_fresh_days``, ``book_min_rows_rate``
    (0..1, of the last full load and of the last date run) and ``book_max_arrears_factor``.
    """
    refusal = _stale(connection, portfolio_id, settings, day) or _implausible(
        connection, portfolio_id, settings, day, count
    )
    if refusal is not None:
        code, message, setting = refusal
        hint = f"load today's accounts, or change {setting} of the portfolio if this is right"
        raise RunError(message, place=place, hint=hint, code=code)


_Refusal = tuple[str, str, str]


def _stale(
    connection: psycopg.Connection, portfolio_id: int, settings: Mapping[str, Any], day: date
) -> _Refusal | None:
    limit = int(settings.get("book_fresh_days", FRESH_DAYS))
    row = connection.execute(
        "SELECT max(as_of) FROM load WHERE portfolio_id = %s AND kind = 'accounts' AND state = 'accepted'",
        [portfolio_id],
    ).fetchone()
    as_of = row[0] if row else None
    if as_of is None or (day - as_of).days <= limit:
        return None
    message = f"the book is of {as_of}, more than {limit} days before {day}"
    return "run.stale_book", message, "book_fresh_days"


def _implausible(
    connection: psycopg.Connection,
    portfolio_id: int,
    settings: Mapping[str, Any],
    day: date,
    count: BookCount,
) -> _Refusal | None:
    rate = float(settings.get("book_min_rows_rate", MIN_ROWS_RATE))
    factor = float(settings.get("book_max_arrears_factor", MAX_ARREARS_FACTOR))
    loads = _full_loads(connection, portfolio_id)
    if len(loads) == 2 and _fell(loads[0], loads[1], rate):
        message = f"the last full load brought {loads[0]} accounts, the one before {loads[1]}"
        return "run.few_rows", message, "book_min_rows_rate"
    before = _last_count(connection, portfolio_id, day)
    if before is None:
        return None
    if _fell(count.present, before.present, rate):
        message = f"{count.present} accounts are there, {before.present} at the last date run"
        return "run.few_rows", message, "book_min_rows_rate"
    if count.arrears > before.arrears * factor and count.arrears - before.arrears >= TOO_FEW_TO_JUDGE:
        message = f"{count.arrears} accounts are past due, {before.arrears} at the last date run"
        return "run.many_arrears", message, "book_max_arrears_factor"
    return None


def _fell(now: int, before: int, rate: float) -> bool:
    return now < before * rate and before - now >= TOO_FEW_TO_JUDGE


def _full_loads(connection: psycopg.Connection, portfolio_id: int) -> list[int]:
    """Rows the last two full loads of accounts brought, the newest first."""
    rows = connection.execute(
        "SELECT accepted FROM load WHERE portfolio_id = %s AND kind = 'accounts' AND scope = 'full'"
        " AND state = 'accepted' ORDER BY id DESC LIMIT 2",
        [portfolio_id],
    ).fetchall()
    return [accepted for (accepted,) in rows]


def _last_count(connection: psycopg.Connection, portfolio_id: int, day: date) -> BookCount | None:
    row = connection.execute(
        "SELECT manifest->'book' FROM run WHERE portfolio_id = %s AND business_date < %s"
        " AND manifest ? 'book' ORDER BY business_date DESC LIMIT 1",
        [portfolio_id, day],
    ).fetchone()
    return None if row is None else BookCount(**row[0])
