"""Payment plans as the API tells them: amounts in units of their currency, never in minor units."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import psycopg
from pydantic import BaseModel, Field

from api.agreements.plan_terms import Cut, PlanTerms, PlanWish
from api.http.service import Service
from api.usecases.book.find_account import FoundAccount, find_account
from engine.currencies import decimals_of
from storage import plans
from storage.plans import PlanRow

Amount = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4, examples=["150.00"])]
Text = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class CutBody(BaseModel):
    """What is forgiven of one component: a percentage, or an amount."""

    percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=2, examples=["50"])] = (
        Decimal(0)
    )
    amount: Amount | None = Field(None, description="Instead of a percentage.")


class DiscountBody(BaseModel):
    """The discount, granted once the plan is kept."""

    capital: CutBody = CutBody()
    interest: CutBody = CutBody()
    fees: CutBody = CutBody()


class PlanBody(BaseModel):
    """A plan about one account, or several debts of one person with one creditor."""

    accounts: Annotated[list[Name], Field(min_length=1, max_length=50)]
    covers: Literal["arrears", "balance"] = Field("arrears", description="What is past due, or all of it.")
    discount: DiscountBody = DiscountBody()
    down_payment: Amount = Decimal(0)
    instalments: Annotated[int, Field(ge=1, le=60)] = 1
    every: Literal["week", "fortnight", "month"] = "month"
    first_due_on: date | None = None
    valid_until: date | None = Field(None, description="Last date to accept; by it the down payment is due.")
    via: Name = "agent"
    reference: Name | None = None
    note: Text = Field("", description="A word for the second person, if one is needed.")


class AcceptanceBody(BaseModel):
    """How the debtor said yes."""

    via: Name = Field("agent", examples=["agent", "call", "branch"])


class Why(BaseModel):
    """Why it ends."""

    reason: Text = ""


class PartOut(BaseModel):
    """One component of the debt."""

    component: Literal["capital", "interest", "fees", "tax"]
    owed: Decimal
    discount: Decimal


class InstalmentOut(BaseModel):
    """One instalment; number 0 is the down payment."""

    number: int
    due_on: date
    amount: Decimal
    paid: Decimal = Decimal(0)
    missed_on: date | None = None


class DebtOut(BaseModel):
    """One account of the plan."""

    account: str
    owed: Decimal
    discount: Decimal
    total: Decimal


class TermsOut(BaseModel):
    """Terms to the last cent: the instalments and the down payment add up to ``total``."""

    covers: Literal["arrears", "balance"]
    currency: str
    parts: list[PartOut]
    total: Decimal
    schedule: list[InstalmentOut]
    debts: list[DebtOut]
    valid_until: date
    grace_days: int
    broken_after: int
    terms_hash: str


class OptionOut(BaseModel):
    """One plan the debtor may take."""

    key: str
    plan: int | None = Field(description="The offer it is; null: of the menu.")
    terms: TermsOut


class OptionsOut(BaseModel):
    """What the debtor may take today."""

    items: list[OptionOut]


class PlanOut(TermsOut):
    """A plan as it stands."""

    id: int
    state: Literal["offered", "accepted", "kept", "broken", "cancelled", "withdrawn"]
    paid: Decimal
    missed: int
    via: str
    offered_by: str
    offered_at: datetime
    approved_by: str | None
    accepted_via: str | None
    accepted_by: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    reason: str


class PlansOut(BaseModel):
    """The plans of an account, the newest first."""

    items: list[PlanOut]


class ProposalOut(BaseModel):
    """Either the plan that stands offered, or the request a second person has to grant, and why."""

    plan: PlanOut | None
    approval: int | None
    reason: str


def wish_of(parts: Service, portfolio: str, body: PlanBody) -> PlanWish:
    """What the body wishes, in minor units; ``BookError`` for an unknown account or too many decimals."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    accounts = [find_account(parts.database, portfolio_id, number) for number in dict.fromkeys(body.accounts)]
    first = accounts[0]
    return PlanWish(
        tuple(account.id for account in accounts),
        body.covers,
        _cut(first, body.discount.capital),
        _cut(first, body.discount.interest),
        _cut(first, body.discount.fees),
        first.minor(body.down_payment),
        body.instalments,
        body.every,
        body.first_due_on,
        body.valid_until,
        body.via,
        body.reference,
    )


def terms_out(connection: psycopg.Connection, terms: PlanTerms) -> TermsOut:
    """Terms in units of their currency."""
    ids = [debt.account_id for debt in terms.debts]
    numbers = {debt.account_id: debt.number for debt in plans.debts_of(connection, ids)}

    def units(minor: int) -> Decimal:
        return _units(minor, terms.currency)

    return TermsOut(
        covers=terms.covers,
        currency=terms.currency,
        parts=[
            PartOut(
                component=name,
                owed=units(getattr(terms.owed, name)),
                discount=units(getattr(terms.discount, name)),
            )
            for name in COMPONENTS
        ],
        total=units(terms.total),
        schedule=[
            InstalmentOut(number=one.number, due_on=one.due_on, amount=units(one.amount))
            for one in terms.schedule
        ],
        debts=[
            DebtOut(
                account=numbers[debt.account_id],
                owed=units(debt.amount),
                discount=units(debt.discount),
                total=units(debt.total),
            )
            for debt in terms.debts
        ],
        valid_until=terms.valid_until,
        grace_days=terms.grace_days,
        broken_after=terms.broken_after,
        terms_hash=terms.hash().hex(),
    )


def plan_out(connection: psycopg.Connection, row: PlanRow) -> PlanOut:
    """A plan with its debts and instalments, in units of its currency."""

    def units(minor: int) -> Decimal:
        return _units(minor, row.currency)

    told = {name: getattr(row, name) for name in PlanOut.model_fields if name in PlanRow.__dataclass_fields__}
    money = {
        "total": units(row.total),
        "paid": units(row.paid),
        "terms_hash": row.terms_hash.hex(),
        "parts": [
            {
                "component": name,
                "owed": units(getattr(row, name)),
                "discount": units(getattr(row, f"discount_{name}", 0)),
            }
            for name in COMPONENTS
        ],
        "schedule": [
            vars(one) | {"amount": units(one.amount), "paid": units(one.paid)}
            for one in plans.instalments(connection, row.id)
        ],
        "debts": [
            {
                "account": one.number,
                "owed": units(one.amount),
                "discount": units(one.discount),
                "total": units(one.total),
            }
            for one in plans.debts(connection, row.id)
        ],
    }
    return PlanOut.model_validate(told | money)


COMPONENTS: tuple[Literal["capital", "interest", "fees", "tax"], ...] = ("capital", "interest", "fees", "tax")


def _cut(account: FoundAccount, said: CutBody) -> Cut:
    amount = None if said.amount is None else account.minor(said.amount)
    return Cut(float(said.percent / 100), amount)


def _units(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-decimals_of(currency))
