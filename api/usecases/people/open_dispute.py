"""A person does not agree with a debt: it stops at once, a specialist answers, and it goes on or ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.hold_terms import hold_until
from api.usecases.money.make_promise import Debt, read_debt
from engine.errors import BookError
from engine.vocabulary import EventName, HoldKind
from storage import cases, holds
from storage.cases import Case
from storage.database import Database
from storage.domain_events import DomainEvent, post
from storage.events import revise_enrolments
from storage.ledger import append_line
from storage.outbox import reasons
from storage.outbox.withdrawals import withdraw_accounts
from storage.person_lock import lock_persons

Answer = Literal["accepted", "rejected"]


@dataclass(frozen=True)
class DisputeIn:
    """A dispute as it was told; ``reference`` is taken once."""

    account_id: int
    reason: str
    via: str
    reference: str
    said: str = ""


def open_dispute(database: Database, clock: Clock, wish: DisputeIn) -> tuple[Case, bool]:
    """Open a dispute: no message about the debt from this commit on. The case, and whether it is new."""
    with database.connection() as connection:
        debt = read_debt(connection, wish.account_id)
        lock_persons(connection, [debt.person_id])
        return dispute(connection, debt, wish, clock.now())


def dispute(connection: psycopg.Connection, debt: Debt, wish: DisputeIn, now: datetime) -> tuple[Case, bool]:
    """The same within a transaction that holds the person's lock."""
    values = {
        "account_id": wish.account_id, "person_id": debt.person_id, "reason": wish.reason, "said": wish.said,
        "via": wish.via, "reference": wish.reference, "opened_at": now,
    }  # fmt: skip
    case_id = cases.insert(connection, "dispute", values)
    if case_id is None:
        return _expect(connection, "reference", wish.reference), False
    today = now.astimezone(ZoneInfo(debt.timezone)).date()
    cases.mark_disputes(connection, [wish.account_id])
    holds.place(
        connection, HoldKind.DISPUTE, person_id=debt.person_id, creditor_id=debt.creditor_id,
        account_ids=[wish.account_id], since=today,
        until=hold_until(HoldKind.DISPUTE, today, debt.country, debt.settings), by=wish.via,
        reason=wish.reason,
    )  # fmt: skip
    revise_enrolments(connection, [wish.account_id])
    withdrawn = withdraw_accounts(connection, [wish.account_id], reasons.DISPUTE, now)
    event = DomainEvent(
        EventName.DISPUTE, now, "dispute", str(case_id), debt.person_id, (wish.account_id,),
        body={"dispute": case_id, "holds": [HoldKind.DISPUTE.word]},
    )  # fmt: skip
    post(connection, event)
    told = {
        "dispute": case_id,
        "reason": wish.reason,
        "via": wish.via,
        "withdrawn": list(map(str, withdrawn)),
    }
    append_line(connection, now, "dispute.opened", f"account:{wish.account_id}", told)
    return _expect(connection, "id", case_id), True


def answer_dispute(
    database: Database, clock: Clock, dispute_id: int, answer: Answer, *, by: str, words: str
) -> Case:
    """Close a dispute: rejected, the debt goes on where it stood; accepted, the core corrects it."""
    now = clock.now()
    with database.connection() as connection:
        case = _expect(connection, "id", dispute_id)
        lock_persons(connection, [case["person_id"]])
        done = {"state": answer, "answer": words, "closed_by": by, "closed_at": now}
        if not cases.close(connection, "dispute", dispute_id, done):
            return _expect(connection, "id", dispute_id)
        debt = read_debt(connection, case["account_id"])
        cases.mark_disputes(connection, [case["account_id"]])
        holds.release(
            connection, HoldKind.DISPUTE, now.astimezone(ZoneInfo(debt.timezone)).date(),
            person_id=case["person_id"], account_ids=[case["account_id"]],
        )  # fmt: skip
        revise_enrolments(connection, [case["account_id"]])
        told = {"dispute": dispute_id, "answer": answer, "by": by, "words": words}
        append_line(connection, now, "dispute.closed", f"account:{case['account_id']}", told)
        return _expect(connection, "id", dispute_id)


def _expect(connection: psycopg.Connection, column: str, value: object) -> Case:
    case = cases.find(connection, "dispute", column, value)
    if case is None:
        raise BookError(f"no existe la disputa {value}", code="dispute.unknown")
    return case
