"""Puts the portal into the application: its routes, its error pages, and the headers of every answer."""

from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse

from api.access.limits import TooOften
from api.logs import keep_unexpected
from api.portal.desk import Portal, open_portal
from api.portal.pages import guarded
from api.portal.refusals import STATUSES, PortalStop
from api.portal.visiting import words_for
from api.settings import Settings
from engine.errors import ServiceError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

log = structlog.get_logger()


class PortalRoute(APIRoute):
    """A route of the portal: whatever goes wrong is a page, and the visit goes on with every answer."""

    def get_route_handler(self) -> Handler:
        """The handler with what is around every page."""
        handle = super().get_route_handler()

        async def around(request: Request) -> Response:
            desk: Portal = request.app.state.portal
            try:
                answer = await handle(request)
            except Exception as accident:
                answer = await run_in_threadpool(_page_for, desk, request, accident)
            visit = getattr(request.state, "visit", None)
            if visit is not None:
                desk.visits.write(answer, visit)
            elif getattr(request.state, "leaving", False):
                desk.visits.end(answer)
            return guarded(answer)

        return around


def portal_router() -> APIRouter:
    """A router for the routes of one file."""
    return APIRouter(route_class=PortalRoute, include_in_schema=False)


def mount_portal(app: FastAPI, settings: Settings, routers: list[APIRouter]) -> None:
    """Serve the portal under ``/p`` (links) and ``/portal`` (pages)."""
    app.state.portal = open_portal(settings)
    for router in routers:
        app.include_router(router)


def stop_page(desk: Portal, request: Request, page: str, reference: str = "") -> HTMLResponse:
    """The page that says why it does not go on."""
    words = getattr(request.state, "words", None) or words_for(getattr(request.state, "visit", None), request)
    values = {
        "brand": getattr(request.state, "brand", None), "stop": page, "reference": reference, "path": "",
    }  # fmt: skip
    answer = desk.pages.page("stop.html", words, values, STATUSES[page])
    if STATUSES[page] in (429, 503):
        answer.headers["Retry-After"] = "60"
    return answer


def _page_for(desk: Portal, request: Request, accident: Exception) -> Response:
    if isinstance(accident, PortalStop):
        return stop_page(desk, request, accident.page)
    if isinstance(accident, TooOften):
        return stop_page(desk, request, "too_often")
    if isinstance(accident, RequestValidationError):
        return stop_page(desk, request, "unknown")
    if isinstance(accident, psycopg.OperationalError | ServiceError):
        log.warning("portal.down", kind=type(accident).__name__)
        return stop_page(desk, request, "down")
    reference, _ = keep_unexpected(accident, desk.settings.data_dir)
    return stop_page(desk, request, "accident", reference)
