"""What waits for a second person: listed, read, granted, rejected, withdrawn."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field

from api.access.caller import EVERYWHERE, Caller
from api.http.access import Anyone
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.routes.users import portfolio_names
from api.http.service import Parts, Service
from api.usecases.access.approval_kinds import KINDS
from api.usecases.access.decide_approval import grant_approval, reject_approval, withdraw_approval
from engine.errors import AccessError
from storage import approvals
from storage.approvals import Approval

router = resource("/approvals", "approvals")

Id = Annotated[int, Path(ge=1, le=2**53)]


class ApprovalOut(BaseModel):
    """A request, and what became of it."""

    id: int
    kind: str = Field(description="`publication`, `move_accounts`, `template`, `policy`, `plan`, `refund`.")
    portfolio: str
    subject: str
    body: dict[str, Any]
    content_hash: str
    note: str
    state: Literal["pending", "scheduled", "done", "failed", "rejected", "withdrawn"]
    effective_on: date | None
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    outcome: dict[str, Any]


class Decision(BaseModel):
    """A word to go with a decision."""

    note: str = Field("", max_length=2000)


@router.get("")
def list_approvals(
    who: Anyone,
    parts: Parts,
    state: Annotated[
        Literal["pending", "scheduled", "done", "failed", "rejected", "withdrawn"] | None, Query()
    ] = None,
    limit: Limit = 100,
    after: After = "",
) -> Page[ApprovalOut]:
    """Requests one may ask for or grant, the newest first."""
    place = place_of(after, int)
    with parts.database.connection() as connection:
        rows = approvals.listed(connection, state, place[0] if place else None, limit + 1)
    page, following = cut(rows, limit, lambda row: (row.id,))
    names = portfolio_names(parts)
    return Page(items=[_out(row, names) for row in page if _may_see(who, row)], next=following)


@router.get("/{approval_id}")
def read_approval(approval_id: Id, who: Anyone, parts: Parts) -> ApprovalOut:
    """One request."""
    return approval_out(parts, _seen(who, parts, approval_id))


@router.post("/{approval_id}/grant")
def grant_request(approval_id: Id, asked: Decision, who: Anyone, parts: Parts) -> ApprovalOut:
    """Grant, as the second person; it is carried out at once, or when its date opens."""
    request = _seen(who, parts, approval_id)
    _expect_grantor(who, request)
    return approval_out(
        parts, grant_approval(parts.database, parts.clock, approval_id, by=who.person, note=asked.note)
    )


@router.post("/{approval_id}/reject")
def reject_request(approval_id: Id, asked: Decision, who: Anyone, parts: Parts) -> ApprovalOut:
    """Reject, with a reason."""
    _expect_grantor(who, _seen(who, parts, approval_id))
    if not asked.note.strip():
        raise AccessError("a rejection says why", place="body.note", code="approval.reason")
    return approval_out(
        parts, reject_approval(parts.database, parts.clock, approval_id, by=who.person, note=asked.note)
    )


@router.post("/{approval_id}/withdraw")
def withdraw_request(approval_id: Id, who: Anyone, parts: Parts) -> ApprovalOut:
    """Take one's own request back."""
    _seen(who, parts, approval_id)
    return approval_out(parts, withdraw_approval(parts.database, parts.clock, approval_id, by=who.person))


def approval_out(parts: Service, row: Approval) -> ApprovalOut:
    """A request as it is told."""
    return _out(row, portfolio_names(parts))


def _out(row: Approval, names: dict[int, str]) -> ApprovalOut:
    told = {name: getattr(row, name) for name in ApprovalOut.model_fields if name != "portfolio"}
    return ApprovalOut(portfolio=names.get(row.portfolio_id, "?"), **told)


def _seen(who: Caller, parts: Service, approval_id: int) -> Approval:
    with parts.database.connection() as connection:
        row = approvals.expect(connection, approval_id)
    if not _may_see(who, row):
        raise AccessError(f"{who.name} may not see this request", code="access.denied")
    return row


def _may_see(who: Caller, row: Approval) -> bool:
    """Those who may ask for it or grant it, and those who read strategies there."""
    kind = KINDS[row.kind]
    portfolio_id = None if row.portfolio_id == EVERYWHERE else row.portfolio_id
    return any(who.may(each, portfolio_id) for each in (kind.asks, kind.grants, "ledger.read"))


def _expect_grantor(who: Caller, row: Approval) -> None:
    portfolio_id = None if row.portfolio_id == EVERYWHERE else row.portfolio_id
    permission = KINDS[row.kind].grants
    if who.user_id is None or not who.may(permission, portfolio_id):
        raise AccessError(
            f"{who.name} may not: {permission}",
            place=row.subject,
            hint="a person with this permission grants it",
            code="access.denied",
        )
