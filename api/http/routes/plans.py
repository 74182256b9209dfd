"""Payment plans: what may be agreed, offered within one's authority, accepted, ended; their letters."""

from typing import Annotated, Literal

from fastapi import Path, Query, Response

from api.access.caller import Caller
from api.agreements.plan_policy import policy_of
from api.http.access import may
from api.http.paging import After, Limit, Page, cut, place_of
from api.http.plan_bodies import (
    AcceptanceBody,
    OptionOut,
    OptionsOut,
    PlanBody,
    PlanOut,
    PlansOut,
    ProposalOut,
    TermsOut,
    Why,
    plan_out,
    terms_out,
    wish_of,
)
from api.http.resource import resource
from api.http.service import Parts, Service
from api.usecases.access.propose_plan import propose_plan
from api.usecases.book.find_account import find_account
from api.usecases.book.find_portfolio import find_portfolio
from api.usecases.day.run_day import local_date
from api.usecases.money.accept_plan import accept_plan
from api.usecases.money.end_plan import Ending, end_plan
from api.usecases.money.offer_plan import preview_plan
from api.usecases.money.plan_options import plan_options
from api.usecases.money.write_agreement import agreement_letter
from engine.errors import BookError
from storage import plans
from storage.plans import PlanRow

router = resource("/portfolios/{portfolio}", "payment plans")

Planner = Annotated[Caller, may("promise.write")]
Reader = Annotated[Caller, may("account.read")]
Number = Annotated[str, Path(min_length=1, max_length=100)]
PlanId = Annotated[int, Path(ge=1, le=2**62)]
State = Literal["offered", "accepted", "kept", "broken", "cancelled", "withdrawn"]


@router.get("/accounts/{number}/plan-options")
def list_plan_options(parts: Parts, who: Reader, portfolio: str, number: Number) -> OptionsOut:
    """The plans the debtor of an account may take today: offers that stand, and the portfolio's menu."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    with parts.database.connection() as connection:
        found = find_portfolio(connection, portfolio)
        today = local_date(parts.clock, found.timezone)
        options = plan_options(connection, account.id, policy_of(found.settings), today=today)
        items = [
            OptionOut(key=one.key, plan=one.plan_id, terms=terms_out(connection, one.terms))
            for one in options
        ]
    return OptionsOut(items=items)


@router.post("/plans/preview")
def preview_a_plan(parts: Parts, who: Planner, portfolio: str, body: PlanBody) -> TermsOut:
    """The terms a plan would have, to the last cent; nothing is offered."""
    del who
    wish = wish_of(parts, portfolio, body)
    with parts.database.connection() as connection:
        return terms_out(connection, preview_plan(connection, wish, parts.clock.now()))


@router.post("/plans")
def offer_a_plan(parts: Parts, who: Planner, portfolio: str, body: PlanBody) -> ProposalOut:
    """Offer a plan; beyond one's own authority a second person is asked, and the plan waits for them."""
    wish = wish_of(parts, portfolio, body)
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    done = propose_plan(parts.database, parts.clock, wish, portfolio_id=portfolio_id, who=who, note=body.note)
    parts.doorbell.ring("react.events")
    return ProposalOut(
        plan=_told(parts, done.plan) if done.plan else None,
        approval=done.approval.id if done.approval else None,
        reason=done.reason,
    )


@router.get("/plans")
def list_plans(
    parts: Parts,
    who: Reader,
    portfolio: str,
    state: Annotated[State | None, Query()] = None,
    limit: Limit = 100,
    after: After = "",
) -> Page[PlanOut]:
    """Plans of the portfolio, the newest first."""
    del who
    place = place_of(after, int)
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        rows = plans.listed(connection, portfolio_id, state, place[0] if place else None, limit + 1)
        page, following = cut(rows, limit, lambda row: (row.id,))
        return Page(items=[plan_out(connection, row) for row in page], next=following)


@router.get("/accounts/{number}/plans")
def list_account_plans(parts: Parts, who: Reader, portfolio: str, number: Number) -> PlansOut:
    """Every plan of an account, the newest first."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    with parts.database.connection() as connection:
        rows = plans.of_account(connection, account.id)
        return PlansOut(items=[plan_out(connection, row) for row in rows])


@router.get("/plans/{plan}")
def read_plan(parts: Parts, who: Reader, portfolio: str, plan: PlanId) -> PlanOut:
    """One plan with its debts and instalments."""
    del who
    return _told(parts, _of_portfolio(parts, portfolio, plan))


@router.post("/plans/{plan}/acceptance")
def accept_a_plan(parts: Parts, who: Planner, portfolio: str, plan: PlanId, body: AcceptanceBody) -> PlanOut:
    """The debtor said yes: the plan counts, its debts rest, the letter is written."""
    _of_portfolio(parts, portfolio, plan)
    done = accept_plan(parts.database, parts.clock, plan, by=who.person, via=body.via)
    parts.doorbell.ring("react.events")
    return _told(parts, done)


@router.post("/plans/{plan}/withdrawal")
def withdraw_an_offer(parts: Parts, who: Planner, portfolio: str, plan: PlanId, body: Why) -> PlanOut:
    """Take an offer back that nobody has accepted."""
    return _end(parts, who, portfolio, plan, "withdrawn", body)


@router.post("/plans/{plan}/cancellation")
def cancel_a_plan(parts: Parts, who: Planner, portfolio: str, plan: PlanId, body: Why) -> PlanOut:
    """End a plan by agreement: nobody broke it, and its discount is not granted."""
    return _end(parts, who, portfolio, plan, "cancelled", body)


@router.post("/plans/{plan}/breach")
def break_a_plan(
    parts: Parts, who: Annotated[Caller, may("plan.approve")], portfolio: str, plan: PlanId, body: Why
) -> PlanOut:
    """Hold a plan broken before its dates do."""
    return _end(parts, who, portfolio, plan, "broken", body)


@router.get(
    "/plans/{plan}/letter",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The letter."}},
)
def read_plan_letter(
    parts: Parts,
    who: Annotated[Caller, may("person.see")],
    portfolio: str,
    plan: PlanId,
    language: Annotated[Literal["es", "en"], Query()] = "es",
) -> Response:
    """The agreement letter as PDF, as it was kept when the plan was accepted; an offer's as it stands."""
    del who
    letter = agreement_letter(parts.database, _of_portfolio(parts, portfolio, plan), language)
    headers = {
        "Content-Disposition": f'attachment; filename="convenio-{plan}-{language}.pdf"',
        "ETag": f'"{letter.sha256}"',
    }
    return Response(letter.pdf, media_type="application/pdf", headers=headers)


def _end(parts: Service, who: Caller, portfolio: str, plan: int, ending: Ending, body: Why) -> PlanOut:
    _of_portfolio(parts, portfolio, plan)
    done = end_plan(parts.database, parts.clock, plan, ending, by=who.person, reason=body.reason)
    parts.doorbell.ring("react.events")
    return _told(parts, done)


def _of_portfolio(parts: Service, portfolio: str, plan_id: int) -> PlanRow:
    """A plan; one of another portfolio is unknown here."""
    with parts.database.connection() as connection:
        row = plans.find(connection, plan_id)
    if row is None or row.portfolio_id != parts.doorkeeper.portfolio_id(portfolio):
        raise BookError(f"no existe el convenio {plan_id}", code="plan.unknown", place=str(plan_id))
    return row


def _told(parts: Service, row: PlanRow) -> PlanOut:
    with parts.database.connection() as connection:
        return plan_out(connection, row)
