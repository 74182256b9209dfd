"""Promises to pay: what was promised for each week, and what of it was kept."""

import psycopg

from storage.dashboards.asked import Asked
from storage.listing import Row, rows_of


def promises(connection: psycopg.Connection, asked: Asked) -> list[Row]:
    """Promises due in a period by week (its Monday), state and currency.

    ``amount`` was promised, ``paid`` came in for it, at most what was promised. Proposed and withdrawn ones
    are no promises. With a strategy: those of accounts that were in it when they promised.
    """
    return rows_of(
        connection,
        """SELECT date_trunc('week', q.due_on)::date AS week, q.state, coalesce(t.word, '') AS currency,
                  count(*)::bigint AS promises, sum(q.amount)::bigint AS amount,
                  sum(least(q.paid, q.amount))::bigint AS paid
           FROM promise q JOIN account a ON a.id = q.account_id JOIN portfolio f ON f.id = a.portfolio_id
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           WHERE a.portfolio_id = %(portfolio)s AND q.due_on BETWEEN %(since)s AND %(until)s
             AND q.state NOT IN ('proposed', 'withdrawn')
             AND (%(strategy)s::text IS NULL OR EXISTS (
                  SELECT 1 FROM enrolment e JOIN strategy s ON s.id = e.strategy_id
                  WHERE e.account_id = q.account_id AND s.key = %(strategy)s
                    AND (q.made_at AT TIME ZONE f.timezone)::date
                        BETWEEN e.entered_on AND coalesce(e.ended_on, 'infinity'::date)))
           GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        asked.values(),
    )
