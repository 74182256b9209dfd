"""Accounts: found by number or by masked data, their journey, and why a date did what it did."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.resource import resource
from api.http.routes.messages import MessageOut, PassageOut, message_out
from api.http.service import Parts
from api.index_key import index_key
from api.masking import mask_address, mask_name
from api.usecases.book.find_accounts import By, Wanted, expect_account, find_accounts
from api.usecases.day.explain_account import explain_account
from engine.vocabulary import AccountStatus, EnrolmentState, EventKind, HoldKind, Outcome, Stop
from storage import listing
from storage.accounts_seen import AccountSeen, ContactSeen, accounts_page, contacts_of
from storage.windows import Window, open_windows

router = resource("/portfolios/{portfolio}/accounts", "accounts")

Number = Annotated[str, Path(min_length=1, max_length=200)]
Reader = Annotated[Caller, may("account.read")]
MOST = 200
"""Lines of each kind in a journey, the newest."""


class AccountOut(BaseModel):
    """An account; money in minor units of its currency."""

    number: str
    person: str = Field(description="Masked without `person.see`.", examples=["A** R***"])
    country: str
    product: str
    currency: str
    status: str
    effective_due_on: date | None
    amount_to_cure: int
    minimum_payment: int | None
    payoff_amount: int | None
    outstanding_balance: int
    amount_as_of: date | None
    last_payment_on: date | None
    promise_open: bool
    promise_amount: int | None
    promise_due_on: date | None
    dispute_open: bool
    complaint_open: bool
    holds: list[str]
    stops: list[str] = Field(description="Reasons not to contact; of a protection only that there is one.")
    missing: bool


class AccountsOut(BaseModel):
    """What was found."""

    items: list[AccountOut]


class Search(BaseModel):
    """What is looked for: never in the address, so that no log keeps it."""

    by: By = Field(examples=["phone"])
    value: str = Field(min_length=1, max_length=200, examples=["55 1234 5678"])
    id_type: str = Field("", max_length=20, description="For an identity: RFC, CURP, CC, RUT, DNI, ...")


class ContactOut(BaseModel):
    """A phone or mailbox."""

    kind: str
    value: str
    verified: bool
    status: str
    window_until: datetime | None = Field(description="WhatsApp's 24 hours of free words; null: shut.")


class VerdictOut(BaseModel):
    """A wanted contact that was not made, and the rule that said so."""

    day: date
    node: str
    outcome: str
    rule: str
    until: date | None


class EventOut(BaseModel):
    """Something that happened to the account."""

    kind: str
    at: datetime
    source: str
    body: dict[str, Any]


class LedgerLineOut(BaseModel):
    """A line of the ledger about the account, its person or its passages."""

    at: datetime
    kind: str
    subject: str
    body: dict[str, Any]


class JourneyOut(BaseModel):
    """Everything that is known of an account's way, the newest of each first."""

    account: AccountOut
    contacts: list[ContactOut]
    passages: list[PassageOut]
    messages: list[MessageOut]
    verdicts: list[VerdictOut]
    events: list[EventOut]
    ledger: list[LedgerLineOut]


class LineOut(BaseModel):
    """One sentence of an explanation; `kind`: facts, entry, path, message, verdict or close."""

    kind: str
    text: str


class WhyOut(BaseModel):
    """What a date did with an account and why, in Spanish, from what the run of that date saw."""

    day: date
    lines: list[LineOut]


@router.get("")
def list_accounts(
    portfolio: str, who: Reader, parts: Parts, limit: Limit = 100, after: After = ""
) -> Page[AccountOut]:
    """Accounts in the order of their numbers."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    place = place_of(after, str)
    with parts.database.connection() as connection:
        rows = accounts_page(connection, portfolio_id, place[0] if place else "", limit + 1)
    page, following = cut(rows, limit, lambda row: (row.number,))
    return Page(items=[account_out(row, sees(who, portfolio_id)) for row in page], next=following)


@router.post("/search")
def search_accounts(portfolio: str, asked: Search, who: Reader, parts: Parts) -> AccountsOut:
    """Find accounts by number, or by the identity, phone or mailbox of a person."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    wanted = Wanted(asked.by, asked.value, asked.id_type)
    found = find_accounts(parts.database, portfolio_id, wanted, index_key=index_key(parts.settings))
    return AccountsOut(items=[account_out(row, sees(who, portfolio_id)) for row in found])


