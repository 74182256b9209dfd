"""Answers as PayPal does: orders, captures and refunds, and events signed with a certificate of its own."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from channels.simulator.payments.bell import Announcement
from channels.simulator.payments.counter import Counter, Said
from channels.simulator.payments.till import Happening, Page, Payment, TillRefusal

TAKEN = frozenset(
    "AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD".split()
)
WHOLE = frozenset({"HUF", "JPY", "TWD"})
LIFE_S = 3 * 3600
STATUSES = {"paid": "COMPLETED", "pending": "PENDING", "refused": "DECLINED"}
EVENTS = {
    "approved": "CHECKOUT.ORDER.APPROVED",
    "paid": "PAYMENT.CAPTURE.COMPLETED",
    "pending": "PAYMENT.CAPTURE.PENDING",
    "refused": "PAYMENT.CAPTURE.DENIED",
    "refunded": "PAYMENT.CAPTURE.REFUNDED",
    "disputed": "CUSTOMER.DISPUTE.CREATED",
    "dispute_closed": "CUSTOMER.DISPUTE.RESOLVED",
}


class PayPalHouse:
    """Under ``/paypal``; ``url`` is its own address, ``pay_url`` where its pages are."""

    name = "paypal"

    def __init__(self, counter: Counter, pay_url: str, webhook_id: str) -> None:
        self.notify_url = ""
        self.webhook_id = webhook_id
        self.pay_url = pay_url
        self._counter = counter
        self._till = counter.till

    @property
    def url(self) -> str:
        """Its API's address."""
        return self.pay_url.rpartition("/")[0] + "/paypal"

    def routes(self) -> list[web.RouteDef]:
        """Its API."""
        root = "/paypal"
        return [
            web.post(f"{root}/v1/oauth2/token", self.sign_in),
            web.get(f"{root}/v1/notifications/certs/{{name}}", self.read_certificate),
            web.post(f"{root}/v2/checkout/orders", self.create),
            web.get(f"{root}/v2/checkout/orders/{{page}}", self.read_order),
            web.post(f"{root}/v2/checkout/orders/{{page}}/capture", self.capture),
            web.get(f"{root}/v2/payments/captures/{{payment}}", self.read_capture),
            web.post(f"{root}/v2/payments/captures/{{payment}}/refund", self.refund),
        ]

    def new_payment_id(self) -> str:
        """Seventeen capitals and digits."""
        return f"SIM{self._till.number():014d}"

    async def sign_in(self, request: web.Request) -> web.Response:
        """A token for a client id and secret."""
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return web.json_response({"error": "invalid_client"}, status=401)
        token = {"access_token": uuid4().hex, "token_type": "Bearer", "expires_in": 32400}
        return web.json_response(token)

    async def read_certificate(self, request: web.Request) -> web.Response:
        """The certificate its webhooks are signed with."""
        del request
        return web.Response(body=self._certificate.public_bytes(Encoding.PEM))

    async def create(self, request: web.Request) -> web.Response:
        """Make an order."""
        body = await request.read()
        return await self._serve(request, body, lambda: self._create(orjson.loads(body)))

    async def read_order(self, request: web.Request) -> web.Response:
        """One order with its payments."""
        page = self._till.pages.get(request.match_info["page"])
        return await self._one(request, self._order(page) if page else None)

    async def capture(self, request: web.Request) -> web.Response:
        """Take the money of an approved order."""
        page = self._till.pages.get(request.match_info["page"])

        def capture() -> Said:
            if page is None:
                return _not_found()
            if page.state != "approved":
                return _wrong("ORDER_NOT_APPROVED")
            self._till.pay(page.page_id, self.new_payment_id())
            return 201, self._order(page)

        return await self._serve(request, b"", capture)

    async def read_capture(self, request: web.Request) -> web.Response:
        """One capture."""
        payment = self._till.payments.get(request.match_info["payment"])
        return await self._one(request, self._capture(payment) if payment else None)

    async def refund(self, request: web.Request) -> web.Response:
        """Give a capture or a part of it back."""
        body = await request.read()
        payment = self._till.payments.get(request.match_info["payment"])

        def refund() -> Said:
            if payment is None:
                return _not_found()
            asked = orjson.loads(body or b"{}").get("amount")
            try:
                amount = Decimal(asked["value"]) if asked else None
                made = self._till.refund(payment, self.new_payment_id(), amount)
            except TillRefusal:
                return _wrong("REFUND_AMOUNT_EXCEEDED")
            return 201, {"id": made.refund_id, "status": "COMPLETED"}

        return await self._serve(request, body, refund)

    def announce(self, page: Page, payment: Payment | None, what: Happening) -> Announcement | None:
        """The event, with the resource it is about as it stands now."""
        if payment is None:
            return self._signed(EVENTS[what], self._order(page), self.webhook_id)
        about: dict[str, Any] = self._capture(payment)
        if what == "refunded":
            about = self._refunds(payment)[-1]
        elif what in ("disputed", "dispute_closed"):
            about = {"dispute_id": f"PP-{payment.payment_id}",
                     "disputed_transactions": [{"seller_transaction_id": payment.payment_id}]}  # fmt: skip
        return self._signed(EVENTS[what], about, self.webhook_id)

    def forge(self, page: Page) -> Announcement:
        """Signed for another webhook: an order that says it is approved."""
        return self._signed(EVENTS["approved"], self._order(page) | {"status": "APPROVED"}, "ANOTHER")

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return generate_private_key(65537, 2048)

    @cached_property
    def _certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.simulator")])
        begin = datetime(2000, 1, 1, tzinfo=UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=36_500))
            .sign(self._key, SHA256())
        )

    def _signed(self, kind: str, about: dict[str, Any], webhook_id: str) -> Announcement:
        at = datetime.fromtimestamp(self._till.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {"id": f"WH-{uuid4().hex.upper()}", "event_version": "1.0", "create_time": at,
                 "event_type": kind, "resource": about}  # fmt: skip
        body, transmission = orjson.dumps(event, default=str), str(uuid4())
        text = f"{transmission}|{at}|{webhook_id}|{zlib.crc32(body)}"
        signature = self._key.sign(text.encode(), PKCS1v15(), SHA256())
        headers = {
            "Content-Type": "application/json",
            "Paypal-Auth-Algo": "SHA256withRSA",
            "Paypal-Cert-Url": f"{self.url}/v1/notifications/certs/CERT-1",
            "Paypal-Transmission-Id": transmission,
            "Paypal-Transmission-Time": at,
            "Paypal-Transmission-Sig": base64.b64encode(signature).decode(),
        }
        return Announcement(self.name, kind, self.notify_url, body, headers)

    def _create(self, asked: dict[str, Any]) -> Said:
        unit = asked["purchase_units"][0]
        currency, value = unit["amount"]["currency_code"], Decimal(unit["amount"]["value"])
        if currency not in TAKEN:
            return _wrong("CURRENCY_NOT_SUPPORTED")
        if value.as_tuple().exponent < (0 if currency in WHOLE else -2):  # type: ignore[operator]
            return _wrong("DECIMALS_NOT_SUPPORTED" if currency in WHOLE else "DECIMAL_PRECISION")
        page = Page(
            provider=self.name,
            page_id=f"ORD{self._till.number():014d}",
            reference=unit["custom_id"],
            title=unit["description"],
            amount=value,
            currency=currency,
            expires_at=self._till.now() + LIFE_S,
            return_url=asked["payment_source"]["paypal"]["experience_context"]["return_url"],
        )
        return 200, self._order(self._till.open(page))

    def _order(self, page: Page) -> dict[str, Any]:
        payments = self._till.on_page(page)
        states = {"approved": "APPROVED", "paid": "COMPLETED"}
        held = {
            "captures": [self._capture(each) for each in payments],
            "refunds": [refund for each in payments for refund in self._refunds(each)],
        }
        unit = {
            "custom_id": page.reference,
            "amount": {"currency_code": page.currency, "value": str(page.amount)},
            "payments": held,
        }
        return {
            "id": page.page_id,
            "status": states.get(page.state, "PAYER_ACTION_REQUIRED"),
            "purchase_units": [unit],
            "links": [{"rel": "payer-action", "href": f"{self.pay_url}/{self.name}/{page.page_id}"}],
        }

    def _capture(self, payment: Payment) -> dict[str, Any]:
        status = STATUSES[payment.state]
        if payment.refunded:
            status = "REFUNDED" if payment.refunded == payment.amount else "PARTIALLY_REFUNDED"
        if payment.dispute in ("open", "lost"):
            status = "REVERSED"
        return {
            "id": payment.payment_id,
            "status": status,
            "amount": {"currency_code": payment.page.currency, "value": str(payment.amount)},
            "custom_id": payment.page.reference,
            "supplementary_data": {"related_ids": {"order_id": payment.page.page_id}},
            "create_time": datetime.fromtimestamp(payment.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _refunds(self, payment: Payment) -> list[dict[str, Any]]:
        up = {"rel": "up", "href": f"{self.url}/v2/payments/captures/{payment.payment_id}"}
        return [
            {
                "id": each.refund_id,
                "status": "COMPLETED",
                "amount": {"currency_code": payment.page.currency, "value": str(each.amount)},
                "links": [up],
            }
            for each in payment.refunds
        ]

    async def _one(self, request: web.Request, said: dict[str, Any] | None) -> web.Response:
        return await self._serve(request, b"", lambda: _not_found() if said is None else (200, said))

    async def _serve(self, request: web.Request, body: bytes, do: Any) -> web.Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.json_response({"name": "AUTHENTICATION_FAILURE"}, status=401)
        key = request.headers.get("PayPal-Request-Id", "")
        return await self._counter.serve(request, self.name, key, body, do)


def _wrong(issue: str) -> Said:
    return 422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": issue}]}


def _not_found() -> Said:
    return 404, {"name": "RESOURCE_NOT_FOUND"}
