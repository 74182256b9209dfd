"""Takes back what became of calls: talks count as contact, attempts as attempts, wrong numbers are closed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.usecases.people.record_opt_out import OptOut, refuse_channels
from api.usecases.people.record_wrong_number import WrongNumber, record_wrong_number
from channels.calls import NOT_CALLED, RESULTS, CallResult, Result
from engine.vocabulary import Channel, EventKind, MessageState
from storage.database import Database
from storage.events import note_event, revise_enrolments
from storage.ledger import append_line
from storage.outbox.hand_outs import find_hand_out, note_result
from storage.person_lock import lock_persons
from storage.personal import addresses_of
from storage.statuses import Status, apply_statuses

SOURCE = "call"


@dataclass(frozen=True)
class ResultsTaken:
    """How many results were new, known before, and about calls nobody handed out."""

    new: int
    known: int
    strange: tuple[str, ...]


@dataclass(frozen=True)
class _Handed:
    """A call in somebody's hands: whom it is to, and the debts it is about."""

    person_id: int
    zone: str
    phone: str
    accounts: tuple[int, ...]
    provider_id: str


def record_call_results(
    database: Database,
    clock: Clock,
    results: Sequence[CallResult],
    index_of: Callable[[str], bytes] | None = None,
) -> ResultsTaken:
    """Write results, each once; they release waits as replies, deliveries and failures do.

    A talk with the debtor is a two-way contact for the law; what nobody called (``cancelada``) gives back
    its place in the counts.
    """
    new, known, strange = 0, 0, []
    for result in results:
        try:
            message_id = UUID(result.reference)
        except ValueError:
            strange.append(result.reference)
            continue
        told = _record(database, clock, message_id, result, RESULTS[result.code])
        if told is None:
            strange.append(result.reference)
            continue
        new, known = (new + 1, known) if told else (new, known + 1)
        if isinstance(told, _Handed) and RESULTS[result.code].wrong_number:
            wrong = WrongNumber(told.phone, f"{SOURCE}:{result.code}", result.note)
            record_wrong_number(database, clock, wrong, index_of)
    return ResultsTaken(new, known, tuple(strange))


def _record(
    database: Database, clock: Clock, message_id: UUID, told: CallResult, result: Result
) -> "_Handed | bool | None":
    """The call when its result is new, false when it was known, ``None`` when it was not handed out."""
    with database.connection() as connection:
        handed = _read(connection, message_id)
        if handed is None:
            return None
        lock_persons(connection, [handed.person_id])
        if not note_result(connection, message_id, told.code, told.at):
            return False
        state = MessageState.DELIVERED if result.two_way else MessageState.FAILED
        reason = "" if result.two_way else f"{SOURCE}:{told.code}"
        apply_statuses(connection, [Status(message_id, handed.provider_id, state, told.at, reason)])
        body = {"result": told.code, "note": told.note}
        if told.code == NOT_CALLED:
            _give_back(connection, message_id)
        if result.two_way:
            local_on = told.at.astimezone(ZoneInfo(handed.zone) if handed.zone else UTC).date()
            talk = {**body, "channel": int(Channel.VOICE), "local_on": local_on.isoformat()}
            note_event(
                connection, handed.accounts, EventKind.REPLY, told.at, SOURCE, str(message_id), talk
            )  # fmt: skip
            connection.execute(
                "UPDATE person SET last_reply_on = greatest(last_reply_on, %s), revision = revision + 1"
                " WHERE id = %s",
                [local_on, handed.person_id],
            )
        if result.opts_out:
            opt_out = OptOut(handed.person_id, (Channel.VOICE,), SOURCE, told.note)
            refuse_channels(connection, opt_out, told.at, clock.now())
        note_event(
            connection, handed.accounts, EventKind.RESULT, told.at, SOURCE, str(message_id) + ":r", body
        )
        revise_enrolments(connection, handed.accounts)
        append_line(connection, clock.now(), "call.result", f"person:{handed.person_id}", body)
    return handed


def _read(connection: psycopg.Connection, message_id: UUID) -> _Handed | None:
    if find_hand_out(connection, message_id) is None:
        return None
    row = connection.execute(
        """
        SELECT m.person_id, coalesce(place.zones[1], ''), coalesce(m.provider_id, ''),
            coalesce((SELECT c.id FROM contact_point c WHERE c.person_id = m.person_id
                AND c.status = 'active' AND (c.channels >> m.channel) & 1 = 1
                ORDER BY c.verified DESC, c.id LIMIT 1), 0),
            array(SELECT DISTINCT account_id FROM message_item i WHERE i.message_id = m.id AND i.alive
                  ORDER BY account_id)
        FROM message m JOIN person p ON p.id = m.person_id LEFT JOIN place ON place.id = p.place_id
        WHERE m.id = %s AND m.channel = %s
        """,
        [message_id, int(Channel.VOICE)],
    ).fetchone()
    if row is None:
        return None
    phones = {one.id: one.value for one in addresses_of(connection, [row[0]])}
    return _Handed(row[0], row[1], phones.get(row[3], ""), tuple(row[4]), row[2])


def _give_back(connection: psycopg.Connection, message_id: UUID) -> None:
    """A call that was not made gives back its place in the counts."""
    connection.execute("UPDATE message SET provider_id = NULL WHERE id = %s", [message_id])
