"""How old the debts are: accounts and money by band of days past due, now."""

from datetime import date

import psycopg

from engine.kpis import EDGES, bands
from engine.vocabulary import EnrolmentState
from storage import runs
from storage.dashboards.asked import Asked
from storage.listing import Row, rows_of


def aging_day(connection: psycopg.Connection, asked: Asked) -> date:
    """The date debts are as old as: the newest business date, else the last of the period."""
    return runs.newest(connection, asked.portfolio_id) or asked.until


def aging(connection: psycopg.Connection, asked: Asked) -> list[Row]:
    """Accounts and amount to cure by band of days past due and currency, as they stand now.

    An account without anything to cure, or due on the date or later, is current. With a strategy, only the
    accounts that stand in it.
    """
    rows = rows_of(
        connection,
        """SELECT cardinality(array_positions(ARRAY(SELECT late.days > edge
                      FROM unnest(%(edges)s::int[]) edge), true)) AS band,
                  coalesce(t.word, '') AS currency, count(*)::bigint AS accounts,
                  sum(late.owed)::bigint AS amount
           FROM account a CROSS JOIN LATERAL (
               SELECT greatest(a.amount_to_cure, 0) AS owed,
                      CASE WHEN a.amount_to_cure > 0
                           THEN coalesce(%(day)s::date - coalesce(a.effective_due_on, a.due_on), 0)
                           ELSE 0 END AS days) late
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           WHERE a.portfolio_id = %(portfolio)s AND NOT a.missing
             AND (%(strategy)s::text IS NULL OR EXISTS (
                  SELECT 1 FROM enrolment e JOIN strategy s ON s.id = e.strategy_id
                  WHERE e.account_id = a.id AND s.key = %(strategy)s AND e.state <> %(ended)s))
           GROUP BY 1, 2 ORDER BY 1, 2""",
        asked.values(day=aging_day(connection, asked), edges=list(EDGES), ended=int(EnrolmentState.ENDED)),
    )
    names = bands()
    return [row | {"band": names[row["band"]]} for row in rows]
