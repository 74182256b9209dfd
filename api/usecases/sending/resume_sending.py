"""Lifts a stop: only a second person may, and what expired meanwhile stays unsent."""

from api.clock import Clock
from storage.database import Database
from storage.ledger import append_line
from storage.stops import Switch, lift


def resume_sending(database: Database, clock: Clock, *, switch_id: int, by: str) -> Switch:
    """Resume what a stop holds; refused to the person who pressed it."""
    with database.connection() as connection:
        switch = lift(connection, switch_id, by)
        body = {"by": by, "stopped_by": switch.stopped_by}
        append_line(connection, clock.now(), "sending.resumed", f"stop:{switch_id}", body)
    return switch
