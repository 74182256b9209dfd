"""Grant, reject or withdraw a request: the one who asked never grants, and what is granted is carried out."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import psycopg

from api.clock import Clock
from api.usecases.access.approval_kinds import KINDS
from engine.errors import AccessError, CadenciaError
from storage import approvals
from storage.approvals import Approval
from storage.database import Database
from storage.ledger import append_line


def grant_approval(
    database: Database, clock: Clock, approval_id: int, *, by: str, note: str = ""
) -> Approval:
    """Grant; carried out at once, or when its date opens. A refusal of what was granted leaves it pending.

    ``AccessError`` when it is not pending any more, or to the person who asked.
    """
    now = clock.now()
    with database.connection() as connection:
        asked = _pending(connection, approval_id)
        if asked.asked_by.casefold() == by.casefold():
            raise AccessError(
                f"{by} asked for it",
                place=asked.subject,
                hint="a second person grants it",
                code="approval.same_person",
            )
        later = asked.effective_on is not None and asked.effective_on > _today(connection, asked, now)
        KINDS[asked.kind].check(connection, asked)
        approvals.decide(connection, approval_id, approvals.SCHEDULED, by, now, note)
        body = {"by": by, "kind": asked.kind, "subject": asked.subject, "content_hash": asked.content_hash}
        append_line(connection, now, "approval.granted", f"approval:{approval_id}", body)
    if not later:
        _carry_out(database, approval_id)
    with database.connection() as connection:
        return approvals.expect(connection, approval_id)


def reject_approval(database: Database, clock: Clock, approval_id: int, *, by: str, note: str) -> Approval:
    """Reject with a reason."""
    return _end(database, clock, approval_id, approvals.REJECTED, by, note)


def withdraw_approval(database: Database, clock: Clock, approval_id: int, *, by: str) -> Approval:
    """Take one's own request back."""
    with database.connection() as connection:
        asked = approvals.expect(connection, approval_id)
    if asked.asked_by.casefold() != by.casefold():
        raise AccessError(f"{asked.asked_by} asked for it", place=asked.subject, code="access.denied")
    return _end(database, clock, approval_id, approvals.WITHDRAWN, by, "")


def carry_out_due(database: Database, clock: Clock) -> int:
    """Carry out what was granted for a date that has come; how many."""
    with database.connection() as connection:
        due = approvals.due(connection, clock.now())
    for approval_id in due:
        try:
            _carry_out(database, approval_id)
        except CadenciaError:
            continue  # noted on the request, and shown where it is listed
    return len(due)


def _carry_out(database: Database, approval_id: int) -> None:
    """Do what was granted; doing it twice changes nothing more, so a killed process is simply repeated."""
    with database.connection() as connection:
        granted = approvals.expect(connection, approval_id)
    try:
        state, outcome = approvals.DONE, KINDS[granted.kind].carry_out(database, granted)
    except CadenciaError as refusal:
        state, outcome = approvals.FAILED, {"code": refusal.code, "detail": refusal.message}
        with database.connection() as connection:
            approvals.close(connection, approval_id, state, outcome)
        raise
    with database.connection() as connection:
        approvals.close(connection, approval_id, state, outcome)


def _end(database: Database, clock: Clock, approval_id: int, state: str, by: str, note: str) -> Approval:
    now = clock.now()
    with database.connection() as connection:
        asked = _pending(connection, approval_id)
        approvals.decide(connection, approval_id, state, by, now, note)
        body = {"by": by, "note": note, "kind": asked.kind, "subject": asked.subject}
        append_line(connection, now, f"approval.{state}", f"approval:{approval_id}", body)
        return approvals.expect(connection, approval_id)


def _pending(connection: psycopg.Connection, approval_id: int) -> Approval:
    asked = approvals.expect(connection, approval_id)
    if asked.state != approvals.PENDING:
        raise AccessError(f"it is {asked.state} already", place=asked.subject, code="approval.decided")
    return asked


def _today(connection: psycopg.Connection, asked: Approval, now: datetime) -> date:
    row = connection.execute("SELECT timezone FROM portfolio WHERE id = %s", [asked.portfolio_id]).fetchone()
    return now.astimezone(ZoneInfo(row[0] if row else "UTC")).date()
