"""Money recovered: what was paid day by day and in which strategy, and what share of each day's entrants."""

from datetime import timedelta

import psycopg

from engine.kpis import PAID_WITHIN_DAYS
from storage.dashboards.asked import Asked
from storage.listing import Row, rows_of

PAID = """
paid AS (
    SELECT p.account_id, p.amount, (p.paid_at AT TIME ZONE f.timezone)::date AS paid_on, a.currency
    FROM payment p JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id
    WHERE a.portfolio_id = %(portfolio)s AND p.reversed_at IS NULL
      AND p.paid_at >= (%(since)s::date - 1)::timestamptz
      AND p.paid_at < (%(until)s::date + 2)::timestamptz),
placed AS (
    SELECT paid.*, coalesce(s.key, '') AS strategy
    FROM paid LEFT JOIN LATERAL (
        SELECT e.strategy_id FROM enrolment e JOIN strategy k ON k.id = e.strategy_id
        WHERE e.account_id = paid.account_id AND e.entered_on <= paid.paid_on AND k.kind = 'strategy'
        ORDER BY e.entered_on DESC, e.id DESC LIMIT 1) last ON true
    LEFT JOIN strategy s ON s.id = last.strategy_id
    WHERE paid.paid_on BETWEEN %(since)s AND %(until)s)"""
"""Each payment of the period once, net of reversals, in the strategy its account was in last."""


def recovered(connection: psycopg.Connection, asked: Asked) -> list[Row]:
    """Net payments by local date, strategy ('' where the account never was in one) and currency."""
    return rows_of(
        connection,
        f"""WITH {PAID}
            SELECT placed.paid_on AS day, placed.strategy, coalesce(t.word, '') AS currency,
                   count(DISTINCT placed.account_id)::int AS accounts, sum(placed.amount)::bigint AS amount
            FROM placed LEFT JOIN term t ON t.kind = 'currency' AND t.code = placed.currency
            WHERE (%(strategy)s::text IS NULL OR placed.strategy = %(strategy)s)
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        asked.values(),
    )


def cohorts(connection: psycopg.Connection, asked: Asked) -> list[Row]:
    """The accounts that entered each strategy on each date of the period, and what they paid in 30 days.

    ``due`` is their amount to cure at entry, from the passage of the entry on the date's run: frozen.
    ``closed`` once those days are over at the newest business date; only then is the rate one.
    """
    return rows_of(
        connection,
        """WITH newest AS (SELECT max(business_date) AS day FROM run WHERE portfolio_id = %(portfolio)s
                           AND state <> 'skipped'),
           due AS (
               SELECT s.id AS strategy_id, s.key AS strategy, r.business_date AS day, p.currency,
                      sum(p.accounts)::bigint AS accounts, sum(p.amount)::bigint AS due
               FROM run r JOIN passage p ON p.run_id = r.id
               JOIN strategy_version v ON v.id = p.version_id JOIN strategy s ON s.id = v.strategy_id
               JOIN strategy_node n ON n.strategy_id = s.id AND n.code = p.node
               WHERE r.portfolio_id = %(portfolio)s AND r.business_date BETWEEN %(since)s AND %(until)s
                 AND (%(strategy)s::text IS NULL OR s.key = %(strategy)s) AND s.kind = 'strategy'
                 AND EXISTS (SELECT 1 FROM jsonb_array_elements(v.body->'nodes') b
                             WHERE b->>'id' = n.node_id AND b->>'kind' = 'segment')
               GROUP BY 1, 2, 3, 4),
           paid AS (
               SELECT e.strategy_id, e.entered_on AS day, a.currency, sum(y.amount)::bigint AS amount,
                      count(DISTINCT e.account_id)::bigint AS payers
               FROM enrolment e JOIN account a ON a.id = e.account_id
               JOIN portfolio f ON f.id = a.portfolio_id
               JOIN payment y ON y.account_id = e.account_id AND y.reversed_at IS NULL
                 AND (y.paid_at AT TIME ZONE f.timezone)::date
                     BETWEEN e.entered_on AND e.entered_on + %(days)s - 1
               WHERE e.portfolio_id = %(portfolio)s AND e.entered_on BETWEEN %(since)s AND %(until)s
               GROUP BY 1, 2, 3)
           SELECT due.day, due.strategy, coalesce(t.word, '') AS currency, due.accounts, due.due,
                  coalesce(paid.payers, 0)::bigint AS payers, coalesce(paid.amount, 0)::bigint AS paid,
                  coalesce(due.day + %(days)s <= newest.day, false) AS closed
           FROM due CROSS JOIN newest
           LEFT JOIN paid ON paid.strategy_id = due.strategy_id AND paid.day = due.day
             AND paid.currency = due.currency
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = due.currency
           ORDER BY 1, 2, 3""",
        asked.values(days=PAID_WITHIN_DAYS),
    )


def total_paid(connection: psycopg.Connection, asked: Asked) -> dict[str, int]:
    """All net payments of the period by currency, by a query of its own: what the charts must add up to."""
    rows = connection.execute(
        """SELECT coalesce(t.word, ''), sum(p.amount)::bigint FROM payment p
           JOIN account a ON a.id = p.account_id JOIN portfolio f ON f.id = a.portfolio_id
           LEFT JOIN term t ON t.kind = 'currency' AND t.code = a.currency
           WHERE a.portfolio_id = %s AND p.reversed_at IS NULL
             AND (p.paid_at AT TIME ZONE f.timezone) >= %s AND (p.paid_at AT TIME ZONE f.timezone) < %s
           GROUP BY 1 ORDER BY 1""",
        [asked.portfolio_id, asked.since, asked.until + timedelta(days=1)],
    ).fetchall()
    return dict(rows)
