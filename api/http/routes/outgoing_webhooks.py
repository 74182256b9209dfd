"""Webhooks out: which system hears of which events, signed (standardwebhooks), and what was not taken."""

import base64
import secrets
from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from channels.outgoing_http import check_url
from engine.errors import BookError
from engine.vocabulary import EventName
from storage import outgoing_webhooks as hooks
from storage.ledger import append_line

router = resource("/portfolios/{portfolio}/webhooks", "webhooks")

Editor = Annotated[Caller, may("webhook.edit")]
Id = Annotated[int, Path(ge=1, le=2**62)]


class EndpointBody(BaseModel):
    """Where a system listens."""

    url: str = Field(min_length=8, max_length=1_000, examples=["https://core.example/cadencia"])
    events: list[EventName] = Field(default_factory=list, max_length=30, description="Empty: every event.")


class EndpointOut(BaseModel):
    """An endpoint; its secret is shown once, when it is made."""

    id: int
    url: str
    events: list[str]
    active: bool
    created_by: str
    created_at: datetime


class NewEndpointOut(BaseModel):
    """A new endpoint and the secret its receiver checks signatures by."""

    id: int
    secret: str


class DeliveryOut(BaseModel):
    """An event that could not be told to an endpoint."""

    id: int
    endpoint: int
    event: str
    tries: int
    status: int | None
    reason: str
    created_at: datetime


class Done(BaseModel):
    """It is done."""

    done: bool = True


@router.post("")
def add_endpoint(parts: Parts, who: Editor, portfolio: str, body: EndpointBody) -> NewEndpointOut:
    """Let a system hear of events; only public https addresses are taken."""
    check_url(body.url, allow_local=bool(parts.settings.clock))
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        events = sorted(event.value for event in body.events)
        endpoint = hooks.add_endpoint(connection, portfolio_id, body.url, secret, events, who.name)
        told = {"url": body.url, "events": events, "by": who.name}
        append_line(connection, parts.clock.now(), "webhook.added", f"endpoint:{endpoint}", told)
    return NewEndpointOut(id=endpoint, secret=secret)


@router.get("")
def list_endpoints(parts: Parts, who: Editor, portfolio: str) -> list[EndpointOut]:
    """The endpoints of a portfolio."""
    del who
    with parts.database.connection() as connection:
        found = hooks.endpoints(connection, parts.doorkeeper.portfolio_id(portfolio))
        return [
            EndpointOut(
                id=each.id, url=each.url, events=each.events, active=each.active,
                created_by=each.created_by, created_at=each.created_at,
            )
            for each in found
        ]  # fmt: skip


@router.delete("/{endpoint}")
def remove_endpoint(parts: Parts, who: Editor, portfolio: str, endpoint: Id) -> Done:
    """Tell an endpoint nothing more."""
    with parts.database.connection() as connection:
        if not hooks.switch_off(connection, endpoint, parts.doorkeeper.portfolio_id(portfolio)):
            raise BookError(f"no existe el webhook {endpoint}", code="webhook.unknown")
        append_line(
            connection, parts.clock.now(), "webhook.removed", f"endpoint:{endpoint}", {"by": who.name}
        )
    return Done()


@router.get("/dead")
def list_dead_deliveries(parts: Parts, who: Editor, portfolio: str) -> list[DeliveryOut]:
    """What could not be told after every try."""
    del who
    with parts.database.connection() as connection:
        letters = hooks.dead_letters(connection, [parts.doorkeeper.portfolio_id(portfolio)])
    return [
        DeliveryOut(
            id=each.id, endpoint=each.endpoint_id, event=each.event, tries=each.tries, status=each.status,
            reason=each.reason, created_at=each.created_at,
        )
        for each in letters
    ]  # fmt: skip


@router.post("/dead/{delivery}/retry")
def retry_dead_delivery(parts: Parts, who: Editor, portfolio: str, delivery: Id) -> Done:
    """Give a dead delivery all its tries again."""
    del who
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        known = {each.id for each in hooks.dead_letters(connection, [portfolio_id])}
        if delivery not in known:
            raise BookError(f"no existe la entrega {delivery}", code="webhook.unknown")
        hooks.try_again(connection, delivery)
    parts.doorbell.ring("webhook.deliver")
    return Done()
