"""What happens to accounts, one at a time: payments, reversals, contacts of others, claims, events."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from api.index_key import address_index
from api.usecases.book.find_account import expect_payment, find_account
from api.usecases.money.claim_paid import claim_paid
from api.usecases.money.record_payment import PaymentIn, record_payment
from api.usecases.money.reverse_payment import ReversalIn, reverse_payment
from api.usecases.people.record_outside_contact import OutsideContactIn, record_outside_contact
from api.usecases.replies.post_event import EventIn, list_dead_letters, post_event, try_event_again
from engine.vocabulary import Channel, EventName

router = resource("/portfolios/{portfolio}", "payments and events")

Recorder = Annotated[Caller, may("event.write")]
Text = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=4, examples=["1500.50"])]
Instant = Annotated[datetime, Field(examples=["2026-11-13T09:30:00-06:00"])]
ChannelWord = Literal["whatsapp", "sms", "email", "voice", "letter", "assisted", "visit"]


class PaymentBody(BaseModel):
    """Money that came in; (source, reference) is counted once."""

    account: Name
    amount: Amount
    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")] | None = None
    paid_at: Instant
    source: Name = "core"
    reference: Name
    invoices: Annotated[
        list[Name], Field(max_length=200, description="Invoices it is meant for; without them the oldest.")
    ] = []


class InvoicePaid(BaseModel):
    """An invoice, and what of the payment went to it."""

    number: str
    amount: Decimal


class PaymentOut(BaseModel):
    """What a payment did."""

    is_new: bool
    amount_to_cure: Decimal = Field(description="What is left to cure.")
    invoices: list[InvoicePaid] = Field(description="The invoices it was matched to, in their order.")
    over: Decimal = Field(description="What was paid beyond all that was owed.")
    plans_kept: list[int] = Field(description="Payment plans it completed.")
    withdrawn: list[str] = Field(description="Unsent messages that were taken back.")


class ReversalBody(BaseModel):
    """A payment that was taken back."""

    source: Name = "core"
    reference: Name
    reversed_at: Instant


class ReversalOut(BaseModel):
    """What a reversal did."""

    is_new: bool
    amount_to_cure: int = Field(description="In minor units.")
    promise: str = Field(description="What became of the promise it had served.")
    reopens: list[int]


class ContactBody(BaseModel):
    """A contact made by a dialer, a branch, an agency or the core: it counts in caps and locks."""

    account: Name
    channel: ChannelWord
    at: Instant
    by: Name
    two_way: bool = False
    result: Text = ""
    source: Name = "core"
    reference: Name


class ClaimBody(BaseModel):
    """A person says that they paid."""

    via: Name = "agent"
    reference: Name
    receipt: Text = ""


class EventBody(BaseModel):
    """Something that happened to an account, for the reactions and the waits that listen for it."""

    name: Literal["agent_result", "plan_instalment_missed", "wrong_number", "bounced"]
    account: Name
    at: Instant | None = None
    source: Name = "core"
    reference: Name
    result: Text = Field("", description="Of an agent: the result code, a port of the step that waits.")
    address: Text = Field("", description="Of a wrong number or a bounce: the address.")


class Noted(BaseModel):
    """Whether it was told for the first time."""

    is_new: bool


class DeadLetterOut(BaseModel):
    """An event that could not be worked."""

    id: int
    name: str
    at: datetime
    source: str
    reference: str
    tries: int
    reason: str


class DeadLettersOut(BaseModel):
    """The events that could not be worked, the newest first."""

    items: list[DeadLetterOut]


@router.post("/payments")
def add_payment(parts: Parts, who: Recorder, portfolio: str, body: PaymentBody) -> PaymentOut:
    """Record a payment: the debt shrinks, what is queued about a paid one comes back, reactions follow."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), body.account)
    minor = account.minor(body.amount, body.currency)
    payment = PaymentIn(
        account.id, body.source, body.reference, minor, _aware(body.paid_at), tuple(body.invoices)
    )
    done = record_payment(parts.database, parts.clock, payment)
    parts.doorbell.ring("react.events")
    return PaymentOut(
        is_new=done.is_new,
        amount_to_cure=account.units(done.amount_to_cure),
        invoices=[
            InvoicePaid(number=number, amount=account.units(amount)) for number, amount in done.invoices
        ],
        over=account.units(done.over),
        plans_kept=list(done.plans_kept),
        withdrawn=[str(message_id) for message_id in done.withdrawn],
    )


