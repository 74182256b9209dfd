"""Who may use a route: ``may("strategy.edit")`` stands in every one of them; without it none is served."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIRouter
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.access.caller import Caller
from api.http.service import Parts
from engine.errors import AccessError

bearer = HTTPBearer(
    scheme_name="token",
    bearerFormat="session or API key",
    description="A session (`POST /v1/sessions`) or an API key (`cad_...`). The scopes listed beside an"
    " operation are the permissions it asks for.",
    auto_error=False,
)

OPEN = frozenset({"sign_in", "begin_single_sign_on", "finish_single_sign_on", "exchange_single_sign_on"})
"""The only operations without a permission: they are how one gets a session."""

ANYONE = "anyone"
"""The permission of those routes that every recognised caller may use."""


def authorise(
    request: Request,
    asked: SecurityScopes,
    parts: Parts,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Caller:
    """The caller, when every permission asked for is theirs in the portfolio of the path; else refused.

    A route without a portfolio in its path asks for the permission in all of them.
    """
    caller = parts.doorkeeper.recognise(credentials.credentials if credentials else "")
    parts.limits.count("request", caller.name)
    key = request.path_params.get("portfolio")
    portfolio_id = parts.doorkeeper.portfolio_id(key) if key is not None else None
    for permission in asked.scopes:
        if permission != ANYONE and not caller.may(permission, portfolio_id):
            raise AccessError(
                f"{caller.name} may not: {permission}",
                place=key or "",
                hint="ask an administrator for a role that may",
                code="access.denied",
            )
    return caller


def may(*permissions: str) -> Any:
    """A parameter that is the caller, if they hold each permission.

    ``def read(who: Annotated[Caller, may("run.read")]) -> ...``
    """
    return Security(authorise, scopes=permissions)


Anyone = Annotated[Caller, may(ANYONE)]
"""Any recognised caller: for routes about oneself, and lists that show what one may see."""


def refuse_open_doors(router: APIRouter) -> APIRouter:
    """The router, if each of its routes asks for a permission or is one of the open ones; else it stops."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.name not in OPEN and not set(_asked(route.dependant)):
            raise AccessError(
                f"{route.path} asks for no permission", place=route.name, code="access.open_door"
            )
    return router


def _asked(dependant: Dependant) -> Iterable[str]:
    for each in dependant.dependencies:
        if each.call is authorise:
            yield from each.own_oauth_scopes or ()
        yield from _asked(each)
