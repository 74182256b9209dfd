"""Stripe: a Checkout Session to pay on, signed webhooks, payment intents, disputes and refunds."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from channels.payments.asking import Asking
from channels.payments.currencies import Currencies, minor_of, units_of
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

NAME, TITLE = "stripe", "Stripe"
VERSION = "2024-06-20"
"""The version of the API whose shapes are read here; the account's own may be another."""

TOLERANCE_S = 300
ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
WHOLE_BUT_SCALED = frozenset({"ISK", "UGX"})
"""Without decimals, and yet written with two of them, both zero."""

TWO_DECIMALS = (
    "ARS AUD AWG BBD BMD BOB BRL BSD BZD CAD CHF COP CRC CZK DKK DOP EUR FKP GBP GTQ GYD HKD HNL HTG HUF"
    " ILS INR JMD KYD MXN MYR NIO NOK NZD PAB PEN PHP PLN SEK SGD SRD THB TTD TWD USD UYU XCD ZAR"
).split()
DECIMALS = dict.fromkeys(TWO_DECIMALS, 2) | dict.fromkeys(ZERO_DECIMAL | WHOLE_BUT_SCALED, 0)

STATES: dict[str, ChargeState] = {"succeeded": "paid", "canceled": "refused"}
TAKEN_BACK = frozenset({"needs_response", "under_review", "lost"})
"""States of a dispute in which its money is not ours; an inquiry (``warning_...``) takes none yet."""


class Stripe:
    """One account."""

    name = NAME
    longest_life = timedelta(hours=23, minutes=55)
    currencies = Currencies(TITLE, DECIMALS)

    def __init__(self, url: str, secret_key: str, webhook_secret: str, *, timeout_s: float = 10.0) -> None:
        self._asking = Asking(TITLE, url, timeout_s=timeout_s)
        self._headers = {"Authorization": f"Bearer {secret_key}", "Stripe-Version": VERSION}
        self._secret = webhook_secret

    def create(self, wish: LinkWish) -> LinkMade:
        """A session that ends with the wish; Stripe keeps one for each key."""
        line = "line_items[0]"
        form = {
            "mode": "payment",
            "client_reference_id": wish.reference,
            "success_url": wish.return_url,
            "cancel_url": wish.return_url,
            "expires_at": str(int(wish.expires_at.timestamp())),
            f"{line}[quantity]": "1",
            f"{line}[price_data][currency]": wish.currency.lower(),
            f"{line}[price_data][unit_amount]": str(self._wire(wish.amount, wish.currency)),
            f"{line}[price_data][product_data][name]": wish.description,
            "metadata[reference]": wish.reference,
            "payment_intent_data[metadata][reference]": wish.reference,
            "payment_intent_data[description]": wish.description,
        }
        said = self._asking.send("/v1/checkout/sessions", self._keyed(wish.reference), form=form)
        return LinkMade(str(said["url"]), str(said["id"]))

    def close_link(self, provider_id: str, at: datetime) -> None:
        """Expire the session; one that was paid or is over cannot be, and need not."""
        del at
        try:
            self._asking.send(f"/v1/checkout/sessions/{provider_id}/expire", self._headers, form={})
        except PaymentRefused:
            return

    def hear(self, post: Post) -> Sequence[PaymentNotice] | None:
        """The session or payment intent an event is about; ``None`` when it is not signed with our secret."""
        if not self._secret or not self._is_signed(post):
            return None
        event = json.loads(post.body)
        kind, about = str(event.get("type", "")), event.get("data", {}).get("object", {})
        if kind.startswith("checkout.session."):
            return [PaymentNotice(NAME, event["id"], kind, "link", about["id"])]
        if kind.startswith("payment_intent.") and about.get("metadata", {}).get("reference"):
            return [PaymentNotice(NAME, event["id"], kind, "charge", about["id"])]
        if kind.startswith("charge.") and isinstance(about.get("payment_intent"), str):
            return [PaymentNotice(NAME, event["id"], kind, "charge", about["payment_intent"])]
        return []

    def charge(self, charge_id: str) -> Charge | None:
        """A payment intent as it stands, with its refunds and disputes."""
        query = {"expand[]": "latest_charge"}
        said = self._asking.get(f"/v1/payment_intents/{charge_id}", self._headers, query)
        if said is None:
            return None
        latest = said.get("latest_charge")
        latest = latest if isinstance(latest, dict) else {}
        state = STATES.get(str(said["status"]), "pending")
        if latest.get("disputed") and self._is_taken_back(charge_id):
            state = "disputed"
        currency = str(said["currency"]).upper()
        received = said.get("amount_received") or said["amount"]
        return Charge(
            charge_id=charge_id,
            reference=str((said.get("metadata") or {}).get("reference", "")),
            state=state,
            amount=_book(int(received), currency),
            currency=currency,
            refunded=_book(int(latest.get("amount_refunded") or 0), currency),
            at=datetime.fromtimestamp(int(latest.get("created") or said["created"]), UTC),
        )

    def charges_of(self, provider_id: str, reference: str, *, take: bool) -> Sequence[Charge]:
        """The payment intent of a session, once somebody began to pay."""
        del reference, take
        said = self._asking.get(f"/v1/checkout/sessions/{provider_id}", self._headers) or {}
        intent = said.get("payment_intent")
        found = self.charge(intent) if isinstance(intent, str) else None
        return [found] if found is not None else []

    def refund(self, wish: RefundWish) -> None:
        """Give a payment or a part of it back."""
        form = {"payment_intent": wish.charge_id, "amount": str(self._wire(wish.amount, wish.currency))}
        self._asking.send("/v1/refunds", self._keyed(wish.key), form=form)

    def close(self) -> None:
        """Give the connections back."""
        self._asking.close()

    def _wire(self, minor: int, currency: str) -> int:
        """An amount as Stripe counts it: its smallest unit, whatever the book's is."""
        self.currencies.written(minor, currency)
        return int(units_of(minor, currency).scaleb(_scale(currency)))

    def _is_taken_back(self, charge_id: str) -> bool:
        said = self._asking.get("/v1/disputes", self._headers, {"payment_intent": charge_id}) or {}
        return any(each["status"] in TAKEN_BACK for each in said.get("data", []))

    def _is_signed(self, post: Post) -> bool:
        """``t=...,v1=...``: any of several ``v1`` may be ours, and the instant must be near."""
        parts = [part.partition("=")[::2] for part in post.headers.get("stripe-signature", "").split(",")]
        stamp = next((value for name, value in parts if name.strip() == "t"), "")
        if not stamp.isdigit() or abs(post.at.timestamp() - int(stamp)) > TOLERANCE_S:
            return False
        said = stamp.encode() + b"." + post.body
        ours = hmac.digest(self._secret.encode(), said, "sha256").hex()
        return any(hmac.compare_digest(ours, value) for name, value in parts if name.strip() == "v1")

    def _keyed(self, key: str) -> dict[str, str]:
        return self._headers | {"Idempotency-Key": key}


def _scale(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL - WHOLE_BUT_SCALED else 2


def _book(wire: int, currency: str) -> int:
    """What Stripe counts, in minor units of the book.

    >>> _book(1500, "CLP"), _book(150_050, "MXN")
    (1500, 150050)
    """
    return minor_of(Decimal(wire).scaleb(-_scale(currency)), currency)
