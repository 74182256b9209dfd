"""Shows a page to a guest with what every form on it carries."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from api.portal.desk import Portal
from api.portal.forms import Form, new_once
from api.portal.views import DebtView, view_of
from api.portal.visiting import Guest
from storage.portal import DebtShown


def show(
    desk: Portal, request: Request, guest: Guest, name: str, *, form: Form | None = None, **values: Any
) -> HTMLResponse:
    """A page for a guest; a ``form`` with something wrong is shown again as it was filled in."""
    wrong = form.wrong if form else {}
    around = {
        "brand": guest.brand,
        "secret": guest.secret,
        "once": form.once if form else new_once(),
        "path": request.url.path,
        "inside": True,
        "wrong": wrong,
        "filled": form.fields if form else {},
    }
    return desk.pages.page(name, guest.words, {**around, **values}, 422 if wrong else 200)


def show_debt(
    desk: Portal,
    request: Request,
    guest: Guest,
    name: str,
    debt: DebtShown,
    *,
    form: Form | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page about one debt."""
    return show(desk, request, guest, name, form=form, debt=card(guest, debt), **values)


def card(guest: Guest, debt: DebtShown) -> DebtView:
    """A debt as this guest reads it."""
    return view_of(debt, guest.words, guest.today)
