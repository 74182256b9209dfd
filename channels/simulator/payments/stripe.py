"""Answers as Stripe does: checkout sessions, payment intents, disputes and refunds, and signed events."""

import hmac
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson
from aiohttp import web

from channels.simulator.payments.bell import Announcement
from channels.simulator.payments.counter import Counter, Said
from channels.simulator.payments.till import Happening, Page, Payment, TillRefusal

WHOLE = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
                   "XOF", "XPF"})  # fmt: skip
"""Currencies whose smallest unit is the whole one."""

NOT_TAKEN = frozenset({"VES", "CUP", "CLF"})
SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600
INTENTS = {"paid": "succeeded", "pending": "processing", "refused": "requires_payment_method"}
DISPUTES = {"open": "needs_response", "won": "won", "lost": "lost"}
EVENTS = {
    "paid": "checkout.session.completed",
    "pending": "checkout.session.completed",
    "refused": "payment_intent.payment_failed",
    "refunded": "charge.refunded",
    "disputed": "charge.dispute.created",
    "dispute_closed": "charge.dispute.closed",
}


class StripeHouse:
    """Under ``/stripe``; ``pay_url`` is where its pages are, ``notify_url`` its one webhook endpoint."""

    name = "stripe"

    def __init__(self, counter: Counter, pay_url: str, secret: str) -> None:
        self.notify_url = ""
        self.secret = secret
        self.pay_url = pay_url
        self._counter = counter
        self._till = counter.till

    def routes(self) -> list[web.RouteDef]:
        """Its API."""
        root = "/stripe/v1"
        return [
            web.post(f"{root}/checkout/sessions", self.create),
            web.get(f"{root}/checkout/sessions/{{page}}", self.read_session),
            web.post(f"{root}/checkout/sessions/{{page}}/expire", self.expire),
            web.get(f"{root}/payment_intents/{{payment}}", self.read_intent),
            web.get(f"{root}/disputes", self.list_disputes),
            web.post(f"{root}/refunds", self.refund),
        ]

    def new_payment_id(self) -> str:
        """``pi_...``."""
        return f"pi_{self._till.number():024d}"

    async def create(self, request: web.Request) -> web.Response:
        """Make a session."""
        body = await request.read()
        return await self._serve(request, body, lambda: self._create(dict(parse_qsl(body.decode()))))

    async def read_session(self, request: web.Request) -> web.Response:
        """One session."""
        page = self._till.pages.get(request.match_info["page"])
        return await self._one(request, self._session(page) if page else None)

    async def expire(self, request: web.Request) -> web.Response:
        """End an open session."""
        page = self._till.pages.get(request.match_info["page"])

        def expire() -> Said:
            if page is None:
                return _not_found()
            if page.state != "open" or page.expires_at <= self._till.now():
                return _wrong('Only Checkout Sessions with a status in ["open"] can be expired.')
            page.state = "closed"
            return 200, self._session(page)

        return await self._serve(request, b"", expire)

    async def read_intent(self, request: web.Request) -> web.Response:
        """One payment intent with its latest charge."""
        payment = self._till.payments.get(request.match_info["payment"])
        return await self._one(request, self._intent(payment) if payment else None)

    async def list_disputes(self, request: web.Request) -> web.Response:
        """The disputes of a payment intent."""
        payment = self._till.payments.get(request.query.get("payment_intent", ""))
        disputed = payment is not None and payment.dispute
        found = [self._dispute(payment)] if payment is not None and disputed else []
        return await self._one(request, {"object": "list", "data": found})

    async def refund(self, request: web.Request) -> web.Response:
        """Give a payment or a part of it back."""
        body = await request.read()
        asked = dict(parse_qsl(body.decode()))
        payment = self._till.payments.get(asked.get("payment_intent", ""))

        def refund() -> Said:
            if payment is None:
                return _not_found()
            amount = _units(int(asked["amount"]), payment.page.currency) if "amount" in asked else None
            try:
                made = self._till.refund(payment, f"re_{self._till.number():024d}", amount)
            except TillRefusal as refusal:
                return _wrong(str(refusal))
            return 200, {"id": made.refund_id, "object": "refund", "status": "succeeded",
                         "payment_intent": payment.payment_id}  # fmt: skip

        return await self._serve(request, body, refund)

    def announce(self, page: Page, payment: Payment | None, what: Happening) -> Announcement | None:
        """The event, with the object it is about as it stands now."""
        if payment is None:
            return None
        about: dict[str, Any] = self._charge(payment)
        if what in ("paid", "pending"):
            about = self._session(page)
        elif what == "refused":
            about = self._intent(payment)
        elif what in ("disputed", "dispute_closed"):
            about = self._dispute(payment)
        return self.signed(EVENTS[what], about, self.secret)

    def forge(self, page: Page) -> Announcement:
        """Signed with another secret: a session that says it is paid."""
        return self.signed(EVENTS["paid"], self._session(page) | {"payment_status": "paid"}, "not the secret")

    def signed(self, kind: str, about: dict[str, Any], secret: str) -> Announcement:
        """An event about an object, as whoever holds the secret can make it."""
        stamp = int(self._till.now())
        event = {
            "id": f"evt_{uuid4().hex[:24]}", "object": "event", "type": kind, "created": stamp,
            "livemode": False, "data": {"object": about},
        }  # fmt: skip
        body = orjson.dumps(event, default=str)
        signature = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
        headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={stamp},v1={signature}"}
        return Announcement(self.name, kind, self.notify_url, body, headers)

    def _create(self, asked: dict[str, str]) -> Said:
        price = "line_items[0][price_data]"
        currency = asked[f"{price}[currency]"].upper()
        life_s = int(asked["expires_at"]) - self._till.now()
        if currency in NOT_TAKEN:
            return _wrong(f"Invalid currency: {currency.lower()}")
        if not SHORTEST_S - 60 <= life_s <= LONGEST_S:
            return _wrong("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
        amount = int(asked[f"{price}[unit_amount]"]) * int(asked["line_items[0][quantity]"])
        page = Page(
            provider=self.name,
            page_id=f"cs_test_{uuid4().hex}",
            reference=asked["client_reference_id"],
            title=asked[f"{price}[product_data][name]"],
            amount=_units(amount, currency),
            currency=currency,
            expires_at=float(asked["expires_at"]),
            return_url=asked["success_url"],
        )
        return 200, self._session(self._till.open(page))

    def _session(self, page: Page) -> dict[str, Any]:
        payments = self._till.on_page(page)
        over = page.state == "closed" or page.expires_at <= self._till.now()
        return {
            "id": page.page_id,
            "object": "checkout.session",
            "url": f"{self.pay_url}/{self.name}/{page.page_id}",
            "client_reference_id": page.reference,
            "metadata": {"reference": page.reference},
            "status": "complete" if page.state == "paid" else "expired" if over else "open",
            "payment_status": "paid" if page.state == "paid" else "unpaid",
            "payment_intent": payments[-1].payment_id if payments else None,
            "amount_total": _wire(page.amount, page.currency),
            "currency": page.currency.lower(),
        }

    def _intent(self, payment: Payment) -> dict[str, Any]:
        amount = _wire(payment.amount, payment.page.currency)
        return {
            "id": payment.payment_id,
            "object": "payment_intent",
            "status": INTENTS[payment.state],
            "amount": amount,
            "amount_received": amount if payment.state == "paid" else 0,
            "currency": payment.page.currency.lower(),
            "metadata": {"reference": payment.page.reference},
            "created": int(payment.at),
            "latest_charge": self._charge(payment),
        }

    def _charge(self, payment: Payment) -> dict[str, Any]:
        return {
            "id": f"ch_{payment.payment_id[3:]}",
            "object": "charge",
            "payment_intent": payment.payment_id,
            "amount_refunded": _wire(payment.refunded, payment.page.currency),
            "refunded": payment.refunded == payment.amount,
            "disputed": bool(payment.dispute),
            "created": int(payment.at),
        }

    def _dispute(self, payment: Payment) -> dict[str, Any]:
        status = DISPUTES[payment.dispute]
        return {"id": f"dp_{payment.payment_id[3:]}", "object": "dispute", "status": status,
                "payment_intent": payment.payment_id}  # fmt: skip

    async def _one(self, request: web.Request, said: dict[str, Any] | None) -> web.Response:
        return await self._serve(request, b"", lambda: _not_found() if said is None else (200, said))

    async def _serve(self, request: web.Request, body: bytes, do: Any) -> web.Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.json_response({"error": {"message": "You did not provide an API key."}}, status=401)
        key = request.headers.get("Idempotency-Key", "")
        return await self._counter.serve(request, self.name, key, body, do)


def _units(wire: int, currency: str) -> Decimal:
    """What a payer sees of an amount in the smallest unit.

    >>> _units(1500, "CLP"), _units(1500, "MXN")
    (Decimal('1500'), Decimal('15.00'))
    """
    return Decimal(wire) if currency in WHOLE else Decimal(wire).scaleb(-2)


def _wire(units: Decimal, currency: str) -> int:
    return int(units if currency in WHOLE else units.scaleb(2))


def _wrong(message: str) -> Said:
    return 400, {"error": {"type": "invalid_request_error", "message": message}}


def _not_found() -> Said:
    return 404, {"error": {"type": "invalid_request_error", "message": "No such object"}}
