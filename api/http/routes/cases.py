"""Disputes, complaints and protections: what stops collection until a person has answered."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.routes.happenings import Name, Text
from api.http.service import Parts, Service
from api.usecases.book.find_account import account_of, find_account
from api.usecases.people.open_complaint import ComplaintIn, answer_complaint, open_complaint
from api.usecases.people.open_dispute import DisputeIn, answer_dispute, open_dispute
from api.usecases.people.protect_person import ProtectionIn, lift_protection, protect_person
from engine.errors import BookError
from engine.vocabulary import Stop
from storage import cases
from storage.events import accounts_of_person

router = resource("/portfolios/{portfolio}", "cases")

Worker = Annotated[Caller, may("complaint.work")]
Taker = Annotated[Caller, may("promise.write")]
Number = Annotated[str, Path(min_length=1, max_length=100)]
CaseId = Annotated[int, Path(ge=1, le=2**62)]
Shown = TypeVar("Shown", bound=BaseModel)
Words = Annotated[str, Field(max_length=2_000)]


class DisputeBody(BaseModel):
    """A person does not agree with a debt."""

    reason: Name = Field(examples=["no_reconoce"])
    said: Words = ""
    via: Name = "agent"
    reference: Name


class DisputeOut(BaseModel):
    """A dispute as it stands."""

    id: int
    reason: str
    via: str
    reference: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    answer: str


class DisputeAnswer(BaseModel):
    """How a dispute ends: accepted, the core corrects the debt; rejected, it goes on."""

    answer: Literal["accepted", "rejected"]
    words: Words = ""


class ComplaintBody(BaseModel):
    """A complaint about how somebody was collected from."""

    channel: Name
    cause: Name = Field(examples=["trato", "horario", "tercero"])
    said: Words = ""
    message_id: Text = ""
    agent: Text = ""
    agency: Text = ""
    number: Text = Field("", description="The regulator's number; ours where it is empty.")


class ComplaintOut(BaseModel):
    """A complaint as it stands."""

    id: int
    number: str
    channel: str
    cause: str
    message_id: str
    agent: str
    agency: str
    received_at: datetime
    answer_by: date
    state: str
    answer: str
    outcome: str
    closed_at: datetime | None
    closed_by: str | None


class ComplaintAnswer(BaseModel):
    """How a complaint ends."""

    answer: Annotated[str, Field(min_length=1, max_length=4_000)]
    outcome: Name = Field(examples=["procedente", "improcedente"])


class ProtectionBody(BaseModel):
    """Why a person must not be collected from."""

    kind: Literal["vulnerable", "deceased", "legal_representation", "insolvency", "minor"]
    reason: Text = ""
    review_on: date | None = None


class ProtectionOut(BaseModel):
    """A protection in force; its reason is shown to those who may see it only."""

    id: int
    since_on: date
    review_on: date
    lifted_on: date | None
    reason: str | None


class Why(BaseModel):
    """Why a protection ends."""

    reason: Text


@router.post("/accounts/{number}/disputes")
def add_dispute(parts: Parts, who: Taker, portfolio: str, number: Number, body: DisputeBody) -> DisputeOut:
    """Open a dispute: nobody is written to about the debt from now on."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    wish = DisputeIn(account.id, body.reason, body.via, body.reference, body.said)
    case, _ = open_dispute(parts.database, parts.clock, wish)
    parts.doorbell.ring("react.events")
    return _shown(DisputeOut, case)


@router.post("/disputes/{dispute}/answer")
def answer_a_dispute(
    parts: Parts, who: Worker, portfolio: str, dispute: CaseId, body: DisputeAnswer
) -> DisputeOut:
    """Close a dispute."""
    _expect(parts, portfolio, "dispute", dispute)
    case = answer_dispute(parts.database, parts.clock, dispute, body.answer, by=who.name, words=body.words)
    return _shown(DisputeOut, case)


@router.post("/accounts/{number}/complaints")
def add_complaint(
    parts: Parts, who: Taker, portfolio: str, number: Number, body: ComplaintBody
) -> ComplaintOut:
    """Open a complaint: numbered, with its legal term; the creditor's debts of the person stand still."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    wish = ComplaintIn(
        account.id, body.channel, body.cause, body.said, body.message_id, body.agent, body.agency, body.number
    )
    case, _ = open_complaint(parts.database, parts.clock, wish)
    parts.doorbell.ring("react.events")
    return _shown(ComplaintOut, case)


@router.post("/complaints/{complaint}/answer")
def answer_a_complaint(
    parts: Parts, who: Worker, portfolio: str, complaint: CaseId, body: ComplaintAnswer
) -> ComplaintOut:
    """Close a complaint with its answer."""
    _expect(parts, portfolio, "complaint", complaint)
    case = answer_complaint(
        parts.database, parts.clock, complaint, by=who.name, answer=body.answer, outcome=body.outcome
    )
    return _shown(ComplaintOut, case)


@router.post("/accounts/{number}/protections")
def add_protection(
    parts: Parts,
    who: Annotated[Caller, may("event.write")],
    portfolio: str,
    number: Number,
    body: ProtectionBody,
) -> ProtectionOut:
    """Protect the person of an account: nobody collects any of their debts until it is lifted."""
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    wish = ProtectionIn(account.person_id, Stop[body.kind.upper()], who.name, body.reason, body.review_on)
    case = protect_person(parts.database, parts.clock, wish)
    parts.doorbell.ring("react.events")
    return _shown(ProtectionOut, {**case, "reason": None})


@router.get("/accounts/{number}/protections")
def list_protections(
    parts: Parts, who: Annotated[Caller, may("account.read")], portfolio: str, number: Number
) -> list[ProtectionOut]:
    """The protections of an account's person; their reasons only to those who may see them."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    account = find_account(parts.database, portfolio_id, number)
    sees = who.may("protection.see", portfolio_id)
    with parts.database.connection() as connection:
        rows = cases.list_cases(connection, "protection", "person_id", [account.person_id])
    return [_shown(ProtectionOut, row if sees else {**row, "reason": None}) for row in rows]


@router.post("/protections/{protection}/lift")
def lift_a_protection(
    parts: Parts,
    who: Annotated[Caller, may("protection.see")],
    portfolio: str,
    protection: CaseId,
    body: Why,
) -> ProtectionOut:
    """End a protection after its review."""
    _expect(parts, portfolio, "protection", protection)
    case = lift_protection(parts.database, parts.clock, protection, by=who.name, reason=body.reason)
    return _shown(ProtectionOut, case)


def _expect(parts: Service, portfolio: str, table: str, case_id: int) -> None:
    """A case of another portfolio is unknown here."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        case = cases.find(connection, table, "id", case_id)
        owned = [] if case is None else accounts_of_person(connection, case["person_id"])
        if case is not None and case.get("account_id"):
            owned = [case["account_id"]]
    if not any(account_of(parts.database, each).portfolio_id == portfolio_id for each in owned):
        raise BookError(f"no existe: {case_id}", code=f"{table}.unknown")


def _shown(model: type[Shown], case: dict[str, Any]) -> Shown:
    return model(**{name: case[name] for name in model.model_fields})
