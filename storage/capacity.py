"""What was used of capacities that outlast one evaluation: a date's reserve, the budget of a campaign."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import psycopg

from engine.rooms import Key
from storage.database import Database


@contextmanager
def drawing_alone(database: Database, portfolio_id: int) -> Iterator[None]:
    """Let one evaluation at a time draw on a portfolio's reserve, from reading what is left to its commit.

    It is the first lock of all: whoever holds a person's never asks for it.
    """
    with database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.reserve'), %s)", [portfolio_id])
        yield


def used_on(connection: psycopg.Connection, portfolio_id: int, day: date) -> dict[Key, int]:
    """What evaluations beside the daily run have used on a date, by capacity."""
    rows = connection.execute(
        "SELECT s.key, u.node, u.unit, u.used FROM capacity_use u JOIN strategy s ON s.id = u.strategy_id"
        " WHERE s.portfolio_id = %s AND u.business_date = %s AND u.unit <> %s",
        [portfolio_id, day, _DAILY_BUDGET],
    ).fetchall()
    return {(key, node, "budget" if unit == _EVENT_BUDGET else unit): used for key, node, unit, used in rows}


def spent_before(connection: psycopg.Connection, portfolio_id: int, day: date) -> dict[str, int]:
    """What campaigns had spent of their budgets when a date was opened, by key."""
    rows = connection.execute(
        "SELECT s.key, sum(u.used)::bigint FROM capacity_use u JOIN strategy s ON s.id = u.strategy_id"
        " WHERE s.portfolio_id = %s AND u.business_date < %s AND u.unit IN (%s, %s) GROUP BY 1",
        [portfolio_id, day, _DAILY_BUDGET, _EVENT_BUDGET],
    ).fetchall()
    return dict(rows)


def draw(
    connection: psycopg.Connection, portfolio_id: int, day: date, used: Mapping[Key, int], *, daily: bool
) -> None:
    """Add what an evaluation used, in its transaction; of the daily run only what campaigns spent is kept."""
    rows = [
        (amount, key, node, (_DAILY_BUDGET if daily else _EVENT_BUDGET) if unit == "budget" else unit)
        for (key, node, unit), amount in sorted(used.items())
        if amount and (unit == "budget" or not daily)
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO capacity_use (strategy_id, business_date, node, unit, used)"
            " SELECT id, %s, %s, %s, %s FROM strategy WHERE portfolio_id = %s AND key = %s"
            " ON CONFLICT (strategy_id, business_date, node, unit)"
            " DO UPDATE SET used = capacity_use.used + excluded.used",
            [(day, node, unit, amount, portfolio_id, key) for amount, key, node, unit in rows],
        )


_DAILY_BUDGET, _EVENT_BUDGET = "budget", "event_budget"
