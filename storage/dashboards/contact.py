"""The contact funnel: how far the messages of a period came, by channel."""

import psycopg

from engine.kpis import ANSWERED_WITHIN_DAYS
from engine.vocabulary import Channel, EventKind, MessageState
from storage.dashboards.asked import Asked
from storage.listing import Row, rows_of

WENT = [
    int(state)
    for state in (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ, MessageState.UNKNOWN)
]
STAGES = ("queued", "sent", "delivered", "read", "replied", "promised", "paid")


def funnel(connection: psycopg.Connection, asked: Asked) -> list[Row]:
    """Messages by channel that came to each stage.

    ``queued``: all that were decided; ``sent``: accepted by the provider, or unknown; what was read counts
    as delivered. A reply, promise or payment counts within seven days of the message, of any of its
    accounts; one payment may follow two messages, so ``paid`` is no count of payments.
    """
    rows = rows_of(
        connection,
        """WITH went AS (
               SELECT m.id, m.local_on, m.channel, m.state = ANY(%(went)s) AS sent,
                      m.delivered_at IS NOT NULL OR m.read_at IS NOT NULL AS delivered,
                      m.read_at IS NOT NULL AS read, coalesce(m.sending_at, m.settled_at) AS at
               FROM message m LEFT JOIN strategy s ON s.id = m.strategy_id
               WHERE m.portfolio_id = %(portfolio)s AND m.local_on BETWEEN %(since)s AND %(until)s
                 AND (%(strategy)s::text IS NULL OR s.key = %(strategy)s)
                 AND (%(channel)s::int IS NULL OR m.channel = %(channel)s)),
           after AS (
               SELECT i.message_id,
                      bool_or(EXISTS (SELECT 1 FROM account_event v WHERE v.account_id = i.account_id
                          AND v.kind = %(reply)s AND v.at BETWEEN w.at AND w.at + %(within)s)) AS replied,
                      bool_or(EXISTS (SELECT 1 FROM promise q WHERE q.account_id = i.account_id
                          AND q.state NOT IN ('proposed', 'withdrawn')
                          AND q.made_at BETWEEN w.at AND w.at + %(within)s)) AS promised,
                      bool_or(EXISTS (SELECT 1 FROM payment y WHERE y.account_id = i.account_id
                          AND y.reversed_at IS NULL
                          AND y.paid_at BETWEEN w.at AND w.at + %(within)s)) AS paid
               FROM went w JOIN message_item i ON i.message_id = w.id
               WHERE w.sent AND w.at IS NOT NULL GROUP BY 1)
           SELECT w.channel, count(*)::bigint AS queued, count(*) FILTER (WHERE w.sent)::bigint AS sent,
                  count(*) FILTER (WHERE w.sent AND w.delivered)::bigint AS delivered,
                  count(*) FILTER (WHERE w.sent AND w.read)::bigint AS read,
                  count(*) FILTER (WHERE f.replied)::bigint AS replied,
                  count(*) FILTER (WHERE f.promised)::bigint AS promised,
                  count(*) FILTER (WHERE f.paid)::bigint AS paid
           FROM went w LEFT JOIN after f ON f.message_id = w.id GROUP BY 1 ORDER BY 1""",
        asked.values(went=WENT, reply=int(EventKind.REPLY), within=f"{ANSWERED_WITHIN_DAYS} days"),
    )
    return [row | {"channel": Channel(row["channel"]).word} for row in rows]
