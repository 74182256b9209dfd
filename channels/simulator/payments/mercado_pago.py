"""Answers as Mercado Pago does: preferences, payments and refunds, and webhooks signed over the address."""

import hmac
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from channels.simulator.payments.bell import Announcement
from channels.simulator.payments.counter import Counter, Said
from channels.simulator.payments.till import Happening, Page, Payment, TillRefusal

CURRENCIES = {"ARS": 2, "BRL": 2, "CLP": 0, "COP": 0, "MXN": 2, "PEN": 2, "UYU": 2}
WORDS = {"paid": "approved", "pending": "in_process", "refused": "rejected"}


class MercadoPagoHouse:
    """Under ``/mercadopago``; ``pay_url`` is where its pages are."""

    name = "mercadopago"

    def __init__(self, counter: Counter, pay_url: str, secret: str) -> None:
        self.notify_url = ""
        self.secret = secret
        self.pay_url = pay_url
        self._counter = counter
        self._till = counter.till

    def routes(self) -> list[web.RouteDef]:
        """Its API."""
        root = "/mercadopago"
        return [
            web.post(f"{root}/checkout/preferences", self.create),
            web.get(f"{root}/checkout/preferences/search", self.search_pages),
            web.get(f"{root}/checkout/preferences/{{page}}", self.read_page),
            web.put(f"{root}/checkout/preferences/{{page}}", self.change_page),
            web.get(f"{root}/v1/payments/search", self.search_payments),
            web.get(f"{root}/v1/payments/{{payment}}", self.read_payment),
            web.post(f"{root}/v1/payments/{{payment}}/refunds", self.refund),
        ]

    def new_payment_id(self) -> str:
        """Digits."""
        return str(70_000_000_000 + self._till.number())

    async def create(self, request: web.Request) -> web.Response:
        """Make a preference."""
        body = await request.read()
        return await self._serve(request, body, lambda: self._create(orjson.loads(body)))

    async def search_pages(self, request: web.Request) -> web.Response:
        """Preferences with a reference."""
        asked = request.query.get("external_reference", "")
        found = [{"id": page.page_id, "external_reference": asked} for page in self._pages(asked)]
        return await self._one(request, {"elements": found, "total": len(found)})

    async def read_page(self, request: web.Request) -> web.Response:
        """One preference."""
        page = self._till.pages.get(request.match_info["page"])
        return await self._one(request, self._page(page) if page else None)

    async def change_page(self, request: web.Request) -> web.Response:
        """Change when a preference ends."""
        body = await request.read()
        page = self._till.pages.get(request.match_info["page"])

        def change() -> Said:
            if page is None:
                return _not_found()
            page.expires_at = datetime.fromisoformat(orjson.loads(body)["expiration_date_to"]).timestamp()
            return 200, self._page(page)

        return await self._serve(request, body, change)

    async def search_payments(self, request: web.Request) -> web.Response:
        """Payments with a reference, the newest first."""
        asked = request.query.get("external_reference", "")
        pages = self._pages(asked)
        found = [self._payment(each) for page in pages for each in self._till.on_page(page)][::-1]
        return await self._one(request, {"results": found, "paging": {"total": len(found)}})

    async def read_payment(self, request: web.Request) -> web.Response:
        """One payment."""
        payment = self._till.payments.get(request.match_info["payment"])
        return await self._one(request, self._payment(payment) if payment else None)

    async def refund(self, request: web.Request) -> web.Response:
        """Give a payment or a part of it back; wants an idempotency key."""
        body = await request.read()
        payment = self._till.payments.get(request.match_info["payment"])

        def refund() -> Said:
            if payment is None:
                return _not_found()
            if not request.headers.get("X-Idempotency-Key"):
                return 400, {"message": "Header X-Idempotency-Key can't be null", "status": 400}
            asked = orjson.loads(body or b"{}").get("amount")
            try:
                amount = None if asked is None else Decimal(str(asked))
                made = self._till.refund(payment, str(self._till.number()), amount)
            except TillRefusal as refusal:
                return 400, {"message": str(refusal), "status": 400}
            return 201, {"id": int(made.refund_id), "payment_id": int(payment.payment_id),
                         "amount": float(made.amount), "status": "approved"}  # fmt: skip

        return await self._serve(request, body, refund)

    def announce(self, page: Page, payment: Payment | None, what: Happening) -> Announcement | None:
        """``payment.created`` or ``payment.updated``, with nothing but the id."""
        if payment is None:
            return None
        is_first = what in ("paid", "pending", "refused") and not payment.refunds
        return self._signed(page, payment.payment_id, "created" if is_first else "updated", self.secret)

    def forge(self, page: Page) -> Announcement:
        """Signed with another secret."""
        paid = [each.payment_id for each in self._till.on_page(page)] or ["70000000001"]
        return self._signed(page, paid[-1], "updated", "not the secret")

    def _signed(self, page: Page, payment_id: str, action: str, secret: str) -> Announcement:
        request_id, stamp = str(uuid4()), str(int(self._till.now() * 1000))
        manifest = f"id:{payment_id};request-id:{request_id};ts:{stamp};"
        signature = hmac.digest(secret.encode(), manifest.encode(), "sha256").hex()
        body = {
            "action": f"payment.{action}", "api_version": "v1", "data": {"id": payment_id},
            "date_created": _instant(self._till.now()), "id": self._till.number(), "live_mode": False,
            "type": "payment", "user_id": "1",
        }  # fmt: skip
        url = self.notify_url or page.notify_url
        query = f"{'&' if '?' in url else '?'}data.id={payment_id}&type=payment"
        headers = {
            "Content-Type": "application/json", "x-request-id": request_id,
            "x-signature": f"ts={stamp},v1={signature}",
        }  # fmt: skip
        return Announcement(
            self.name, f"{action}:{payment_id}", url and url + query, orjson.dumps(body), headers
        )

    def _create(self, asked: dict[str, Any]) -> Said:
        item = asked["items"][0]
        currency = str(item["currency_id"])
        try:
            price = Decimal(str(item["unit_price"]))
        except InvalidOperation:
            price = Decimal(0)
        if currency not in CURRENCIES:
            return 400, {"message": "currency_id invalid", "error": "invalid_items", "status": 400}
        if price <= 0 or price != round(price, CURRENCIES[currency]):
            return 400, {"message": "unit_price invalid", "error": "invalid_items", "status": 400}
        page = Page(
            provider=self.name,
            page_id=f"1-{uuid4()}",
            reference=str(asked["external_reference"]),
            title=str(item["title"]),
            amount=round(price * int(item["quantity"]), CURRENCIES[currency]),
            currency=currency,
            expires_at=datetime.fromisoformat(asked["expiration_date_to"]).timestamp(),
            return_url=str(asked["back_urls"]["success"]),
            notify_url=str(asked.get("notification_url", "")),
        )
        return 201, self._page(self._till.open(page))

    def _pages(self, reference: str) -> list[Page]:
        return [p for p in self._till.pages.values() if p.provider == self.name and p.reference == reference]

    def _page(self, page: Page) -> dict[str, Any]:
        return {
            "id": page.page_id,
            "init_point": f"{self.pay_url}/{self.name}/{page.page_id}",
            "external_reference": page.reference,
            "expires": True,
            "expiration_date_to": _instant(page.expires_at),
        }

    def _payment(self, payment: Payment) -> dict[str, Any]:
        status, detail = WORDS[payment.state], "accredited"
        if payment.refunded:
            whole = payment.refunded == payment.amount
            status, detail = ("refunded", "refunded") if whole else (status, "partially_refunded")
        if payment.dispute:
            status, detail = "charged_back", {"won": "reimbursed"}.get(payment.dispute, "in_process")
        return {
            "id": int(payment.payment_id),
            "status": status,
            "status_detail": detail,
            "currency_id": payment.page.currency,
            "transaction_amount": float(payment.amount),
            "transaction_amount_refunded": float(payment.refunded),
            "external_reference": payment.page.reference,
            "date_created": _instant(payment.at),
            "date_approved": _instant(payment.at) if payment.state == "paid" else None,
        }

    async def _one(self, request: web.Request, said: dict[str, Any] | None) -> web.Response:
        return await self._serve(request, b"", lambda: _not_found() if said is None else (200, said))

    async def _serve(self, request: web.Request, body: bytes, do: Any) -> web.Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.json_response({"message": "invalid access token"}, status=401)
        key = request.headers.get("X-Idempotency-Key", "")
        return await self._counter.serve(request, self.name, key, body, do)


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _not_found() -> Said:
    return 404, {"message": "not found", "error": "not_found", "status": 404}
