"""Promises to pay: taken, confirmed, taken back; they are kept or broken by themselves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.routes.happenings import Amount, Name, Text
from api.http.service import Parts, Service
from api.usecases.book.find_account import FoundAccount, account_of, find_account
from api.usecases.money.make_promise import PromiseIn, confirm_promise, make_promise, withdraw_promise
from engine.errors import BookError
from storage import promises
from storage.promises import PromiseRow

router = resource("/portfolios/{portfolio}", "promises")

Promiser = Annotated[Caller, may("promise.write")]
Number = Annotated[str, Path(min_length=1, max_length=100)]
PromiseId = Annotated[int, Path(ge=1, le=2**62)]


class PromiseBody(BaseModel):
    """A promise to pay; an unconfirmed one waits for the person's yes and holds nothing."""

    amount: Amount
    due_on: date
    via: Name = "agent"
    reference: Name | None = None
    confirmed: bool = True


class PromiseOut(BaseModel):
    """A promise as it stands."""

    id: int
    account: str
    amount: Decimal
    due_on: date
    state: str = Field(description="proposed, made, kept, partially_kept, broken or withdrawn.")
    paid: Decimal
    via: str
    made_at: datetime
    closed_at: datetime | None


class PromisesOut(BaseModel):
    """The promises of an account, the newest first."""

    items: list[PromiseOut]


class Why(BaseModel):
    """Why it is taken back."""

    reason: Text = ""


@router.post("/accounts/{number}/promises")
def add_promise(parts: Parts, who: Promiser, portfolio: str, number: Number, body: PromiseBody) -> PromiseOut:
    """Take a promise under the portfolio's policy; the debt rests until the day after its date."""
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    wish = PromiseIn(
        account.id,
        account.minor(body.amount),
        body.due_on,
        body.via,
        body.reference,
        body.confirmed,
        who.name,
    )
    taken = make_promise(parts.database, parts.clock, wish)
    parts.doorbell.ring("react.events")
    return _told(taken.promise, account)


@router.get("/accounts/{number}/promises")
def list_promises(
    parts: Parts, who: Annotated[Caller, may("account.read")], portfolio: str, number: Number
) -> PromisesOut:
    """Every promise of an account."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    with parts.database.connection() as connection:
        rows = promises.of_account(connection, account.id)
    return PromisesOut(items=[_told(row, account) for row in rows])


@router.post("/promises/{promise}/confirmation")
def confirm_a_promise(parts: Parts, who: Promiser, portfolio: str, promise: PromiseId) -> PromiseOut:
    """The person said yes: the promise counts from now on."""
    account = _of_portfolio(parts, portfolio, promise)
    done = confirm_promise(parts.database, parts.clock, promise, by=who.name)
    parts.doorbell.ring("react.events")
    return _told(done, account)


@router.post("/promises/{promise}/withdrawal")
def withdraw_a_promise(
    parts: Parts, who: Promiser, portfolio: str, promise: PromiseId, body: Why
) -> PromiseOut:
    """Take a promise back by agreement: it counts neither as kept nor as broken."""
    account = _of_portfolio(parts, portfolio, promise)
    done = withdraw_promise(parts.database, parts.clock, promise, by=who.name, reason=body.reason)
    return _told(done, account)


def _of_portfolio(parts: Service, portfolio: str, promise_id: int) -> FoundAccount:
    """The account of a promise; one of another portfolio is unknown here."""
    with parts.database.connection() as connection:
        row = promises.find(connection, promise_id)
    account = account_of(parts.database, row.account_id) if row else None
    if account is None or account.portfolio_id != parts.doorkeeper.portfolio_id(portfolio):
        raise BookError(f"no existe la promesa {promise_id}", code="promise.unknown")
    return account


def _told(row: PromiseRow, account: FoundAccount) -> PromiseOut:
    return PromiseOut(
        id=row.id,
        account=account.number,
        amount=account.units(row.amount),
        due_on=row.due_on,
        state=row.state,
        paid=account.units(row.paid),
        via=row.via,
        made_at=row.made_at,
        closed_at=row.closed_at,
    )
