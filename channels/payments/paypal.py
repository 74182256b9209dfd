"""PayPal: an order to approve, which is captured when we say so, signed webhooks and refunds.

Nobody's money moves until an approved order is captured, so a page that was given up takes none: it is
simply never captured.
"""

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.payments.asking import Asking, Document
from channels.payments.currencies import Currencies
from channels.payments.paypal_signature import PayPalSignature
from channels.payments.port import (
    Charge,
    ChargeState,
    LinkMade,
    LinkWish,
    PaymentNotice,
    PaymentRefused,
    Post,
    RefundWish,
)

NAME, TITLE = "paypal", "PayPal"
TWO_DECIMALS = ("AUD BRL CAD CHF CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD").split()
NO_DECIMALS = ("HUF", "JPY", "TWD")
DECIMALS = dict.fromkeys(TWO_DECIMALS, 2) | dict.fromkeys(NO_DECIMALS, 0)

STATES: dict[str, ChargeState] = {
    "COMPLETED": "paid",
    "PARTIALLY_REFUNDED": "paid",
    "REFUNDED": "paid",
    "REVERSED": "disputed",
    "DECLINED": "refused",
    "FAILED": "refused",
}
GIVEN_BACK = frozenset({"COMPLETED", "PENDING"})
"""States of a refund whose money is no longer ours."""

TOKEN_SPARE_S = 60


class PayPal:
    """One account; ``webhook_id`` is what PayPal calls our webhook."""

    name = NAME
    longest_life = timedelta(hours=3)
    currencies = Currencies(TITLE, DECIMALS)

    def __init__(
        self, url: str, client_id: str, client_secret: str, webhook_id: str, *, timeout_s: float = 10.0
    ) -> None:
        self._asking = Asking(TITLE, url, timeout_s=timeout_s)
        self._login = (client_id, client_secret)
        self._signature = PayPalSignature(webhook_id, url, self._asking.fetch)
        self._token, self._token_until = "", 0.0

    def create(self, wish: LinkWish) -> LinkMade:
        """An order; PayPal keeps one for each request id."""
        unit = {
            "custom_id": wish.reference,
            "invoice_id": wish.reference,
            "description": wish.description,
            "amount": self._amount(wish.amount, wish.currency),
        }
        context = {
            "return_url": wish.return_url,
            "cancel_url": wish.return_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
        order = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": context}},
        }
        said = self._asking.send("/v2/checkout/orders", self._keyed(wish.reference), document=order)
        return LinkMade(_link(said, "payer-action") or _link(said, "approve"), str(said["id"]))

    def close_link(self, provider_id: str, at: datetime) -> None:
        """An order needs no closing: what is not captured takes no money, and it lapses by itself."""

    def hear(self, post: Post) -> Sequence[PaymentNotice] | None:
        """The order or capture an event is about; ``None`` when PayPal did not sign it for our webhook."""
        if not self._signature.is_ours(post):
            return None
        event = json.loads(post.body)
        kind, about = str(event.get("event_type", "")), event.get("resource", {})
        if kind.startswith("CHECKOUT.ORDER."):
            return [PaymentNotice(NAME, event["id"], kind, "link", about["id"])]
        if kind in ("PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED"):
            captures = [_link(about, "up").rpartition("/")[2]]
        elif kind.startswith("PAYMENT.CAPTURE."):
            captures = [about["id"]]
        elif kind.startswith("CUSTOMER.DISPUTE."):
            captures = [each["seller_transaction_id"] for each in about.get("disputed_transactions", [])]
        else:
            captures = []
        return [PaymentNotice(NAME, event["id"], kind, "charge", each) for each in captures[:1] if each]

    def charge(self, charge_id: str) -> Charge | None:
        """A capture as it stands, with what was refunded of it."""
        said = self._asking.get(f"/v2/payments/captures/{charge_id}", self._headers())
        if said is None:
            return None
        order = {}
        if said["status"] == "PARTIALLY_REFUNDED":
            order_id = said.get("supplementary_data", {}).get("related_ids", {}).get("order_id", "")
            order = self._order(order_id) or {}
        return self._charge(said, str(said.get("custom_id") or ""), order)

    def charges_of(self, provider_id: str, reference: str, *, take: bool) -> Sequence[Charge]:
        """The captures of an order; an approved one is captured now when ``take`` allows it."""
        order = self._order(provider_id)
        if order is not None and order.get("status") == "APPROVED" and take:
            order = self._capture(provider_id, reference)
        return [self._charge(each, reference, order or {}) for each in _paid_in(order or {}, "captures")]

    def refund(self, wish: RefundWish) -> None:
        """Give a capture or a part of it back."""
        document = {} if wish.is_whole else {"amount": self._amount(wish.amount, wish.currency)}
        path = f"/v2/payments/captures/{wish.charge_id}/refund"
        self._asking.send(path, self._keyed(wish.key), document=document)

    def close(self) -> None:
        """Give the connections back."""
        self._asking.close()

    def _capture(self, order_id: str, reference: str) -> Document | None:
        """Take the money of an approved order; one that is refused (no funds) stays unpaid."""
        try:
            path = f"/v2/checkout/orders/{order_id}/capture"
            return self._asking.send(path, self._keyed(f"{reference}-capture"))
        except PaymentRefused:
            return self._order(order_id)

    def _order(self, order_id: str) -> Document | None:
        return self._asking.get(f"/v2/checkout/orders/{order_id}", self._headers())

    def _charge(self, capture: Document, reference: str, order: Document) -> Charge:
        currency = str(capture["amount"]["currency_code"])
        amount = self.currencies.read(capture["amount"]["value"], currency)
        refunded = amount if capture["status"] == "REFUNDED" else 0
        if capture["status"] == "PARTIALLY_REFUNDED":
            given = [
                each for each in _paid_in(order, "refunds") if each["status"] in ("COMPLETED", "PENDING")
            ]
            given = [each for each in given if _link(each, "up").endswith(f"/{capture['id']}")]
            refunded = sum(self.currencies.read(each["amount"]["value"], currency) for each in given)
        return Charge(
            charge_id=str(capture["id"]),
            reference=reference or str(capture.get("custom_id") or ""),
            state=STATES.get(str(capture["status"]), "pending"),
            amount=amount,
            currency=currency,
            refunded=refunded,
            at=datetime.fromisoformat(str(capture["create_time"])),
        )

    def _amount(self, minor: int, currency: str) -> dict[str, str]:
        return {"currency_code": currency, "value": self.currencies.written(minor, currency)}

    def _keyed(self, key: str) -> dict[str, str]:
        return self._headers() | {"PayPal-Request-Id": key, "Prefer": "return=representation"}

    def _headers(self) -> dict[str, str]:
        """With a token that is still good for a while."""
        if time.monotonic() >= self._token_until:
            said = self._asking.sign_in("/v1/oauth2/token", self._login, {"grant_type": "client_credentials"})
            self._token = str(said["access_token"])
            self._token_until = time.monotonic() + int(said["expires_in"]) - TOKEN_SPARE_S
        return {"Authorization": f"Bearer {self._token}"}


def _link(said: Document, relation: str) -> str:
    """The address a document gives for a relation; empty when it has none."""
    return next((str(each["href"]) for each in said.get("links", []) if each["rel"] == relation), "")


def _paid_in(order: Document, what: str) -> list[dict[str, Any]]:
    """The captures or refunds of an order."""
    units = order.get("purchase_units", [])
    return [each for unit in units for each in unit.get("payments", {}).get(what, [])]
