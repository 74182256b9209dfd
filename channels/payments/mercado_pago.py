"""Mercado Pago: a Checkout Pro preference to pay on, signed webhooks, payments and refunds.

Its signature covers the id in the address, the request id and an instant, not the body: only the address
is believed. An account takes the one currency of its site.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.payments.asking import Asking
from channels.payments.currencies import Currencies
from channels.payments.port import Charge, ChargeState, LinkMade, LinkWish, PaymentNotice, Post, RefundWish

NAME, TITLE = "mercadopago", "Mercado Pago"
SITES = {
    "MLA": "ARS", "MLB": "BRL", "MLC": "CLP", "MCO": "COP", "MLM": "MXN", "MPE": "PEN", "MLU": "UYU",
}  # fmt: skip
DECIMALS = {"ARS": 2, "BRL": 2, "CLP": 0, "COP": 0, "MXN": 2, "PEN": 2, "UYU": 2}
"""Chile and Colombia are charged in whole pesos."""

STATES: dict[str, ChargeState] = {
    "approved": "paid",
    "refunded": "paid",
    "in_mediation": "paid",
    "charged_back": "disputed",
    "rejected": "refused",
    "cancelled": "refused",
}
"""Every other status waits. Money in mediation is ours until it is decided otherwise."""


class MercadoPago:
    """One account; ``notify_url`` is where webhooks go, ``site`` (MLM...) whose currency alone it takes."""

    name = NAME
    longest_life = timedelta(days=30)

    def __init__(
        self,
        url: str,
        token: str,
        webhook_secret: str,
        notify_url: str,
        *,
        site: str = "",
        timeout_s: float = 10.0,
    ) -> None:
        self._asking = Asking(TITLE, url, timeout_s=timeout_s)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._secret = webhook_secret
        self._notify_url = notify_url
        taken = {SITES[site]} if site else set(DECIMALS)
        self.currencies = Currencies(TITLE, {each: DECIMALS[each] for each in taken})

    def create(self, wish: LinkWish) -> LinkMade:
        """A preference that ends with the wish; one made before under its reference is found again."""
        if wish.repeated and (found := self._find(wish.reference)) is not None:
            return found
        return _made(
            self._asking.send("/checkout/preferences", self._keyed(wish.reference), document=self._page(wish))
        )

    def close_link(self, provider_id: str, at: datetime) -> None:
        """End the preference now."""
        over = {"expires": True, "expiration_date_to": _instant(at)}
        path = f"/checkout/preferences/{provider_id}"
        self._asking.send(path, self._headers, document=over, method="PUT")

    def hear(self, post: Post) -> Sequence[PaymentNotice] | None:
        """The payment a webhook names; ``None`` when it is not signed with our secret."""
        subject = post.query.get("data.id", "")
        stamp = dict(
            part.strip().partition("=")[::2] for part in post.headers.get("x-signature", "").split(",")
        )
        if not self._secret or not self._is_signed(post, subject, stamp):
            return None
        if post.query.get("type", "") != "payment" or not subject.isdigit():
            return []
        # What is signed names the event: a replay with another body is the same one.
        told = post.headers.get("x-request-id") or stamp["ts"]
        return [PaymentNotice(NAME, f"{subject}:{told}", "payment", "charge", subject)]

    def charge(self, charge_id: str) -> Charge | None:
        """A payment as it stands."""
        said = self._asking.get(f"/v1/payments/{charge_id}", self._headers)
        return None if said is None else self._charge(said)

    def charges_of(self, provider_id: str, reference: str, *, take: bool) -> Sequence[Charge]:
        """The payments with our reference, the newest first."""
        del provider_id, take
        query = {"external_reference": reference, "sort": "date_created", "criteria": "desc"}
        said = self._asking.get("/v1/payments/search", self._headers, query) or {}
        return [self._charge(each) for each in said.get("results", [])]

    def refund(self, wish: RefundWish) -> None:
        """Give a payment or a part of it back."""
        amount = float(self.currencies.written(wish.amount, wish.currency))
        document = {} if wish.is_whole else {"amount": amount}
        path = f"/v1/payments/{wish.charge_id}/refunds"
        self._asking.send(path, self._keyed(wish.key), document=document)

    def close(self) -> None:
        """Give the connections back."""
        self._asking.close()

    def _page(self, wish: LinkWish) -> dict[str, object]:
        item = {
            "id": wish.reference,
            "title": wish.description,
            "quantity": 1,
            "currency_id": wish.currency,
            "unit_price": float(self.currencies.written(wish.amount, wish.currency)),  # JSON's only number
        }
        back = dict.fromkeys(("success", "pending", "failure"), wish.return_url)
        page: dict[str, object] = {
            "items": [item],
            "external_reference": wish.reference,
            "notification_url": f"{self._notify_url}?source_news=webhooks",
            "back_urls": back,
            "expires": True,
            "expiration_date_to": _instant(wish.expires_at),
            "date_of_expiration": _instant(wish.expires_at),
        }
        # It takes the browser back by itself to https addresses only.
        return page | ({"auto_return": "approved"} if wish.return_url.startswith("https://") else {})

    def _find(self, reference: str) -> LinkMade | None:
        query = {"external_reference": reference}
        said = self._asking.get("/checkout/preferences/search", self._headers, query) or {}
        for each in said.get("elements") or []:
            whole = self._asking.get(f"/checkout/preferences/{each['id']}", self._headers)
            if whole is not None:
                return _made(whole)
        return None

    def _is_signed(self, post: Post, subject: str, stamp: dict[str, str]) -> bool:
        request_id = post.headers.get("x-request-id", "")
        parts = (("id", subject.lower()), ("request-id", request_id), ("ts", stamp.get("ts", "")))
        said = "".join(f"{name}:{value};" for name, value in parts if value)
        ours = hmac.digest(self._secret.encode(), said.encode(), "sha256").hex()
        return bool(subject and stamp.get("ts")) and hmac.compare_digest(ours, stamp.get("v1", ""))

    def _charge(self, said: dict[str, Any]) -> Charge:
        status, currency = str(said["status"]), str(said["currency_id"])
        amount = self.currencies.read(said["transaction_amount"], currency)
        refunded = self.currencies.read(said.get("transaction_amount_refunded") or 0, currency)
        state = STATES.get(status, "pending")
        if status == "charged_back" and said.get("status_detail") == "reimbursed":
            state = "paid"  # Mercado Pago bears the loss itself
        return Charge(
            charge_id=str(said["id"]),
            reference=str(said.get("external_reference") or ""),
            state=state,
            amount=amount,
            currency=currency,
            refunded=amount if status == "refunded" else refunded,
            at=datetime.fromisoformat(str(said.get("date_approved") or said["date_created"])),
        )

    def _keyed(self, key: str) -> dict[str, str]:
        return self._headers | {"X-Idempotency-Key": key}


def _made(said: dict[str, Any]) -> LinkMade:
    return LinkMade(str(said["init_point"]), str(said["id"]))


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
