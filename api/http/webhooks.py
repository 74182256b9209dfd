"""What providers post to us: signature checked on the raw body, stored at once, then answered."""

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.clock import BusinessClock, Clock
from api.inbox.sources import of_meta, of_payments, of_twilio
from api.inbox.taking_in import Post, TakingIn
from api.payment_providers import PaymentProviders, open_payment_providers
from api.settings import Settings
from channels import sms_twilio, whatsapp_cloud
from channels.payments.port import PaymentUnknown
from channels.payments.port import Post as PaymentPost
from engine.errors import ServiceError
from storage.database import Database

LARGEST_POST = 3 * 2**20
"""Bytes of one post; Meta's own bound is lower."""

log = structlog.get_logger()


def webhook_routes(settings: Settings) -> APIRouter:
    """The routes providers are given: ``/webhooks/whatsapp``, ``/sms``, ``/payments/{provider}``."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    database = Database(settings.database_url)
    clock = BusinessClock(database)
    intake = TakingIn(database, clock)
    _add_meta(router, settings, intake)
    _add_twilio(router, settings, intake)
    _add_payments(router, open_payment_providers(settings), clock, intake)
    return router


def _add_meta(router: APIRouter, settings: Settings, intake: TakingIn) -> None:
    @router.get("/whatsapp")
    async def subscribe(request: Request) -> Response:
        """Meta's question whether this address is ours: its challenge comes back; 403 to anybody else."""
        token = settings.whatsapp_verify_token.get_secret_value()
        challenge = whatsapp_cloud.verify_subscription(dict(request.query_params), token)
        if challenge is None:
            return Response(status_code=403)
        return Response(challenge, media_type="text/plain")

    @router.post("/whatsapp")
    async def whatsapp(request: Request) -> Response:
        """Whatever Meta tells; 401 when the signature is not Meta's, 413 when it is too much."""
        body = await _body(request)
        secret = settings.whatsapp_app_secret.get_secret_value()
        header = request.headers.get("X-Hub-Signature-256", "")
        if body is None:
            return Response(status_code=413)
        if not secret or not whatsapp_cloud.verify_signature(secret, body, header):
            return _unsigned("whatsapp")
        return await _stored(intake, lambda now: of_meta(body, now))


def _add_twilio(router: APIRouter, settings: Settings, intake: TakingIn) -> None:
    async def sms(request: Request) -> Response:
        """Statuses and messages of Twilio, SMS and WhatsApp; 401 when the signature is not Twilio's."""
        body = await _body(request)
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{settings.outer_url}{request.url.path}{query}"
        token = settings.twilio_token.get_secret_value()
        header = request.headers.get("X-Twilio-Signature", "")
        if body is None:
            return Response(status_code=413)
        if not token or not sms_twilio.verify_signature(token, url, body, header):
            return _unsigned("twilio")
        return await _stored(intake, lambda now: of_twilio(url, body, now))

    router.add_api_route("/sms", sms, methods=["POST"])
    router.add_api_route("/sms/status", sms, methods=["POST"])


def _add_payments(router: APIRouter, providers: PaymentProviders, clock: Clock, intake: TakingIn) -> None:
    @router.post("/payments/{provider}")
    async def payment(provider: str, request: Request) -> Response:
        """Where a provider of payments tells us to look; 401 when it did not sign it, 404 without account."""
        body = await _body(request)
        account = providers.by_name.get(provider)
        if body is None:
            return Response(status_code=413)
        if account is None:
            return Response(status_code=404)
        headers = {name.lower(): value for name, value in request.headers.items()}
        at = await run_in_threadpool(clock.now)
        try:
            post = PaymentPost(headers, dict(request.query_params), body, at)
            notices = await run_in_threadpool(account.hear, post)
        except PaymentUnknown as trouble:  # PayPal's certificate could not be read: it posts again
            log.warning("webhook.not_checked", source=provider, error=str(trouble))
            return Response(status_code=503)
        if notices is None:
            return _unsigned(provider)
        return await _stored(intake, lambda now: of_payments(notices, now))


async def _stored(intake: TakingIn, post: Post) -> Response:
    """200 once it is committed; 503 asks the provider to post it again."""
    try:
        await intake.take(post)
    except ServiceError as trouble:
        log.warning("webhook.not_stored", error=str(trouble))
        return Response(status_code=503)
    return Response(status_code=200)


async def _body(request: Request) -> bytes | None:
    """The raw body, or ``None`` when it is larger than any provider's."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_POST:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_POST:
            return None
        parts.append(part)
    return b"".join(parts)


def _unsigned(source: str) -> Response:
    """Not believed, and said in the log: neither the body nor the signature are."""
    log.warning("webhook.bad_signature", source=source)
    return Response(status_code=401)
