"""Paying: how much, then the page of a provider; the same link however often it is asked for."""

from typing import cast
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from api.payable import Pays, online_payments
from api.portal.desk import Desk, Portal
from api.portal.forms import Form, Posted
from api.portal.mounting import portal_router
from api.portal.refusals import PortalStop
from api.portal.routes.debts import Number
from api.portal.routes.door import HOME, SEE_OTHER
from api.portal.routes.rights import VIA
from api.portal.showing import show_debt
from api.portal.views import holds, said_money
from api.portal.visiting import Guest, InGuest
from api.usecases.money.create_payment_link import create_payment_link
from engine.errors import BookError, ServiceError
from engine.vocabulary import HoldKind
from storage import payment_links
from storage.payment_links import LIVE
from storage.portal import DebtShown

router = portal_router()

NAMES = {"mercadopago": "Mercado Pago", "stripe": "Stripe", "paypal": "PayPal"}


@router.get("/portal/cuentas/{account}/pagar")
def pay_form(request: Request, desk: Desk, guest: InGuest, account: Number) -> HTMLResponse:
    """How this debt can be paid: online where its portfolio has a provider, and by other ways."""
    return _page(request, desk, guest, guest.debt(account))


@router.post("/portal/cuentas/{account}/pagar")
def pay(request: Request, desk: Desk, guest: InGuest, account: Number, form: Posted) -> Response:
    """Get the provider's page for what the person chose to pay."""
    debt, pays = guest.debt(account), form.text("cuanto")
    if debt.is_paid or not _provider(desk, debt):
        raise PortalStop("unknown")
    if pays not in _ways(debt):
        form.wrong["cuanto"] = "wrong.option"
    amount = form.amount("monto", debt.currency, debt.country) if pays == "amount" else None
    if not form.wrong:
        try:
            link = create_payment_link(
                desk.database, desk.clock, desk.providers, portfolio_id=debt.portfolio_id,
                account_numbers=[debt.number], pays=cast(Pays, pays), amount_minor=amount, by=VIA,
                return_url=f"{desk.settings.outer_url}{HOME}/cuentas/{account}",
            )  # fmt: skip
        except BookError:
            form.wrong["monto" if pays == "amount" else "cuanto"] = "wrong.pay_amount"
        except ServiceError:
            form.wrong["cuanto"] = "wrong.pay_down"
        else:
            return RedirectResponse(f"{HOME}/cuentas/{account}/pago/{link.id.hex}", SEE_OTHER)
    return _page(request, desk, guest, debt, form)


@router.get("/portal/cuentas/{account}/pago/{link}")
def ready(request: Request, desk: Desk, guest: InGuest, account: Number, link: UUID) -> HTMLResponse:
    """The way to the provider's page, while it is open."""
    debt = guest.debt(account)
    with desk.database.connection() as connection:
        found = payment_links.find(connection, link)
    if found is None or found.person_id != guest.visitor.person_id or account not in found.account_ids:
        raise PortalStop("unknown")
    return show_debt(
        desk, request, guest, "pay_ready.html", debt,
        url=found.url if found.state == LIVE and found.expires_at > guest.now else "",
        provider=NAMES.get(found.provider, found.provider), amount=said_money(debt, found.amount),
        until=guest.words.day(found.expires_at.date()),
    )  # fmt: skip


def _page(
    request: Request, desk: Portal, guest: Guest, debt: DebtShown, form: Form | None = None
) -> HTMLResponse:
    provider = _provider(desk, debt)
    return show_debt(
        desk, request, guest, "pay.html", debt, form=form,
        provider=NAMES.get(provider, provider),
        ways=[(way, said_money(debt, amount) if amount else "") for way, amount in _ways(debt).items()],
        methods=str(debt.settings.get("payment_methods", "")),
        own_link=_web_address(str(debt.settings.get("payment_link", ""))),
        verifying=holds(debt, HoldKind.PAID_CLAIM),
    )  # fmt: skip


def _provider(desk: Portal, debt: DebtShown) -> str:
    """The provider of the debt's portfolio, if this installation has an account there."""
    name = online_payments(debt.settings).provider
    return name if name in desk.providers.by_name else ""


def _ways(debt: DebtShown) -> dict[str, int]:
    """What can be paid online, with its amount; an amount of one's own has none yet."""
    whole = max(debt.payoff_amount or debt.outstanding_balance, debt.amount_to_cure)
    ways = {"arrears": debt.amount_to_cure, "debt": whole if whole != debt.amount_to_cure else 0}
    return {way: amount for way, amount in ways.items() if amount > 0} | {"amount": 0}


def _web_address(text: str) -> str:
    return text if text.startswith("https://") else ""
