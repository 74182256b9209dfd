"""What every route works with: settings, database, clock, the doorkeeper and the limits, made once."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.access.doorkeeper import Doorkeeper
from api.access.limits import Limits
from api.access.sessions import Sessions
from api.access.single_sign_on import Provider, SingleSignOn
from api.clock import BusinessClock
from api.index_key import index_key
from api.master_keys import use_master_keys
from api.payment_providers import PaymentProviders, open_payment_providers
from api.portal_links import use_portal_links
from api.settings import Settings
from api.usecases.day.decide_account import Deciders
from api.what_if.client import WhatIfClient, resident_token
from api.what_if.resident import WhatIf
from storage.database import Database
from storage.queue import Doorbell
from storage.shared_database import SharedDatabase


@dataclass(frozen=True)
class Service:
    """The parts of one API process."""

    settings: Settings
    database: Database
    clock: BusinessClock
    sessions: Sessions
    doorkeeper: Doorkeeper
    limits: Limits
    what_if: WhatIf
    doorbell: Doorbell
    deciders: Deciders
    payment_providers: PaymentProviders
    single_sign_on: SingleSignOn | None = None


def open_service(settings: Settings) -> Service:
    """The parts for these settings; connects nowhere yet."""
    database = SharedDatabase(settings.database_url)
    use_master_keys(settings)
    use_portal_links(settings)
    key = index_key(settings)
    sessions = Sessions(key)
    clock = BusinessClock(database)
    return Service(
        settings=settings,
        database=database,
        clock=clock,
        sessions=sessions,
        doorkeeper=Doorkeeper(database, sessions),
        limits=Limits(settings.redis_url),
        what_if=WhatIfClient(settings.what_if_address, resident_token(key)),
        doorbell=Doorbell(settings.redis_url),
        deciders=Deciders(database, clock),
        payment_providers=open_payment_providers(settings),
        single_sign_on=_single_sign_on(settings, sessions),
    )


def _single_sign_on(settings: Settings, sessions: Sessions) -> SingleSignOn | None:
    """The identity provider of the settings; ``None`` where they name none."""
    if not settings.oidc_issuer:
        return None
    provider = Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        f"{settings.outer_url}/v1/single-sign-on/callback",
    )
    return SingleSignOn(provider, sessions)


def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


Parts = Annotated[Service, Depends(_service)]
"""A route's parameter of this type is given the service: ``def read(parts: Parts) -> ...``."""
