"""Delivers what systems want to hear: signed (standardwebhooks), tried again from the table, or given up."""

import json
from datetime import datetime

import structlog
from standardwebhooks.webhooks import Webhook

from api.clock import BusinessClock, Clock
from api.settings import load_settings
from channels.outgoing_http import check_url, post
from engine.errors import ServiceError
from storage import outgoing_webhooks
from storage.database import Database
from storage.ledger import append_line
from storage.outgoing_webhooks import Delivery

BATCH = 50

log = structlog.get_logger()


def deliver_webhooks(database: Database, clock: Clock, *, allow_local: bool = False) -> int:
    """Try every delivery that is due once; how many were taken."""
    taken = 0
    while True:
        with database.connection() as connection:
            due = outgoing_webhooks.claim_due(connection, BATCH)
        if not due:
            return taken
        for delivery in due:
            taken += _deliver(database, clock, delivery, allow_local)


def signed(delivery: Delivery, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body of a delivery and the headers a receiver checks it by."""
    body = json.dumps(delivery.body, ensure_ascii=False, separators=(",", ":"))
    message_id = f"msg_{delivery.id}"
    signature = Webhook(delivery.secret).sign(message_id, at, body)
    return body.encode(), {
        "Content-Type": "application/json",
        "User-Agent": "Cadencia",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


def _deliver(database: Database, clock: Clock, delivery: Delivery, allow_local: bool) -> bool:
    now = clock.now()
    body, headers = signed(delivery, now)
    status: int | None = None
    try:
        status = post(check_url(delivery.url, allow_local=allow_local), body, headers)
        reason = "" if 200 <= status < 300 else f"answered {status}"
    except ServiceError as trouble:
        reason = str(trouble)
    with database.connection() as connection:
        state = outgoing_webhooks.settle(connection, delivery, status, reason)
        if state == "dead":
            log.error("webhook.dead", delivery=delivery.id, endpoint=delivery.endpoint_id, reason=reason)
            told = {"event": delivery.event, "tries": delivery.tries, "reason": reason}
            append_line(connection, now, "webhook.dead", f"endpoint:{delivery.endpoint_id}", told)
    return state == "delivered"


def deliver_due_webhooks() -> None:
    """The job ``webhook.deliver``; local receivers are let through beside simulators only."""
    settings = load_settings()
    database = Database(settings.database_url)
    deliver_webhooks(database, BusinessClock(database), allow_local=bool(settings.clock))
