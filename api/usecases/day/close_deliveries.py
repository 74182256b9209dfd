"""The second close: what became of a date's messages once their windows are over, and that it adds up.

decided = accepted + failed + withdrawn + expired + unknown (03, point 17). A message nobody can vouch for
waits a day for its status and is then counted as unconfirmed, "sin confirmar", among the unknown.
"""

from dataclasses import asdict, dataclass
from datetime import date
from zoneinfo import ZoneInfo

import psycopg
import structlog
from psycopg.types.json import Jsonb

from api.clock import Clock
from engine.vocabulary import MessageState
from storage.database import Database
from storage.ledger import append_line
from storage.outbox.reasons import UNCONFIRMED

log = structlog.get_logger()

_TAKEN = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ)


@dataclass(frozen=True)
class Delivered:
    """What became of the messages of one date; ``unconfirmed`` are those unknown for more than a day."""

    decided: int
    accepted: int
    failed: int
    withdrawn: int
    expired: int
    unknown: int
    unconfirmed: int

    @property
    def open(self) -> int:
        """Messages that are still on their way: while there are any, nothing is closed."""
        told = self.accepted + self.failed + self.withdrawn + self.expired + self.unknown
        return self.decided - told

    @property
    def is_final(self) -> bool:
        """Whether no status is waited for any more."""
        return self.unknown == self.unconfirmed

    def sentence(self) -> str:
        """The second close in one Spanish sentence.

        >>> Delivered(10, 6, 1, 1, 1, 1, 1).sentence()
        '10 decididos = 6 aceptados + 1 fallidos + 1 retirados + 1 vencidos + 1 en duda (1 sin confirmar)'
        """
        return (
            f"{self.decided} decididos = {self.accepted} aceptados + {self.failed} fallidos"
            f" + {self.withdrawn} retirados + {self.expired} vencidos + {self.unknown} en duda"
            f" ({self.unconfirmed} sin confirmar)"
        )


def close_deliveries(database: Database, clock: Clock, portfolio_id: int | None = None) -> list[date]:
    """Close the deliveries of every date that is over, of one portfolio or all; the dates that closed now.

    A date with unknown messages is counted again until each has its status or its day is over.
    """
    closed = []
    with database.connection() as connection:
        rows = connection.execute(
            """SELECT r.id, r.business_date, p.timezone, r.delivery IS NULL FROM run r
               JOIN portfolio p ON p.id = r.portfolio_id
               WHERE r.state = 'closed' AND NOT r.shadow AND (r.portfolio_id = %(portfolio)s
                     OR %(portfolio)s::int IS NULL)
                 AND (r.delivery IS NULL OR NOT (r.delivery->>'final')::boolean)
               ORDER BY r.business_date FOR UPDATE OF r SKIP LOCKED""",
            {"portfolio": portfolio_id},
        ).fetchall()
        for run_id, day, timezone, first in rows:
            over = clock.now().astimezone(ZoneInfo(timezone)).date() > day
            delivered = count_deliveries(connection, run_id, day) if over else None
            if delivered is not None and not delivered.open:
                _write(connection, clock, run_id, delivered, first=first)
                closed.append(day)
            elif delivered is not None:
                log.warning("run.deliveries_open", run=run_id, day=str(day), open=delivered.open)
    return closed


def count_deliveries(connection: psycopg.Connection, run_id: int, day: date) -> Delivered:
    """The messages of a date by what became of them, counted afresh."""
    row = connection.execute(
        f"""SELECT count(*)::int, count(*) FILTER (WHERE state = ANY(%(taken)s))::int,
               count(*) FILTER (WHERE state = {MessageState.FAILED})::int,
               count(*) FILTER (WHERE state = {MessageState.WITHDRAWN})::int,
               count(*) FILTER (WHERE state = {MessageState.EXPIRED})::int,
               count(*) FILTER (WHERE state = {MessageState.UNKNOWN})::int,
               count(*) FILTER (WHERE state = {MessageState.UNKNOWN} AND reason = '{UNCONFIRMED}')::int
            FROM message WHERE run_id = %(run)s AND local_on = %(day)s""",
        {"run": run_id, "day": day, "taken": [int(state) for state in _TAKEN]},
    ).fetchall()[0]
    return Delivered(*row)


def _write(
    connection: psycopg.Connection, clock: Clock, run_id: int, delivered: Delivered, *, first: bool
) -> None:
    body = asdict(delivered) | {"final": delivered.is_final}
    connection.execute("UPDATE run SET delivery = %s WHERE id = %s", [Jsonb(body), run_id])
    if first or delivered.is_final:
        append_line(connection, clock.now(), "run.delivered", f"run:{run_id}", body)
