"""What every page of the portal works with: database, clock, links, cookies and limits, made once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, cast

from fastapi import Depends, Request

from api.access.limits import Limits
from api.access.sessions import Sessions
from api.clock import BusinessClock
from api.index_key import index_key
from api.payment_providers import PaymentProviders, open_payment_providers
from api.portal.pages import Pages
from api.portal.sessions import Visits
from api.portal_links import PortalDoor
from api.settings import Settings
from storage.database import Database
from storage.queue import Doorbell
from storage.vault import BlindIndex


@dataclass(frozen=True)
class Portal:
    """The parts of the portal in one process of the API."""

    settings: Settings
    database: Database
    clock: BusinessClock
    door: PortalDoor
    index: BlindIndex
    visits: Visits
    limits: Limits
    doorbell: Doorbell
    pages: Pages
    providers: PaymentProviders

    @property
    def link_life(self) -> timedelta:
        """How long a link opens the portal."""
        return timedelta(days=self.settings.portal_link_days)


def open_portal(settings: Settings) -> Portal:
    """The parts for these settings; connects nowhere yet."""
    database = Database(settings.database_url)
    key = index_key(settings)
    return Portal(
        settings=settings,
        database=database,
        clock=BusinessClock(database),
        door=PortalDoor(settings),
        index=BlindIndex(key),
        visits=Visits(Sessions(key), settings),
        limits=Limits(settings.redis_url),
        doorbell=Doorbell(settings.redis_url),
        pages=Pages(),
        providers=open_payment_providers(settings),
    )


def _portal(request: Request) -> Portal:
    return cast(Portal, request.app.state.portal)


Desk = Annotated[Portal, Depends(_portal)]
"""A route's parameter of this type is given the portal: ``def home(desk: Desk) -> ...``."""
