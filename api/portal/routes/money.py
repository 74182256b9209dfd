"""What a person can say about money: when it will be paid, or that it is paid already."""

from datetime import timedelta

from fastapi import Request, Response

from api.agreements.promise_policy import PromiseRefused
from api.portal.desk import Desk
from api.portal.forms import Form, Posted
from api.portal.mounting import portal_router
from api.portal.routes.debts import Number
from api.portal.routes.rights import VIA, done, reference_of
from api.portal.showing import show_debt
from api.portal.views import holds, promise_bounds, said_money
from api.portal.visiting import Guest, InGuest
from api.usecases.money.claim_paid import claim_paid
from api.usecases.money.make_promise import PromiseIn, make_promise
from api.usecases.people.keep_attachments import keep_attachments
from engine.vocabulary import HoldKind
from storage.portal import DebtShown

router = portal_router()

PLACES = {"amount": "monto", "due_on": "fecha"}
"""The field of the form each place of a refused promise is about."""


@router.get("/portal/cuentas/{account}/promesa")
def promise_form(request: Request, desk: Desk, guest: InGuest, account: Number) -> Response:
    """Ask for a date and an amount within the portfolio's policy."""
    return _promise_page(request, desk, guest, guest.debt(account))


@router.post("/portal/cuentas/{account}/promesa")
def promise(request: Request, desk: Desk, guest: InGuest, account: Number, form: Posted) -> Response:
    """Take a promise; what the policy does not take is said beside its field."""
    debt = guest.debt(account)
    amount, due_on = form.amount("monto", debt.currency, debt.country), form.day("fecha")
    if not form.wrong and due_on is not None:
        wish = PromiseIn(
            account, amount, due_on, VIA, reference_of(guest, form), by=f"person:{guest.visitor.person_id}"
        )
        try:
            make_promise(desk.database, desk.clock, wish)
        except PromiseRefused as refused:
            place = PLACES.get(refused.place, "monto")
            known = f"wrong.{refused.code}"
            form.wrong[place] = known if guest.words.knows(known) else "wrong.promise"
        else:
            return done(desk, account, "promise")
    return _promise_page(request, desk, guest, debt, form)


@router.get("/portal/cuentas/{account}/ya-pague")
def claim_form(request: Request, desk: Desk, guest: InGuest, account: Number) -> Response:
    """Ask for the receipt of a payment that is not seen yet."""
    debt = guest.debt(account)
    return show_debt(desk, request, guest, "claim.html", debt, verifying=holds(debt, HoldKind.PAID_CLAIM))


@router.post("/portal/cuentas/{account}/ya-pague")
def claim(request: Request, desk: Desk, guest: InGuest, account: Number, form: Posted) -> Response:
    """Rest the debt while somebody looks for the money."""
    debt = guest.debt(account)
    if holds(debt, HoldKind.PAID_CLAIM):
        return done(desk, account, "claim")
    files = form.files("archivos")
    if form.wrong:
        return show_debt(desk, request, guest, "claim.html", debt, form=form, verifying=False)
    reference = reference_of(guest, form)
    kept = keep_attachments(
        desk.database, desk.clock, account, "receipt", via=VIA, reference=reference, files=files
    )
    receipt = " ".join(f"attachment:{attachment}" for attachment in kept)
    claim_paid(desk.database, desk.clock, account, via=VIA, reference=reference, receipt=receipt)
    return done(desk, account, "claim")


def _promise_page(
    request: Request, desk: Desk, guest: Guest, debt: DebtShown, form: Form | None = None
) -> Response:
    policy, least, most = promise_bounds(debt)
    return show_debt(
        desk, request, guest, "promise.html", debt, form=form,
        first_day=guest.today.isoformat(),
        last_day=(guest.today + timedelta(days=policy.most_days)).isoformat(),
        last_day_said=guest.words.day(guest.today + timedelta(days=policy.most_days)),
        least=said_money(debt, least), most=said_money(debt, most),
        barred=debt.promises_broken_90d >= policy.most_broken_90d,
        open=debt.promise_open,
    )  # fmt: skip
