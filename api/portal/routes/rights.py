"""What a person may say: that a debt is not theirs, and on which channels they want to be written to."""

from fastapi import Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from api.portal.desk import Desk, Portal
from api.portal.forms import Form, Posted
from api.portal.mounting import portal_router
from api.portal.routes.debts import Number
from api.portal.routes.door import HOME, SEE_OTHER
from api.portal.showing import show, show_debt
from api.portal.visiting import Guest, InGuest
from api.usecases.people.choose_channels import OFFERED, choose_channels
from api.usecases.people.keep_attachments import keep_attachments
from api.usecases.people.open_dispute import DisputeIn, open_dispute

router = portal_router()

VIA = "portal"
REASONS = ("no_reconoce", "monto_incorrecto", "ya_pagada", "suplantacion", "servicio", "otro")
"""Why a debt is disputed; each is a phrase ``dispute.<reason>``."""


@router.get("/portal/cuentas/{account}/no-reconozco")
def dispute_form(request: Request, desk: Desk, guest: InGuest, account: Number) -> Response:
    """Ask what is wrong with a debt."""
    debt = guest.debt(account)
    return show_debt(desk, request, guest, "dispute.html", debt, reasons=REASONS, open=debt.dispute_open)


@router.post("/portal/cuentas/{account}/no-reconozco")
def dispute(request: Request, desk: Desk, guest: InGuest, account: Number, form: Posted) -> Response:
    """Open a dispute: nobody writes about the debt from now on."""
    debt = guest.debt(account)
    if debt.dispute_open:
        return done(desk, account, "dispute")
    reason, files = form.text("motivo"), form.files("archivos")
    if reason not in REASONS:
        form.wrong["motivo"] = "wrong.reason"
    if form.wrong:
        return show_debt(desk, request, guest, "dispute.html", debt, form=form, reasons=REASONS, open=False)
    reference = reference_of(guest, form)
    keep_attachments(desk.database, desk.clock, account, "dispute", via=VIA, reference=reference, files=files)
    open_dispute(desk.database, desk.clock, DisputeIn(account, reason, VIA, reference, form.text("detalle")))
    return done(desk, account, "dispute")


@router.get("/portal/contacto")
def contact(request: Request, desk: Desk, guest: InGuest) -> HTMLResponse:
    """Which channels are open, and how to reach the creditor."""
    refused, reachable = guest.visitor.denied, guest.visitor.reachable
    channels = [
        {
            "word": channel.word,
            "on": not refused >> channel & 1,
            "reachable": bool(reachable >> channel & 1),
        }
        for channel in OFFERED
    ]
    saved = request.query_params.get("hecho") == "contact"
    return show(desk, request, guest, "contact.html", channels=channels, saved=saved)


@router.post("/portal/contacto")
def choose(desk: Desk, guest: InGuest, form: Posted) -> Response:
    """Open and close channels: what is left out is refused before the next message."""
    said = set(form.several.get("canal", ()))
    wanted = [channel for channel in OFFERED if channel.word in said]
    choose_channels(desk.database, desk.clock, guest.visitor.person_id, wanted, source=VIA)
    desk.doorbell.ring("react.events")
    return RedirectResponse(f"{HOME}/contacto?hecho=contact", SEE_OTHER)


@router.get("/portal/cuentas/{account}/listo/{what}")
def finished(request: Request, desk: Desk, guest: InGuest, account: Number, what: str) -> HTMLResponse:
    """What was done, in words: shown again as often as it is asked for."""
    if not guest.words.knows(f"done.{what}.title"):
        what = "thanks"
    return show_debt(desk, request, guest, "done.html", guest.debt(account), what=what)


def done(desk: Portal, account: int, what: str) -> Response:
    """Tell the workers, and go where it says what was done."""
    desk.doorbell.ring("react.events")
    return RedirectResponse(f"{HOME}/cuentas/{account}/listo/{what}", SEE_OTHER)


def reference_of(guest: Guest, form: Form) -> str:
    """The name under which a form's effect happens once; nobody else's form can have it."""
    return f"{guest.visitor.person_id}-{form.once}"
