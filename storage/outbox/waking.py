"""Messages that wait for something that has come: they are due at once, and judged again like any other."""

from datetime import datetime

import psycopg

from engine.vocabulary import MessageState
from storage.outbox import reasons


def wake_held(connection: psycopg.Connection, template_id: int, now: datetime) -> int:
    """A template may be sent again: what waits for it is due now; how many messages."""
    return connection.execute(
        f"UPDATE message SET send_at = %s WHERE template_id = %s AND state = {MessageState.QUEUED}"
        f" AND reason = '{reasons.TEMPLATE_HELD}' AND send_at > %s",
        [now, template_id, now],
    ).rowcount


def wake_lane(connection: psycopg.Connection, lane: int, now: datetime) -> int:
    """A number may send again: what its provider had put off is due now; how many messages."""
    return connection.execute(
        f"UPDATE message SET send_at = %s WHERE lane = %s AND state = {MessageState.QUEUED} AND released"
        f" AND reason LIKE '{reasons.PROVIDER}%%' AND send_at > %s",
        [now, lane, now],
    ).rowcount
