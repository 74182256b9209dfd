"""What is owed: all debts of the person with the creditor, each by itself, and the statement on paper."""

from typing import Annotated

from fastapi import Path, Request, Response
from starlette.responses import HTMLResponse

from api.portal.desk import Desk
from api.portal.mounting import portal_router
from api.portal.refusals import PortalStop
from api.portal.showing import card, show, show_debt
from api.portal.views import holds, invoices_said, totals
from api.portal.visiting import Guest, InGuest
from channels.paper import Letterhead
from channels.statements import DebtLine, Statement, statement_pdf
from engine.vocabulary import HoldKind
from storage import portal

router = portal_router()

Number = Annotated[int, Path(ge=1, le=2**62)]
PDF = "application/pdf"


@router.get("/portal")
def home(request: Request, desk: Desk, guest: InGuest) -> HTMLResponse:
    """Every debt, the most urgent first."""
    cards = [card(guest, debt) for debt in guest.debts]
    pairs = list(zip(cards, guest.debts, strict=True))
    owing = [one for one, debt in pairs if not debt.is_paid]
    return show(
        desk, request, guest, "home.html",
        called=guest.visitor.name.split(" ")[0].capitalize(), owing=owing,
        paid=[one for one, debt in pairs if debt.is_paid], totals=totals(cards, guest.debts),
    )  # fmt: skip


@router.get("/portal/cuentas/{account}")
def debt(request: Request, desk: Desk, guest: InGuest, account: Number) -> HTMLResponse:
    """One debt with its invoices and all that can be done about it."""
    shown = guest.debt(account)
    with desk.database.connection() as connection:
        invoices = portal.open_invoices_of(connection, account)
    return show_debt(
        desk, request, guest, "debt.html", shown,
        invoices=invoices_said(invoices, shown, guest.words, guest.today),
        verifying=holds(shown, HoldKind.PAID_CLAIM),
    )  # fmt: skip


@router.get("/portal/estado-de-cuenta.pdf")
def statement(desk: Desk, guest: InGuest) -> Response:
    """The statement of every open debt."""
    del desk
    lines = [
        DebtLine(one.number[-4:], one.due_on, one.amount_to_cure, one.outstanding_balance, one.currency)
        for one in guest.debts
        if not one.is_paid
    ]
    if not lines:
        raise PortalStop("unknown")
    methods = str(guest.visitor.settings.get("payment_methods", ""))
    content = statement_pdf(
        Statement(letterhead(guest), guest.visitor.name, guest.visitor.country, guest.today, lines, methods)
    )
    return paper(content, "estado-de-cuenta.pdf")


def letterhead(guest: Guest) -> Letterhead:
    """Who writes."""
    brand = guest.brand
    return Letterhead(brand.name, brand.address, brand.phone, brand.legal)


def paper(content: bytes, name: str) -> Response:
    """A PDF to keep."""
    return Response(
        content, media_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
