"""Takes an event a system tells of one account: its facts at once, its consequences by the reactions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from api.clock import Clock
from api.usecases.money.make_promise import read_debt
from engine.errors import BookError
from engine.vocabulary import EnrolmentState, EventKind, EventName
from storage import domain_events
from storage.contact_points import variants
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import note_event, revise_enrolments
from storage.ledger import append_line
from storage.person_lock import lock_persons

KINDS = {
    EventName.AGENT_RESULT: EventKind.RESULT,
    EventName.PLAN_INSTALMENT_MISSED: EventKind.PLAN_BROKEN,
}
"""What waits and holds listen for, by event."""


@dataclass(frozen=True)
class EventIn:
    """An event as it was told; (source, reference) is taken once. ``result`` is an agent's code."""

    name: EventName
    account_id: int
    at: datetime | None
    source: str
    reference: str
    result: str = ""
    address: str = ""


def post_event(database: Database, clock: Clock, told: EventIn, index_of: Callable[[str], bytes]) -> bool:
    """Write an event and its facts; whether it is new. ``BookError`` when it lacks what it is about.

    Of an address only its blind indexes are kept: ``index_of`` makes them.
    """
    if told.name in (EventName.WRONG_NUMBER, EventName.BOUNCED) and not told.address:
        raise BookError("de qué dirección se trata", code="event.address", place="address")
    with database.connection() as connection:
        indexes = [index_of(spelling).hex() for spelling in variants(told.address)] if told.address else []
        return take_event(connection, told, indexes, clock.now())


def take_event(connection: psycopg.Connection, told: EventIn, indexes: Sequence[str], now: datetime) -> bool:
    """The same within a transaction; ``indexes`` are the blind ones of its address, as hex."""
    at = told.at or now
    debt = read_debt(connection, told.account_id)
    lock_persons(connection, [debt.person_id])
    body: dict[str, Any] = {"result": told.result} if told.result else {}
    if indexes:
        body["indexes"] = list(indexes)
    event = DomainEvent(
        told.name, at, told.source, told.reference, debt.person_id, (told.account_id,), body=body
    )
    if not post(connection, event):
        return False
    kind = KINDS.get(told.name)
    if kind is not None:
        note_event(connection, [told.account_id], kind, at, told.source, told.reference, body)
    if told.name is EventName.AGENT_RESULT and told.result:
        _signal(connection, told.account_id, told.result)
    revise_enrolments(connection, [told.account_id])
    append_line(
        connection, now, f"event.{told.name.value}", f"account:{told.account_id}",
        {"source": told.source, "reference": told.reference, **body},
    )  # fmt: skip
    return True


def list_dead_letters(database: Database, portfolio_id: int) -> list[dict[str, Any]]:
    """The events of a portfolio's accounts, or of none, that could not be worked."""
    with database.connection() as connection:
        return domain_events.dead(connection, portfolio_id)


def try_event_again(database: Database, clock: Clock, portfolio_id: int, event_id: int, *, by: str) -> None:
    """Work a dead event once more; ``BookError`` when the portfolio has no such one."""
    with database.connection() as connection:
        if event_id not in {letter["id"] for letter in domain_events.dead(connection, portfolio_id)}:
            raise BookError(f"no hay un evento apartado {event_id}", code="event.unknown")
        domain_events.revive(connection, event_id)
        append_line(connection, clock.now(), "event.revived", f"event:{event_id}", {"by": by})


def _signal(connection: psycopg.Connection, account_id: int, result: str) -> None:
    """The agent's result is the port by which the step that waits for it is left."""
    connection.execute(
        "UPDATE enrolment SET signal = %s, revision = revision + 1 WHERE account_id = %s AND state = %s",
        [result, account_id, int(EnrolmentState.WAITING)],
    )
