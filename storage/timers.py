"""What falls due at an instant: read by polling ``due_at``, never by the queue's scheduler.

One row per enrolment, node and visit: the end of a wait in hours, or the moment a message's fate is
looked at for a fallback. A worked row stays with its result, which says what became of the fallback.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from engine.decided import DeadlineKind
from storage.faults import NOT_FAULTY

WORK = "timer"
"""The kind of work under which faults of timers are kept."""

AGAIN = "again"
"""The result of a fallback that was lost to another writer and must be decided once more."""

_DUE = f"""t.done_at IS NULL AND t.due_at <= %(now)s
    AND (t.not_before_on IS NULL OR EXISTS (
        SELECT 1 FROM run r WHERE r.portfolio_id = t.portfolio_id AND r.business_date >= t.not_before_on
          AND r.state IN ('closed', 'held')))
    AND {NOT_FAULTY.format(work=WORK, key="concat_ws(':', t.kind, t.cause_id, t.node, t.visit)")}"""


@dataclass(frozen=True, slots=True)
class DueTimer:
    """One timer whose instant has come; ``node`` is the node's stable code."""

    kind: int
    cause_id: int
    node: int
    visit: int
    portfolio_id: int
    account_id: int
    message_id: UUID | None

    @property
    def key(self) -> str:
        """What its faults are kept under."""
        return f"{self.kind}:{self.cause_id}:{self.node}:{self.visit}"


def due(connection: psycopg.Connection, now: datetime, most: int) -> list[DueTimer]:
    """Timers whose instant has come at business time ``now``, those due first; of one portfolio.

    What waits for a business date is left alone until that date has closed.
    """
    with connection.cursor(row_factory=class_row(DueTimer)) as cursor:
        return cursor.execute(
            f"""WITH first AS (SELECT t.portfolio_id FROM timer t WHERE {_DUE} ORDER BY t.due_at LIMIT 1)
                SELECT t.kind, t.cause_id, t.node, t.visit, t.portfolio_id, t.account_id, t.message_id
                FROM timer t JOIN first USING (portfolio_id) WHERE {_DUE} ORDER BY t.due_at LIMIT %(most)s""",
            {"now": now, "most": most},
        ).fetchall()


def any_due(connection: psycopg.Connection, now: datetime) -> bool:
    """Whether a timer waits to be worked."""
    row = connection.execute(f"SELECT EXISTS (SELECT 1 FROM timer t WHERE {_DUE})", {"now": now}).fetchone()
    return bool(row and row[0])


def begin(connection: psycopg.Connection, timers: Sequence[DueTimer]) -> None:
    """Timers are about to be worked: what they said of an earlier try is over."""
    connection.execute(
        """UPDATE timer t SET result = ''
           FROM unnest(%(kinds)s::smallint[], %(causes)s::bigint[], %(nodes)s::smallint[], %(visits)s::int[])
               AS g(kind, cause_id, node, visit)
           WHERE (t.kind, t.cause_id, t.node, t.visit) = (g.kind, g.cause_id, g.node, g.visit)
             AND t.done_at IS NULL AND t.result <> ''""",
        _keys(timers),
    )


def finish(connection: psycopg.Connection, timers: Sequence[DueTimer], day: date, now: datetime) -> None:
    """Close worked timers that nothing has put off to a later date or closed with a result of its own."""
    connection.execute(
        """UPDATE timer t SET done_at = %(now)s, result = 'passed'
           FROM unnest(%(kinds)s::smallint[], %(causes)s::bigint[], %(nodes)s::smallint[], %(visits)s::int[])
               AS g(kind, cause_id, node, visit)
           WHERE (t.kind, t.cause_id, t.node, t.visit) = (g.kind, g.cause_id, g.node, g.visit)
             AND t.done_at IS NULL AND t.due_at <= %(now)s AND t.result <> %(again)s
             AND (t.not_before_on IS NULL OR t.not_before_on <= %(day)s)""",
        {**_keys(timers), "day": day, "now": now, "again": AGAIN},
    )


def put_off_legs(connection: psycopg.Connection, message_ids: Sequence[UUID], until: date) -> int:
    """Fallbacks that did not leave in time, or whose day the law closed, are called again from a date on."""
    if not message_ids:
        return 0
    return connection.execute(
        f"""UPDATE timer t SET done_at = NULL, result = '', not_before_on = %s FROM message_item i
            WHERE i.message_id = ANY(%s) AND i.leg > 0 AND NOT i.covered AND t.kind = {DeadlineKind.FALLBACK}
              AND (t.cause_id, t.node, t.visit) = (i.cause_id, i.node, i.visit)""",
        [until, list(message_ids)],
    ).rowcount


def _keys(timers: Sequence[DueTimer]) -> dict[str, list[Any]]:
    return {
        "kinds": [timer.kind for timer in timers],
        "causes": [timer.cause_id for timer in timers],
        "nodes": [timer.node for timer in timers],
        "visits": [timer.visit for timer in timers],
    }
