"""The till of the simulated providers: pages, payments, refunds and disputes, each written down at once.

It is the judge of what was really paid and never looks at the service's tables. Amounts are what a payer
sees (1500.50), exact.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import orjson

from channels.simulator.clock import BusinessClock

PaymentState = Literal["paid", "pending", "refused"]
DisputeState = Literal["", "open", "won", "lost"]
Happening = Literal["approved", "paid", "pending", "refused", "refunded", "disputed", "dispute_closed"]


class TillRefusal(Exception):
    """What a provider would not do; ``code`` is a short word each provider says in its own shape."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Refund:
    """Money given back."""

    refund_id: str
    amount: Decimal
    at: float


@dataclass
class Page:
    """A page to pay on. State: ``open``, ``approved`` (PayPal: to be captured), ``paid`` or ``closed``."""

    provider: str
    page_id: str
    reference: str
    title: str
    amount: Decimal
    currency: str
    expires_at: float
    return_url: str
    notify_url: str = ""
    state: str = "open"


@dataclass
class Payment:
    """One payment on a page."""

    provider: str
    payment_id: str
    page: Page
    amount: Decimal
    state: PaymentState
    at: float
    refunds: list[Refund] = field(default_factory=list)
    dispute: DisputeState = ""

    @property
    def refunded(self) -> Decimal:
        """What was given back."""
        return sum((each.amount for each in self.refunds), Decimal(0))


class Till:
    """Everything that happened at all simulated providers; ``tell`` hears of each change of money."""

    def __init__(self, clock: BusinessClock, path: Path | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.payments: dict[str, Payment] = {}
        self.tell: Callable[[Page, Payment | None, Happening], None] = lambda page, payment, what: None
        self._clock = clock
        self._path = path
        self._count = 0

    def number(self) -> int:
        """A number no other thing here has."""
        self._count += 1
        return self._count

    def now(self) -> float:
        """Business seconds."""
        return self._clock.now()[1]

    def open(self, page: Page) -> Page:
        """Put a page up."""
        self.pages[page.page_id] = page
        self._write("page", page)
        return page

    def expect_open(self, page_id: str) -> Page:
        """A page on which money may be paid; ``TillRefusal`` when it is closed, paid or over."""
        page = self.pages.get(page_id)
        if page is None:
            raise TillRefusal("unknown", "no such page")
        if page.state not in ("open", "approved") or page.expires_at <= self.now():
            raise TillRefusal("over", "the page takes no money any more")
        return page

    def approve(self, page_id: str) -> Page:
        """A payer agrees; the money waits for the capture."""
        page = self.expect_open(page_id)
        page.state = "approved"
        self._write("approval", page)
        self.tell(page, None, "approved")
        return page

    def pay(
        self, page_id: str, payment_id: str, state: PaymentState = "paid", amount: Decimal | None = None
    ) -> Payment:
        """Somebody pays on a page, or tries to; ``amount`` may differ from what the page asks for."""
        page = self.expect_open(page_id)
        payment = Payment(page.provider, payment_id, page, amount or page.amount, state, self.now())
        self.payments[payment_id] = payment
        if state == "paid":
            page.state = "paid"
        self._write("payment", payment)
        self.tell(page, payment, state)
        return payment

    def settle(self, payment: Payment, state: PaymentState) -> None:
        """What was pending is decided."""
        payment.state, payment.at = state, self.now()
        payment.page.state = "paid" if state == "paid" else payment.page.state
        self._write("settled", payment)
        self.tell(payment.page, payment, state)

    def refund(self, payment: Payment, refund_id: str, amount: Decimal | None) -> Refund:
        """Give money back, all that is left without an amount; ``TillRefusal`` for more than there is."""
        left = payment.amount - payment.refunded
        given = left if amount is None else amount
        if payment.state != "paid" or not 0 < given <= left:
            raise TillRefusal("refund", "there is not that much to refund")
        refund = Refund(refund_id, given, self.now())
        payment.refunds.append(refund)
        self._write("refund", payment)
        self.tell(payment.page, payment, "refunded")
        return refund

    def contest(self, payment: Payment, state: DisputeState) -> None:
        """The payer's bank takes the money back, or the dispute about it ends."""
        payment.dispute = state
        self._write("dispute", payment)
        self.tell(payment.page, payment, "disputed" if state == "open" else "dispute_closed")

    def on_page(self, page: Page) -> list[Payment]:
        """The payments made on a page, the newest last."""
        return [each for each in self.payments.values() if each.page is page]

    def taken(self) -> Decimal:
        """What all payers together have paid and not got back."""
        kept = (p for p in self.payments.values() if p.state == "paid" and p.dispute in ("", "won"))
        return sum((payment.amount - payment.refunded for payment in kept), Decimal(0))

    def _write(self, kind: str, about: Page | Payment) -> None:
        if self._path is None:
            return
        line = orjson.dumps({"kind": kind, "at": self.now(), **asdict(about)}, default=str)
        with self._path.open("ab") as file:
            file.write(line + b"\n")
