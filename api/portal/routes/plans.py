"""Paying in parts: what is on offer, every date before it is accepted, and the letter afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from starlette.responses import HTMLResponse

from api.agreements.plan_policy import PlanRefused, policy_of
from api.portal.desk import Desk, Portal
from api.portal.forms import Form, Posted
from api.portal.mounting import portal_router
from api.portal.refusals import PortalStop
from api.portal.routes.debts import Number, paper
from api.portal.routes.rights import VIA, done
from api.portal.showing import show_debt
from api.portal.views import said_money
from api.portal.visiting import Guest, InGuest
from api.usecases.money.accept_plan import accept_option
from api.usecases.money.plan_options import PlanOption, plan_options
from api.usecases.money.write_agreement import agreement_letter
from storage import plans
from storage.plans import ACCEPTED, PlanRow
from storage.portal import DebtShown

router = portal_router()


@router.get("/portal/cuentas/{account}/convenio")
def plan_form(request: Request, desk: Desk, guest: InGuest, account: Number) -> HTMLResponse:
    """The plans on offer, or the one in force with what is left of it."""
    return _page(request, desk, guest, guest.debt(account))


@router.post("/portal/cuentas/{account}/convenio")
def accept(request: Request, desk: Desk, guest: InGuest, account: Number, form: Posted) -> Response:
    """Take a plan: the dates shown, and no others."""
    debt, key = guest.debt(account), form.text("opcion")
    if debt.on_plan:
        return done(desk, account, "plan")
    offered = {option.key: option for option in _options(desk, guest, debt)}
    if key not in offered:
        form.wrong["opcion"] = "wrong.plan" if key else "wrong.option"
    elif form.text(f"terminos-{key}") != offered[key].terms.hash().hex():
        form.wrong["opcion"] = "wrong.plan"
    if not form.text("acepto"):
        form.wrong["acepto"] = "wrong.agree"
    if not form.wrong:
        try:
            accept_option(
                desk.database, desk.clock, account, key, by=f"person:{guest.visitor.person_id}", via=VIA
            )
        except PlanRefused:
            form.wrong["opcion"] = "wrong.plan"
        else:
            return done(desk, account, "plan")
    return _page(request, desk, guest, debt, form)


@router.get("/portal/cuentas/{account}/convenio.pdf")
def letter(desk: Desk, guest: InGuest, account: Number) -> Response:
    """The agreement letter of the plan in force."""
    guest.debt(account)
    with desk.database.connection() as connection:
        plan = _in_force(plans.of_account(connection, account))
    if plan is None:
        raise PortalStop("unknown")
    written = agreement_letter(desk.database, plan, "en" if guest.words.language == "en" else "es")
    return paper(written.pdf, "convenio-de-pago.pdf")


def _page(
    request: Request, desk: Portal, guest: Guest, debt: DebtShown, form: Form | None = None
) -> HTMLResponse:
    with desk.database.connection() as connection:
        plan = _in_force(plans.of_account(connection, debt.account_id))
        schedule = plans.instalments(connection, plan.id) if plan else []
    if plan is not None:
        rows = _rows(guest, debt, [(one.number, one.due_on, one.amount) for one in schedule])
        for row, one in zip(rows, schedule, strict=True):
            row["paid"] = one.paid >= one.amount
        return show_debt(
            desk, request, guest, "plan.html", debt, rows=rows, total=said_money(debt, plan.total)
        )
    options = [_shown(guest, debt, option) for option in _options(desk, guest, debt)]
    return show_debt(desk, request, guest, "plan_options.html", debt, form=form, options=options)


def _options(desk: Portal, guest: Guest, debt: DebtShown) -> list[PlanOption]:
    with desk.database.connection() as connection:
        return plan_options(connection, debt.account_id, policy_of(debt.settings), today=guest.today)


def _shown(guest: Guest, debt: DebtShown, option: PlanOption) -> Mapping[str, Any]:
    terms, words = option.terms, guest.words
    count = len(terms.schedule)
    return {
        "key": option.key,
        "hash": terms.hash().hex(),
        "title": words("plan.parts_one") if count == 1 else words("plan.parts", count=count),
        "total": words("plan.total", amount=said_money(debt, terms.total)),
        "discount": words("plan.discount", amount=said_money(debt, terms.discount.total))
        if terms.discount.total
        else "",
        "offer": words("plan.offer", day=words.day(terms.valid_until)) if option.plan_id else "",
        "rows": _rows(guest, debt, [(one.number, one.due_on, one.amount) for one in terms.schedule]),
    }


def _rows(guest: Guest, debt: DebtShown, schedule: Sequence[tuple[int, Any, int]]) -> list[dict[str, Any]]:
    """The instalments as rows, counted as people count them."""
    return [
        {"number": place, "day": guest.words.day(due_on), "amount": said_money(debt, amount), "paid": False}
        for place, (_, due_on, amount) in enumerate(schedule, start=1)
    ]


def _in_force(rows: Sequence[PlanRow]) -> PlanRow | None:
    return next((row for row in rows if row.state == ACCEPTED), None)
