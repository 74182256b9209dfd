"""Replies a person put right: what was written and what it meant, the latest word for each text."""

from datetime import datetime

import psycopg


def corrections(connection: psycopg.Connection) -> tuple[tuple[str, str], ...]:
    """Every correction as (text, intent), in the order of their texts."""
    rows = connection.execute("SELECT text, intent FROM reply_example ORDER BY text").fetchall()
    return tuple((text, intent) for text, intent in rows)


def save_correction(connection: psycopg.Connection, text: str, intent: str, by: str, at: datetime) -> None:
    """Keep what a text means."""
    connection.execute(
        "INSERT INTO reply_example (text, intent, by, at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (text) DO UPDATE SET intent = EXCLUDED.intent, by = EXCLUDED.by, at = EXCLUDED.at",
        [text, intent, by, at],
    )
