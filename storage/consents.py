"""What a person said about a channel: one row each, and the bit sets that every decision reads."""

from collections.abc import Sequence
from datetime import datetime

import psycopg

from engine.vocabulary import Consent


def write_consent(
    connection: psycopg.Connection,
    person_id: int,
    channels: Sequence[int],
    state: Consent,
    source: str,
    at: datetime,
) -> None:
    """Record a consent or an opt-out for channels; the latest word wins, and both bit sets follow it."""
    rows = connection.execute(
        """
        INSERT INTO consent (person_id, channel, state, source, at)
        SELECT %(person)s, channel, %(state)s, %(source)s, %(at)s
        FROM unnest(%(channels)s::smallint[]) AS said(channel)
        ON CONFLICT (person_id, channel) DO UPDATE
            SET state = EXCLUDED.state, source = EXCLUDED.source, at = EXCLUDED.at
            WHERE consent.at <= EXCLUDED.at
        RETURNING channel
        """,
        {"person": person_id, "state": int(state), "source": source, "at": at, "channels": list(channels)},
    ).fetchall()
    said = sum(1 << channel for (channel,) in rows)
    denied, granted = (said if state == s else 0 for s in (Consent.DENIED, Consent.GRANTED))
    connection.execute(
        "UPDATE person SET denied_channels = denied_channels & ~%(said)s::bigint | %(denied)s::bigint,"
        " consented_channels = consented_channels & ~%(said)s::bigint | %(granted)s::bigint,"
        " revision = revision + 1 WHERE id = %(person)s AND %(said)s::bigint <> 0",
        {"said": said, "denied": denied, "granted": granted, "person": person_id},
    )
