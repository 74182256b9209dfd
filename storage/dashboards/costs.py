"""What recovering cost: messages sent by strategy and channel at the portfolio's prices."""

import psycopg

from engine.vocabulary import Channel
from storage.dashboards.asked import Asked
from storage.dashboards.contact import WENT
from storage.listing import Row, rows_of


def costs(connection: psycopg.Connection, asked: Asked) -> list[Row]:
    """Messages sent by strategy, channel and currency of the creditor's reports, and their cost.

    ``cost`` is minor units: the portfolio's price of the channel now, times the messages. A channel
    without a price costs nothing and says so by ``priced``.
    """
    rows = rows_of(
        connection,
        """SELECT coalesce(s.key, '') AS strategy, m.channel, c.reporting_currency AS currency,
                  count(*)::bigint AS messages
           FROM message m JOIN creditor c ON c.id = m.creditor_id
           LEFT JOIN strategy s ON s.id = m.strategy_id
           WHERE m.portfolio_id = %(portfolio)s AND m.local_on BETWEEN %(since)s AND %(until)s
             AND m.state = ANY(%(went)s)
             AND (%(strategy)s::text IS NULL OR s.key = %(strategy)s)
             AND (%(channel)s::int IS NULL OR m.channel = %(channel)s)
           GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        asked.values(went=WENT),
    )
    prices = _prices(connection, asked.portfolio_id)
    return [_priced(row, prices) for row in rows]


def _prices(connection: psycopg.Connection, portfolio_id: int) -> dict[str, int]:
    row = connection.execute(
        "SELECT settings->'message_prices' FROM portfolio WHERE id = %s", [portfolio_id]
    ).fetchone()
    return {word: int(price) for word, price in ((row and row[0]) or {}).items()}


def _priced(row: Row, prices: dict[str, int]) -> Row:
    channel = Channel(row["channel"]).word
    cost = row["messages"] * prices.get(channel, 0)
    return row | {"channel": channel, "cost": cost, "priced": channel in prices}
