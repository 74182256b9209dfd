"""Delinquency episodes: one begins when a debt is past due that was not at the last date run."""

from datetime import date

import psycopg


def begin(connection: psycopg.Connection, portfolio_id: int, previous: date, day: date) -> int:
    """Count an episode for the debts whose due date has passed since ``previous`` (03, point 9); how many.

    A debt that is past due when it is loaded begins its episode with the load.
    """
    return connection.execute(
        "UPDATE account SET episode = episode + 1 WHERE portfolio_id = %s AND amount_to_cure > 0"
        " AND effective_due_on >= %s AND effective_due_on < %s",
        [portfolio_id, previous, day],
    ).rowcount
