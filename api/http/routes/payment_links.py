"""Links to pay by: made, listed, read, and the money of their payments given back by a second person."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.routes.approvals import ApprovalOut, approval_out
from api.http.routes.happenings import Amount, Name, Text
from api.http.service import Parts, Service
from api.usecases.access.approval_kinds import REFUND
from api.usecases.access.ask_approval import Request, ask_approval
from api.usecases.book.find_account import account_of, find_account
from api.usecases.money.create_payment_link import create_payment_link
from api.usecases.money.refund_payment import expect_refundable
from channels.payments.currencies import units_of
from engine.errors import BookError
from storage import payment_charges, payment_links
from storage.payment_charges import ChargeRow
from storage.payment_links import PaymentLink

router = resource("/portfolios/{portfolio}/payment-links", "payment links")

Maker = Annotated[Caller, may("promise.write")]
Reader = Annotated[Caller, may("account.read")]
Refunder = Annotated[Caller, may("refund.ask")]
ProviderWord = Literal["mercadopago", "stripe", "paypal"]
StateWord = Literal["opening", "live", "paid", "expired", "superseded", "refused", "reversed"]
PaysWord = Literal["arrears", "instalment", "debt", "amount"]


class PaymentLinkBody(BaseModel):
    """What is to be paid, and by whom it is taken."""

    accounts: Annotated[list[Name], Field(min_length=1, max_length=50, examples=[["P-00001"]])]
    pays: PaysWord = Field(
        "arrears", description="What is past due, the instalment, the whole debt, or an amount within it."
    )
    amount: Amount | None = Field(None, description="With `pays: amount` alone.")
    provider: ProviderWord | None = Field(None, description="Left out: the portfolio's own.")


class PaymentLinkCharge(BaseModel):
    """A payment made on a link, as its provider last told it."""

    id: str
    state: Literal["pending", "paid", "refused", "disputed"]
    amount: Decimal
    currency: str
    refunded: Decimal
    paid_at: datetime


class PaymentLinkOut(BaseModel):
    """A link as it stands."""

    id: UUID
    accounts: list[str]
    pays: PaysWord
    provider: str
    url: str = Field(description="Where the person pays; empty until the provider has answered.")
    amount: Decimal
    currency: str
    state: StateWord
    reason: str = Field(description="Why it was given up or refused.")
    paid: Decimal = Field(description="What stands in the book of it now.")
    made_at: datetime
    expires_at: datetime
    charges: list[PaymentLinkCharge]


class RefundBody(BaseModel):
    """Money to give back; without an amount, all that is left."""

    charge: Name
    amount: Amount | None = None
    reason: Text = ""


@router.post("")
def add_payment_link(parts: Parts, who: Maker, portfolio: str, body: PaymentLinkBody) -> PaymentLinkOut:
    """The open link for paying these accounts; made when there is none, the same one when asked again."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    minor = None
    if body.amount is not None:
        minor = find_account(parts.database, portfolio_id, body.accounts[0]).minor(body.amount)
    link = create_payment_link(
        parts.database, parts.clock, parts.payment_providers, portfolio_id=portfolio_id,
        account_numbers=body.accounts, pays=body.pays, amount_minor=minor, provider=body.provider or "",
        by=who.name,
    )  # fmt: skip
    return _told(parts, [link])[0]


@router.get("")
def list_payment_links(
    parts: Parts,
    who: Reader,
    portfolio: str,
    account: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    state: StateWord | None = None,
    limit: Limit = 100,
    after: After = "",
) -> Page[PaymentLinkOut]:
    """The links of a portfolio or of one account, the newest first."""
    del who
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    account_id = find_account(parts.database, portfolio_id, account).id if account else None
    place = place_of(after, str, UUID)
    with parts.database.connection() as connection:
        rows = payment_links.listed(
            connection, portfolio_id, account_id, state, (place[0], place[1]) if place else None, limit + 1
        )
    page, following = cut(rows, limit, lambda row: (row.made_at.isoformat(), row.id))
    return Page(items=_told(parts, page), next=following)


@router.get("/{link}")
def read_payment_link(parts: Parts, who: Reader, portfolio: str, link: UUID) -> PaymentLinkOut:
    """One link with its payments."""
    del who
    return _told(parts, [_found(parts, portfolio, link)])[0]


@router.post("/{link}/refunds")
def ask_for_refund(parts: Parts, who: Refunder, portfolio: str, link: UUID, body: RefundBody) -> ApprovalOut:
    """Ask that money of a payment be given back; a second person grants it, and then it is."""
    found = _found(parts, portfolio, link)
    with parts.database.connection() as connection:
        charge = payment_charges.find(connection, found.provider, body.charge)
        if charge is None or charge.link_id != link:
            raise BookError(f"no existe el pago {body.charge}", code="payment.unknown", place="charge")
        minor = charge.amount - charge.refunded
        if body.amount is not None:
            minor = account_of(parts.database, found.account_ids[0]).minor(body.amount)
        expect_refundable(connection, found.provider, body.charge, minor)
    asked = {
        "provider": found.provider, "charge": body.charge, "amount": minor, "refunded": charge.refunded,
        "reason": body.reason,
    }  # fmt: skip
    request = Request(REFUND, found.portfolio_id, f"{found.provider}:{body.charge}", asked, body.reason)
    return approval_out(parts, ask_approval(parts.database, parts.clock, request, by=who.person))


def _found(parts: Service, portfolio: str, link: UUID) -> PaymentLink:
    """A link; one of another portfolio is unknown here."""
    with parts.database.connection() as connection:
        found = payment_links.find(connection, link)
    if found is None or found.portfolio_id != parts.doorkeeper.portfolio_id(portfolio):
        raise BookError(f"no existe el enlace de pago {link}", code="payment_link.unknown")
    return found


def _told(parts: Service, links: Sequence[PaymentLink]) -> list[PaymentLinkOut]:
    with parts.database.connection() as connection:
        charges = payment_charges.of_links(connection, [link.id for link in links])
        numbers = payment_links.numbers_of(connection, links)
    return [
        PaymentLinkOut(
            id=link.id,
            accounts=[numbers[each] for each in link.account_ids],
            pays=link.purpose.partition(":")[0],
            provider=link.provider,
            url=link.url,
            amount=units_of(link.amount, link.currency),
            currency=link.currency,
            state=link.state,
            reason=link.reason,
            paid=units_of(link.paid, link.currency),
            made_at=link.made_at,
            expires_at=link.expires_at,
            charges=[_charge(each) for each in charges if each.link_id == link.id],
        )
        for link in links
    ]


def _charge(row: ChargeRow) -> PaymentLinkCharge:
    return PaymentLinkCharge(
        id=row.charge_id,
        state=row.state,
        amount=units_of(row.amount, row.currency),
        currency=row.currency,
        refunded=units_of(row.refunded, row.currency),
        paid_at=row.paid_at,
    )
