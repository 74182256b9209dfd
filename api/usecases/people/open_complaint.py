"""A complaint about how somebody was collected from: numbered, frozen, answered within the legal term."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.hold_terms import after_business_days, hold_until
from api.usecases.money.make_promise import read_debt
from engine.errors import BookError
from engine.vocabulary import EventName, HoldKind
from storage import cases, holds
from storage.cases import Case
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import accounts_of_person, revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons

ANSWER_DAYS = 30
"""Business days to answer in, where the portfolio's setting ``complaint_days`` says nothing."""


@dataclass(frozen=True)
class ComplaintIn:
    """A complaint as it was told: about which debt, by which channel, of what, caused by whom."""

    account_id: int
    channel: str
    cause: str
    said: str = ""
    message_id: str = ""
    agent: str = ""
    agency: str = ""
    number: str = ""


def open_complaint(database: Database, clock: Clock, wish: ComplaintIn) -> tuple[Case, bool]:
    """Open a complaint: the person hears nothing more of the creditor's debts until it is answered."""
    now = clock.now()
    with database.connection() as connection:
        debt = read_debt(connection, wish.account_id)
        lock_persons(connection, [debt.person_id])
        today = now.astimezone(ZoneInfo(debt.timezone)).date()
        days = int(debt.settings.get("complaint_days", ANSWER_DAYS))
        values = {
            "number": wish.number or cases.next_number(connection, now), "person_id": debt.person_id,
            "creditor_id": debt.creditor_id, "account_id": wish.account_id, "channel": wish.channel,
            "cause": wish.cause, "said": wish.said, "message_id": wish.message_id, "agent": wish.agent,
            "agency": wish.agency, "received_at": now,
            "answer_by": after_business_days(today, days, debt.country),
        }  # fmt: skip
        case_id = cases.insert(connection, "complaint", values)
        if case_id is None:
            return _expect(connection, "number", values["number"]), False
        cases.mark_complaints(connection, debt.person_id)
        holds.place(
            connection, HoldKind.COMPLAINT, person_id=debt.person_id, creditor_id=debt.creditor_id,
            account_ids=[], since=today,
            until=hold_until(HoldKind.COMPLAINT, today, debt.country, debt.settings), by=wish.channel,
            reason=wish.cause,
        )  # fmt: skip
        _freeze(connection, debt.person_id, wish.account_id, case_id, now)
        return _expect(connection, "id", case_id), True


def answer_complaint(
    database: Database, clock: Clock, complaint_id: int, *, by: str, answer: str, outcome: str
) -> Case:
    """Close a complaint with its answer; what it froze goes on."""
    now = clock.now()
    with database.connection() as connection:
        case = _expect(connection, "id", complaint_id)
        lock_persons(connection, [case["person_id"]])
        done = {"state": "closed", "answer": answer, "outcome": outcome, "closed_by": by, "closed_at": now}
        if cases.close(connection, "complaint", complaint_id, done):
            debt = read_debt(connection, case["account_id"])
            cases.mark_complaints(connection, case["person_id"])
            holds.release(
                connection, HoldKind.COMPLAINT, now.astimezone(ZoneInfo(debt.timezone)).date(),
                person_id=case["person_id"], creditor_id=case["creditor_id"],
            )  # fmt: skip
            told = {"complaint": case["number"], "by": by, "answer": answer, "outcome": outcome}
            append_line(connection, now, "complaint.closed", f"person:{case['person_id']}", told)
        return _expect(connection, "id", complaint_id)


def _freeze(
    connection: psycopg.Connection, person_id: int, account_id: int, case_id: int, now: datetime
) -> None:
    accounts = accounts_of_person(connection, person_id)
    revise_enrolments(connection, accounts)
    withdrawn = withdraw_accounts(connection, accounts, reasons.DISPUTE, now)
    event = DomainEvent(
        EventName.COMPLAINT, now, "complaint", str(case_id), person_id, (account_id,),
        body={"complaint": case_id, "holds": [HoldKind.COMPLAINT.word]},
    )  # fmt: skip
    post(connection, event)
    told = {"complaint": case_id, "account": account_id, "withdrawn": list(map(str, withdrawn))}
    append_line(connection, now, "complaint.opened", f"person:{person_id}", told)


def _expect(connection: psycopg.Connection, column: str, value: object) -> Case:
    case = cases.find(connection, "complaint", column, value)
    if case is None:
        raise BookError(f"no existe la queja {value}", code="complaint.unknown")
    return case
