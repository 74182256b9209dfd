"""When each person reads and answers, by local hour: learnt set-based from the events of those who did."""

from datetime import date

import numpy as np
import psycopg

from engine.best_hour import ENOUGH, HALF_LIFE_DAYS, HOURS, READ, REPLY, UNKNOWN_HOUR, best_hours
from engine.vocabulary import EventKind

HORIZON_DAYS = 180
"""Events older than this weigh an eighth and less; they are not read any more."""

_KINDS = f"{int(EventKind.READ)}, {int(EventKind.REPLY)}"


def learn(connection: psycopg.Connection, day: date) -> int:
    """Learn, as of a date, the hours of everyone who read or wrote since this was last done; how many.

    The hour of a person is set, changed, or dropped once what it rests on has grown too old.
    """
    row = connection.execute("SELECT max(as_of) FROM person_hours").fetchone()
    since = row[0] if row else None
    weighed = _weigh(connection, since, day)
    _set_hours(connection, day)
    connection.execute(
        f"""UPDATE person p SET best_hour = NULL FROM person_hours h
            WHERE h.person_id = p.id AND p.best_hour IS NOT NULL
              AND h.answers * 0.5 ^ ((%s::date - h.as_of) / {HALF_LIFE_DAYS}.0) < {ENOUGH}""",
        [day],
    )
    return weighed


def _weigh(connection: psycopg.Connection, since: date | None, day: date) -> int:
    """One row of weights for each person who read or wrote; of one message about many debts once."""
    return connection.execute(
        f"""
        WITH touched AS (
            SELECT DISTINCT person_id FROM account_event
            WHERE kind IN ({_KINDS}) AND at >= coalesce(%(since)s::date - 1, '-infinity'::date)
        ), heard AS (
            SELECT DISTINCT e.person_id, e.kind, e.at, e.reference FROM account_event e
            JOIN touched USING (person_id)
            WHERE e.kind IN ({_KINDS}) AND e.at >= %(day)s::date - {HORIZON_DAYS}
        ), weighed AS (
            SELECT h.person_id, extract(hour FROM h.at AT TIME ZONE l.zones[1])::int AS hour,
                   sum(CASE h.kind WHEN {int(EventKind.READ)} THEN {READ} ELSE {REPLY} END
                       * 0.5 ^ (greatest(%(day)s::date - h.at::date, 0) / {HALF_LIFE_DAYS}.0)) AS weight
            FROM heard h JOIN person p ON p.id = h.person_id JOIN place l ON l.id = p.place_id GROUP BY 1, 2
        )
        INSERT INTO person_hours (person_id, weights, answers, as_of)
        SELECT w.person_id, array_agg(coalesce(o.weight, 0) ORDER BY hours.hour), sum(o.weight), %(day)s
        FROM (SELECT DISTINCT person_id FROM weighed) w
        CROSS JOIN generate_series(0, {HOURS - 1}) AS hours(hour)
        LEFT JOIN weighed o ON o.person_id = w.person_id AND o.hour = hours.hour
        GROUP BY w.person_id
        ON CONFLICT (person_id) DO UPDATE SET weights = excluded.weights, answers = excluded.answers,
            as_of = excluded.as_of
        """,
        {"since": since, "day": day},
    ).rowcount


def _set_hours(connection: psycopg.Connection, day: date) -> None:
    rows = connection.execute(
        "SELECT person_id, weights FROM person_hours WHERE as_of = %s ORDER BY person_id", [day]
    ).fetchall()
    if not rows:
        return
    hours = best_hours(np.array([weights for _, weights in rows], np.float64))
    connection.execute(
        f"""UPDATE person p SET best_hour = nullif(g.hour, {UNKNOWN_HOUR})
            FROM unnest(%s::bigint[], %s::smallint[]) AS g(id, hour)
            WHERE p.id = g.id AND p.best_hour IS DISTINCT FROM nullif(g.hour, {UNKNOWN_HOUR})""",
        [[person_id for person_id, _ in rows], hours.tolist()],
    )
