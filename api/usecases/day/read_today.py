"""How the service stands for a portfolio: its newest run, queues, heartbeats, and what needs a person."""

from datetime import date, datetime
from typing import Any

import psycopg

from api.clock import BusinessClock
from api.usecases.book.find_portfolio import find_portfolio
from api.usecases.day.run_day import local_date
from api.usecases.day.run_due_days import HEARTBEAT
from engine.vocabulary import Channel, MessageState
from storage import runs
from storage.database import Database
from storage.listing import Row, rows_of

LATE_S = 60.0
"""A process that has not beaten for so long is late."""

LAG_S = 300.0
"""Messages that may leave and have waited this long are an alarm."""


def read_today(database: Database, clock: BusinessClock, portfolio_key: str) -> dict[str, Any]:
    """The figures of the page; ``alarms`` are sentences in Spanish, the gravest first."""
    now = clock.now()
    with database.connection() as connection:
        portfolio = find_portfolio(connection, portfolio_key)
        day = local_date(clock, portfolio.timezone)
        told: dict[str, Any] = {
            "now": now,
            "day": day,
            "run": _run(connection, portfolio.id),
            "messages": _messages(connection, portfolio.id, day),
            "heartbeats": _heartbeats(connection),
            **_counts(connection, portfolio.id, day, now),
        }
    return told | {"alarms": _alarms(told, portfolio_key)}


def _run(connection: psycopg.Connection, portfolio_id: int) -> Row | None:
    newest = runs.newest(connection, portfolio_id)
    run = None if newest is None else runs.find(connection, portfolio_id, newest)
    if newest is None or run is None:
        return None
    done = run.shards - len(runs.open_shards(connection, run.id))
    return {
        "day": newest,
        "state": run.state,
        "accounts": run.accounts,
        "shards": run.shards,
        "shards_done": done,
    }


def _messages(connection: psycopg.Connection, portfolio_id: int, day: date) -> list[Row]:
    rows = rows_of(
        connection,
        "SELECT channel, state, count(*)::int AS messages FROM message"
        " WHERE portfolio_id = %(portfolio)s AND local_on = %(day)s GROUP BY 1, 2 ORDER BY 1, 2",
        {"portfolio": portfolio_id, "day": day},
    )
    return [
        row | {"channel": Channel(row["channel"]).word, "state": MessageState(row["state"]).word}
        for row in rows
    ]


def _heartbeats(connection: psycopg.Connection) -> list[Row]:
    rows = rows_of(
        connection,
        "SELECT name, extract(epoch FROM clock_timestamp() - at)::float AS seconds_ago, details"
        " FROM heartbeat ORDER BY name",
        {},
    )
    return [row | {"late": row["seconds_ago"] > LATE_S} for row in rows]


def _counts(connection: psycopg.Connection, portfolio_id: int, day: date, now: datetime) -> Row:
    [row] = rows_of(
        connection,
        """SELECT (SELECT count(*) FROM account_event WHERE NOT applied)::int AS waiting_events,
                  (SELECT count(*) FROM message WHERE portfolio_id = %(portfolio)s AND local_on = %(day)s
                      AND state = %(unknown)s)::int AS unknown_messages,
                  (SELECT coalesce(max(extract(epoch FROM %(now)s - m.send_at)), 0)::float FROM message m
                      LEFT JOIN run r ON r.id = m.run_id
                      WHERE m.portfolio_id = %(portfolio)s AND m.local_on = %(day)s AND m.state = %(queued)s
                        AND m.send_at < %(now)s AND m.released
                        AND (m.run_id IS NULL OR r.released_at IS NOT NULL)) AS oldest_queued_s,
                  (SELECT count(*) FROM approval WHERE state = 'pending'
                      AND portfolio_id IN (0, %(portfolio)s))::int AS approvals,
                  (SELECT count(*) FROM stop_switch WHERE resumed_at IS NULL)::int AS stops""",
        {
            "portfolio": portfolio_id,
            "day": day,
            "now": now,
            "unknown": int(MessageState.UNKNOWN),
            "queued": int(MessageState.QUEUED),
        },
    )
    return row


def _alarms(told: Row, portfolio_key: str) -> list[str]:
    found = []
    if told["stops"]:
        found.append(f"Envíos detenidos: {told['stops']} botones rojos pulsados.")
    run = told["run"]
    if run is not None and run["state"] in ("held", "failed"):
        words = {"held": "retenida: espera a una persona", "failed": "fallida"}
        found.append(f"La corrida del {run['day']} está {words[run['state']]}.")
    for beat in told["heartbeats"]:
        if beat["name"] == HEARTBEAT and portfolio_key in beat["details"]:
            said = beat["details"][portfolio_key]
            found += [str(said["alarm"])] if isinstance(said, dict) and "alarm" in said else []
        if beat["late"]:
            found.append(f"«{beat['name']}» no da señal desde hace {beat['seconds_ago']:.0f} s.")
    if told["oldest_queued_s"] > LAG_S:
        found.append(f"Hay mensajes que esperan desde hace {told['oldest_queued_s'] / 60:.0f} min.")
    return found
