"""What providers post to us: signature checked on the raw body, written at once, then answered."""

from collections.abc import Sequence

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.clock import BusinessClock, Clock
from api.settings import Settings
from api.usecases.record_reply import record_reply
from api.usecases.record_statuses import record_statuses
from channels import sms_twilio, whatsapp_cloud, whatsapp_webhooks
from channels.port import InboundReply, StatusUpdate, Unrecognised, Webhook
from engine.errors import ServiceError
from engine.vocabulary import Channel
from storage.database import Database
from storage.held_connection import HeldConnection
from storage.ledger import append_line

log = structlog.get_logger()


class WebhookIntake:
    """Writes what providers say; statuses in one transaction a post, each reply in its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._connection = HeldConnection(database)

    def take(self, channel: Channel, items: Sequence[Webhook]) -> None:
        """Write everything of one post; ``ServiceError`` lets the provider post it again."""
        statuses = [item for item in items if isinstance(item, StatusUpdate)]
        replies = [item for item in items if isinstance(item, InboundReply)]
        strange = [item for item in items if isinstance(item, Unrecognised)]
        now = self._clock.now()
        with self._connection.transaction() as connection:
            record_statuses(connection, channel, statuses, now)
            for odd in strange:
                body = {"kind": odd.kind, "reason": odd.reason, "body": dict(odd.body)}
                append_line(connection, now, "webhook.unrecognised", f"channel:{channel.word}", body)
        for reply in replies:
            record_reply(self._database, self._clock, channel, reply)


def webhook_routes(settings: Settings) -> APIRouter:
    """The routes providers are given: ``/webhooks/whatsapp``, ``/sms`` and ``/sms/status`` beside it."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    database = Database(settings.database_url)
    clock = BusinessClock(database)
    intake = WebhookIntake(database, clock)

    async def take(channel: Channel, items: Sequence[Webhook]) -> Response:
        try:
            await run_in_threadpool(intake.take, channel, items)
        except ServiceError as trouble:
            log.warning("webhook.not_written", channel=channel.word, error=str(trouble))
            return Response(status_code=503)
        return Response(status_code=200)

    @router.post("/whatsapp")
    async def whatsapp(request: Request) -> Response:
        """Statuses and messages of WhatsApp; 401 when the signature is not Meta's."""
        body = await request.body()
        secret = settings.whatsapp_app_secret.get_secret_value()
        header = request.headers.get("X-Hub-Signature-256", "")
        if not secret or not whatsapp_cloud.verify_signature(secret, body, header):
            return Response(status_code=401)
        return await take(Channel.WHATSAPP, whatsapp_webhooks.parse_webhook(body))

    async def sms(request: Request) -> Response:
        """Statuses and messages of Twilio; 401 when the signature is not Twilio's."""
        body = await request.body()
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{settings.api_url}{request.url.path}{query}"
        token = settings.twilio_token.get_secret_value()
        header = request.headers.get("X-Twilio-Signature", "")
        if not token or not sms_twilio.verify_signature(token, url, body, header):
            return Response(status_code=401)
        received_at = (await run_in_threadpool(clock.now)).timestamp()
        return await take(Channel.SMS, sms_twilio.parse_webhook(url, body, received_at))

    router.add_api_route("/sms", sms, methods=["POST"])
    router.add_api_route("/sms/status", sms, methods=["POST"])
    return router
