"""Delinquency episodes: one begins when a debt is past due that was not at the last date run."""

from datetime import date

import numpy as np
import psycopg

from storage.bigints import Bigints

_BEGINS = """portfolio_id = %(portfolio)s AND amount_to_cure > 0
    AND effective_due_on >= %(previous)s AND effective_due_on < %(day)s"""


def begin(connection: psycopg.Connection, portfolio_id: int, previous: date, day: date) -> int:
    """Count an episode for the debts whose due date has passed since ``previous`` (03, point 9); how many.

    A debt that is past due when it is loaded begins its episode with the load.
    """
    values = {"portfolio": portfolio_id, "previous": previous, "day": day}
    # Looked for before they are changed: several processes of PostgreSQL may look, one may change.
    rows = connection.execute(f"SELECT id FROM account WHERE {_BEGINS}", values).fetchall()
    if not rows:
        return 0
    ids = Bigints(np.array([account_id for (account_id,) in rows], np.int64))
    return connection.execute(
        f"UPDATE account SET episode = episode + 1 WHERE id = ANY(%(ids)s) AND {_BEGINS}",
        values | {"ids": ids},
    ).rowcount
