"""Ends the pause of a sending number: what its provider had put off is due at once."""

from api.clock import Clock
from engine.errors import ServiceError
from storage.database import Database
from storage.ledger import append_line
from storage.outbox.waking import wake_lane
from storage.sender_numbers import resume_number


def resume_sending_number(database: Database, clock: Clock, lane: int, by: str) -> int:
    """Resume a paused number; how many messages are due again. ``ServiceError`` when it was not paused."""
    if not by.strip():
        raise ServiceError("who resumes it?", code="sender.unsigned", hint="--by ana")
    with database.connection() as connection:
        if not resume_number(connection, lane):
            raise ServiceError(
                f"number {lane} is not paused", code="sender.not_paused", hint="cadencia numbers"
            )
        woken = wake_lane(connection, lane, clock.now())
        append_line(connection, clock.now(), "sender.resumed", f"sender:{lane}", {"by": by, "woken": woken})
    return woken
