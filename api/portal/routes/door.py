"""The door: a link shows one question and changes nothing; the right answer lets its person in."""

import hashlib
from typing import Annotated

from fastapi import Path, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from api.clock import system_now
from api.portal.desk import Desk, Portal
from api.portal.forms import Posted, new_once
from api.portal.mounting import portal_router
from api.portal.refusals import PortalStop
from api.portal.sessions import Visit
from api.portal.views import brand_of
from api.portal.visiting import speaking, standing, visit_of, words_for
from api.usecases.people.enter_portal import Entry, document_of, enter_portal, question_of
from channels.portal_link import PATH, SIGNS, PortalToken
from engine.errors import TemplateError
from storage.portal import Door, Visitor

router = portal_router()

Token = Annotated[str, Path(min_length=1, max_length=4 * SIGNS)]
HOME = "/portal"
SEE_OTHER = 303
ANSWER = "respuesta"


@router.get(PATH + "{token}")
def look(request: Request, desk: Desk, token: Token) -> Response:
    """The question; programs that open every link they see change nothing here."""
    link, visitor, door = _opened(request, desk, token)
    visit = visit_of(request, desk)
    if visit is not None and visit.is_in and _is_of(visit, link):
        return RedirectResponse(HOME, SEE_OTHER)
    _expect_unlocked(desk, door)
    if visit is None or visit.is_in:
        visit = speaking(desk.visits.begin(system_now()), request)
    return _ask(request, desk, visit, visitor)


@router.post(PATH + "{token}")
def answer(request: Request, desk: Desk, token: Token, form: Posted) -> Response:
    """Judge the answer: every mistake is answered alike, and only so many are taken."""
    link, visitor, _ = _opened(request, desk, token)
    desk.limits.count("portal_answer", hashlib.sha256(token.encode()).hexdigest())
    visit: Visit = request.state.visit
    entry = enter_portal(desk.database, desk.clock, desk.index, link, form.text(ANSWER))
    if entry is Entry.LOCKED:
        raise PortalStop("locked")
    if entry is Entry.WRONG:
        return _ask(request, desk, visit, visitor, wrong=True)
    desk.doorbell.ring("react.events")
    request.state.visit = visit.entered(link, system_now())
    return RedirectResponse(HOME, SEE_OTHER)


@router.post("/portal/salir")
def leave(request: Request, desk: Desk, form: Posted) -> Response:
    """End the visit."""
    del form
    words = words_for(request.state.visit, request)
    request.state.visit, request.state.leaving = None, True
    return desk.pages.page("left.html", words, {"path": ""})


@router.get("/portal/look.css")
def look_of_pages(desk: Desk) -> Response:
    """The style sheet; its address changes when it does."""
    keep = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(desk.pages.look, media_type="text/css", headers=keep)


def _opened(request: Request, desk: Portal, token: str) -> tuple[PortalToken, Visitor, Door]:
    """What a link opens; ``PortalStop`` where it opens nothing."""
    desk.limits.count("portal_address", request.client.host if request.client else "")
    try:
        link = desk.door.read(token)
    except TemplateError:
        raise PortalStop("forged") from None
    visitor, door = standing(desk, link)
    request.state.brand = brand_of(visitor)
    return link, visitor, door


def _expect_unlocked(desk: Portal, door: Door) -> None:
    if door.locked_until is not None and door.locked_until > desk.clock.now():
        raise PortalStop("locked")


def _is_of(visit: Visit, link: PortalToken) -> bool:
    return (visit.person_id, visit.creditor_id) == (link.person_id, link.creditor_id)


def _ask(
    request: Request, desk: Portal, visit: Visit, visitor: Visitor, *, wrong: bool = False
) -> HTMLResponse:
    """The page with the question: it names the creditor and nobody else."""
    request.state.visit = visit
    words = words_for(visit, request, visitor)
    question = question_of(visitor.settings)
    document = f"door.document.{document_of(visitor.country)}"
    values = {
        "brand": brand_of(visitor),
        "secret": desk.visits.secret(visit),
        "once": new_once(),
        "path": request.url.path,
        "question": question,
        "document": words(document if words.knows(document) else "door.document.ID"),
        "wrong": {ANSWER: "wrong.answer"} if wrong else {},
        "filled": {},
    }
    return desk.pages.page("door.html", words, values, 422 if wrong else 200)
