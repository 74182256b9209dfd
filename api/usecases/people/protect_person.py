"""Protects a person from collection: illness, vulnerability, insolvency, death; reviewed by its date."""

from dataclasses import dataclass
from datetime import date, timedelta

import psycopg

from api.clock import Clock
from api.hold_terms import DAYS
from engine.errors import BookError
from engine.vocabulary import Channel, EventName, HoldKind, Stop
from storage import cases, holds
from storage.cases import PROTECTIONS, Case
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_person
from storage.person_lock import lock_persons


@dataclass(frozen=True)
class ProtectionIn:
    """Why a person is protected, since when, and when somebody looks again; the reason is compliance's."""

    person_id: int
    stop: Stop
    by: str
    reason: str = ""
    review_on: date | None = None


def protect_person(database: Database, clock: Clock, wish: ProtectionIn) -> Case:
    """Stop collecting from a person, for every debt; the unsent messages of all are taken back."""
    with database.connection() as connection:
        _expect_person(connection, wish.person_id)
        lock_persons(connection, [wish.person_id])
        return protect(connection, wish, clock)


def protect(connection: psycopg.Connection, wish: ProtectionIn, clock: Clock) -> Case:
    """The same within a transaction that holds the person's lock."""
    if not wish.stop or wish.stop & ~PROTECTIONS:
        known = ", ".join(stop.name.lower() for stop in Stop if stop & PROTECTIONS and stop.name)
        raise BookError(f"{wish.stop!r} is no protection", code="protection.kind", hint=known)
    now = clock.now()
    since = now.date()
    review_on = wish.review_on or since + timedelta(days=DAYS[HoldKind.PROTECTION])
    values = {
        "person_id": wish.person_id, "stop": int(wish.stop), "reason": wish.reason, "by": wish.by,
        "since_on": since, "review_on": review_on,
    }  # fmt: skip
    case_id = cases.insert(connection, "protection", values)
    cases.mark_protections(connection, wish.person_id)
    for creditor_id in _creditors(connection, wish.person_id):
        holds.place(
            connection, HoldKind.PROTECTION, person_id=wish.person_id, creditor_id=creditor_id,
            account_ids=[], since=since, until=review_on, by=wish.by, reason="protección",
        )  # fmt: skip
    accounts = accounts_of_person(connection, wish.person_id)
    revise_enrolments(connection, accounts)
    every = [int(channel) for channel in Channel]
    withdrawn = withdraw_person(connection, wish.person_id, every, reasons.ACCOUNT_STOPPED, now)
    name = EventName.DECEASED if wish.stop & Stop.DECEASED else EventName.PROTECTION
    event = DomainEvent(
        name, now, "protection", str(case_id), wish.person_id, tuple(accounts),
        body={"protection": case_id, "holds": [HoldKind.PROTECTION.word]},
    )  # fmt: skip
    post(connection, event)
    told = {"protection": case_id, "by": wish.by, "withdrawn": list(map(str, withdrawn))}
    append_line(connection, now, "person.protected", f"person:{wish.person_id}", told)
    return _expect(connection, case_id)


def lift_protection(database: Database, clock: Clock, protection_id: int, *, by: str, reason: str) -> Case:
    """End a protection after its review; the person is collected from again where nothing else protects."""
    now = clock.now()
    with database.connection() as connection:
        case = _expect(connection, protection_id)
        lock_persons(connection, [case["person_id"]])
        if cases.lift(connection, protection_id, now.date(), by):
            cases.mark_protections(connection, case["person_id"])
            left = cases.list_cases(connection, "protection", "person_id", [case["person_id"]])
            if all(each["lifted_on"] for each in left):
                for creditor_id in _creditors(connection, case["person_id"]):
                    holds.release(
                        connection, HoldKind.PROTECTION, now.date(), person_id=case["person_id"],
                        creditor_id=creditor_id,
                    )  # fmt: skip
            told = {"protection": protection_id, "by": by, "reason": reason}
            append_line(connection, now, "person.unprotected", f"person:{case['person_id']}", told)
        return _expect(connection, protection_id)


def _creditors(connection: psycopg.Connection, person_id: int) -> list[int]:
    rows = connection.execute(
        "SELECT DISTINCT creditor_id FROM account WHERE person_id = %s ORDER BY 1", [person_id]
    ).fetchall()
    return [creditor_id for (creditor_id,) in rows]


def _expect_person(connection: psycopg.Connection, person_id: int) -> None:
    if connection.execute("SELECT 1 FROM person WHERE id = %s", [person_id]).fetchone() is None:
        raise BookError(f"no person {person_id}", code="person.unknown")


def _expect(connection: psycopg.Connection, protection_id: int | None) -> Case:
    case = cases.find(connection, "protection", "id", protection_id)
    if case is None:
        raise BookError(f"no existe la protección {protection_id}", code="protection.unknown")
    return case