@router.post("/reversals")
def add_reversal(parts: Parts, who: Recorder, portfolio: str, body: ReversalBody) -> ReversalOut:
    """Take a payment back: its money is owed again, its promise and its enrolment open again."""
    del who
    expect_payment(parts.database, parts.doorkeeper.portfolio_id(portfolio), body.source, body.reference)
    reversal = ReversalIn(body.source, body.reference, _aware(body.reversed_at))
    done = reverse_payment(parts.database, parts.clock, reversal)
    parts.doorbell.ring("react.events")
    return ReversalOut(
        is_new=done.is_new,
        amount_to_cure=done.amount_to_cure,
        promise=done.promise,
        reopens=list(done.reopens),
    )


@router.post("/outside-contacts")
def add_outside_contact(parts: Parts, who: Recorder, portfolio: str, body: ContactBody) -> Noted:
    """Record a contact that was made outside."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), body.account)
    contact = OutsideContactIn(
        account.person_id, account.creditor_id, Channel[body.channel.upper()], _aware(body.at), body.by,
        body.source, body.reference, body.two_way, body.result, account.id,
    )  # fmt: skip
    return Noted(is_new=record_outside_contact(parts.database, parts.clock, contact))


@router.post("/accounts/{number}/paid-claims")
def add_paid_claim(
    parts: Parts,
    who: Recorder,
    portfolio: str,
    number: Annotated[str, Path(min_length=1, max_length=100)],
    body: ClaimBody,
) -> Noted:
    """Record "ya pagué": the debt rests three business days while somebody looks for the money."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    is_new = claim_paid(
        parts.database, parts.clock, account.id, via=body.via, reference=body.reference, receipt=body.receipt
    )
    parts.doorbell.ring("react.events")
    return Noted(is_new=is_new)


@router.post("/events")
def add_event(parts: Parts, who: Recorder, portfolio: str, body: EventBody) -> Noted:
    """Tell of an event; what it calls for happens within two seconds."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), body.account)
    told = EventIn(
        name=EventName(body.name),
        account_id=account.id,
        at=_aware(body.at) if body.at else None,
        source=body.source,
        reference=body.reference,
        result=body.result,
        address=body.address,
    )
    is_new = post_event(parts.database, parts.clock, told, address_index(parts.settings))
    parts.doorbell.ring("react.events")
    return Noted(is_new=is_new)


@router.get("/events/dead")
def list_dead_events(parts: Parts, who: Annotated[Caller, may("run.read")], portfolio: str) -> DeadLettersOut:
    """Events that could not be worked and wait for a person."""
    del who
    letters: list[dict[str, Any]] = list_dead_letters(
        parts.database, parts.doorkeeper.portfolio_id(portfolio)
    )
    return DeadLettersOut(items=[DeadLetterOut(**letter) for letter in letters])


@router.post("/events/dead/{event}/retry")
def retry_dead_event(
    parts: Parts,
    who: Annotated[Caller, may("book.write")],
    portfolio: str,
    event: Annotated[int, Path(ge=1, le=2**62)],
) -> Noted:
    """Work a dead event once more."""
    try_event_again(parts.database, parts.clock, parts.doorkeeper.portfolio_id(portfolio), event, by=who.name)
    parts.doorbell.ring("react.events")
    return Noted(is_new=False)


def _aware(at: datetime) -> datetime:
    """An instant without a zone is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
