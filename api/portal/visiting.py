"""A visitor with what is theirs: read anew for every page, so that nothing shown is older than the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from api.clock import system_now
from api.portal.desk import Desk, Portal
from api.portal.refusals import PortalStop
from api.portal.sessions import Visit
from api.portal.views import Brand, brand_of
from api.portal.words import LANGUAGES, SETTING, Words
from channels.portal_link import PortalToken
from engine.vocabulary import Stop
from storage import portal
from storage.cases import PROTECTIONS
from storage.portal import DebtShown, Door, Visitor

LANGUAGE = "idioma"
"""The name by which an address asks for another language."""


@dataclass(frozen=True)
class Guest:
    """A visitor who proved who they are, and their debts with this creditor."""

    visit: Visit
    visitor: Visitor
    debts: Sequence[DebtShown]
    now: datetime
    words: Words
    secret: str

    @property
    def today(self) -> date:
        """The date where the debt is."""
        return self.now.astimezone(ZoneInfo(self.visitor.timezone)).date()

    @property
    def brand(self) -> Brand:
        """Whose page it is."""
        return brand_of(self.visitor)

    def debt(self, account_id: int) -> DebtShown:
        """One of their own debts; any other is unknown here."""
        for debt in self.debts:
            if debt.account_id == account_id:
                return debt
        raise PortalStop("unknown")


def visit_of(request: Request, desk: Portal) -> Visit | None:
    """Whose cookie came."""
    visit = desk.visits.read(request.cookies.get(desk.visits.cookie, ""), system_now())
    if visit is not None:
        visit = request.state.visit = speaking(visit, request)
    return visit


def speaking(visit: Visit, request: Request) -> Visit:
    """The visit in the language an address asks for, kept from then on."""
    wanted = request.query_params.get(LANGUAGE, "")
    return visit.speaking(wanted) if wanted in LANGUAGES else visit


def words_for(visit: Visit | None, request: Request, visitor: Visitor | None = None) -> Words:
    """The visitor's words: the language asked for, else the person's, else the browser's."""
    settings: Mapping[str, Any] = visitor.settings if visitor else {}
    wanted = request.query_params.get(LANGUAGE) or (visit.language if visit else "")
    spoken = request.headers.get("accept-language", "").lower()
    own = visitor.language.partition("_")[0] if visitor else "en" if spoken.startswith("en") else "es"
    return Words(wanted or own, formal=settings.get(SETTING) == "usted")


def standing(desk: Portal, link: PortalToken) -> tuple[Visitor, Door]:
    """Who a link is for and how they stand at the door; ``PortalStop`` where the link opens nothing."""
    now = desk.clock.now()
    if link.issued_at + desk.link_life <= now:
        raise PortalStop("expired")
    with desk.database.connection() as connection:
        visitor = portal.visitor_of(connection, link.person_id, link.creditor_id)
        door = portal.door_of(connection, link.person_id, link.creditor_id)
    if visitor is None or visitor.erased:
        raise PortalStop("erased")
    if door.valid_from is not None and link.issued_at < door.valid_from:
        raise PortalStop("superseded")
    return visitor, door


def guest(request: Request, desk: Desk) -> Guest:
    """The guest of a page; ``PortalStop`` for a browser that is not in, or whose person is protected."""
    visit = visit_of(request, desk)
    if visit is None or not visit.is_in:
        raise PortalStop("left")
    desk.limits.count("portal_visit", visit.id)
    link = PortalToken(visit.person_id, visit.creditor_id, datetime.fromisoformat(visit.link_at))
    visitor, _ = standing(desk, link)
    request.state.brand = brand_of(visitor)
    request.state.words = words_for(visit, request, visitor)
    if Stop(visitor.stops) & PROTECTIONS:
        raise PortalStop("resting")
    with desk.database.connection() as connection:
        debts = portal.debts_of(connection, visitor.person_id, visitor.creditor_id)
    return Guest(visit, visitor, debts, desk.clock.now(), request.state.words, desk.visits.secret(visit))


InGuest = Annotated[Guest, Depends(guest)]
"""A route's parameter of this type is the visitor who is in."""