@router.get("/{number}")
def read_account(portfolio: str, number: Number, who: Reader, parts: Parts) -> AccountOut:
    """One account."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    return account_out(expect_account(parts.database, portfolio_id, number), sees(who, portfolio_id))


@router.get("/{number}/journey")
def read_journey(portfolio: str, number: Number, who: Reader, parts: Parts) -> JourneyOut:
    """The account's way: passages, messages, verdicts, events and the ledger."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    account = expect_account(parts.database, portfolio_id, number)
    clear = sees(who, portfolio_id)
    subjects = [f"account:{account.id}", f"person:{account.person_id}"]
    with parts.database.connection() as connection:
        contacts = contacts_of(connection, account.person_id)
        windows = open_windows(connection, account.person_id, parts.clock.now())
        passages = listing.enrolments_of(connection, account.id)
        messages = listing.messages_of_account(connection, account.id, MOST)
        verdicts = listing.verdicts_of(connection, account.id, MOST)
        events = listing.events_of(connection, account.id, account.person_id, MOST)
        ledger = listing.ledger_of(connection, subjects, account.person_id, MOST)
    return JourneyOut(
        account=account_out(account, clear),
        contacts=[_contact(each, clear, windows) for each in contacts],
        passages=[_passage(row) for row in passages],
        messages=[message_out(row, clear) for row in messages],
        verdicts=[
            VerdictOut(
                day=row["decided_on"],
                node=row["node"],
                outcome=Outcome(row["outcome"]).word,
                rule=row["reason"],
                until=row["until_on"],
            )
            for row in verdicts
        ],
        events=[
            EventOut(
                kind=EventKind(row["kind"]).word,
                at=row["at"],
                source=row["source"],
                body=row["body"] if clear else {},
            )
            for row in events
        ],
        ledger=[
            LedgerLineOut(
                at=row["at"], kind=row["kind"], subject=row["subject"], body=row["body"] if clear else {}
            )
            for row in ledger
        ],
    )


@router.get("/{number}/why")
def explain_date(
    portfolio: str,
    number: Number,
    who: Reader,
    parts: Parts,
    day: Annotated[date, Query(alias="date", description="A business date that has run.")],
) -> WhyOut:
    """Why a date did with an account what it did."""
    lines = explain_account(parts.database, portfolio, number, day)
    return WhyOut(day=day, lines=[LineOut(kind=line.kind, text=line.text) for line in lines])


def sees(who: Caller, portfolio_id: int) -> bool:
    """Whether the caller sees personal data there."""
    return who.may("person.see", portfolio_id)


def account_out(row: AccountSeen, clear: bool) -> AccountOut:
    """An account as it is told, personal data masked unless ``clear``."""
    told = {name: getattr(row, name) for name in AccountOut.model_fields if hasattr(row, name)}
    return AccountOut(
        **told
        | {
            "person": row.person if clear else mask_name(row.person),
            "status": AccountStatus(row.account_status).word,
            "holds": [kind.word for kind in HoldKind if row.hold_kinds >> kind & 1],
            "stops": _stops(row.stops),
        }
    )


_PROTECTIONS = Stop.VULNERABLE | Stop.DECEASED | Stop.MINOR | Stop.INSOLVENCY
"""Of these a screen says only that the person is protected: the reason is for compliance."""


def _stops(bits: int) -> list[str]:
    plain = [
        str(stop.name).lower() for stop in Stop if stop.value and bits & stop and not stop & _PROTECTIONS
    ]
    return [*plain, "protected"] if bits & _PROTECTIONS else plain


def _contact(each: ContactSeen, clear: bool, windows: Sequence[Window]) -> ContactOut:
    value = each.value if clear else mask_address(each.kind, each.value)
    until = next((window.until for window in windows if window.address == each.value), None)
    return ContactOut(
        kind=each.kind, value=value, verified=each.verified, status=each.status, window_until=until
    )


def _passage(row: listing.Row) -> PassageOut:
    return PassageOut(**row | {"state": EnrolmentState(row["state"]).word})
