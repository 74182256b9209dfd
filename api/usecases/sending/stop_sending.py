"""Presses the red button: nothing of a scope leaves from the next guard on, within a second."""

from collections.abc import Sequence

from api.clock import Clock
from engine.errors import ServiceError
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line
from storage.stops import SCOPES, Scope, Switch, in_force, press


def stop_sending(
    database: Database, clock: Clock, *, scope: str, value: str = "", by: str, reason: str
) -> int:
    """Stop everything, a country, a channel, a strategy or a template (by key); the id that resumes it."""
    known = next((one for one in SCOPES if one == scope), None)
    if known is None:
        raise ServiceError(f"no scope {scope!r}", code="stop.scope", hint=", ".join(SCOPES))
    if not by.strip() or not reason.strip():
        raise ServiceError(
            "a stop needs a name and a reason", code="stop.unsigned", hint="--by ana --reason ..."
        )
    with database.connection() as connection:
        switch_id = press(connection, known, _value(known, value), by, reason)
        body = {"scope": scope, "value": value, "by": by, "reason": reason}
        append_line(connection, clock.now(), "sending.stopped", f"stop:{switch_id}", body)
    return switch_id


def list_stops(database: Database) -> Sequence[Switch]:
    """What is stopped now."""
    with database.connection() as connection:
        return in_force(connection)


def _value(scope: Scope, value: str) -> str:
    """What the switch compares messages with."""
    if scope == "all":
        return ""
    if not value:
        raise ServiceError(f"stop which {scope}?", code="stop.value", hint="--value")
    if scope == "country":
        return value.upper()
    if scope == "channel":
        try:
            return str(int(Channel.of(value)))
        except KeyError:
            names = ", ".join(channel.word for channel in Channel)
            raise ServiceError(f"no channel {value!r}", code="stop.value", hint=names) from None
    return value
