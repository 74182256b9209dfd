"""The one seam to providers of payments: a page to pay on, what they tell us, the truth, money back.

A webhook only says where to look: what was paid is always asked of the provider (``charge``,
``charges_of``), so that a forged, old or twice told one can move no money. Amounts are integer minor
units as the book counts them; each adapter knows what its provider writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from channels.payments.currencies import Currencies
from engine.errors import ServiceError

ChargeState = Literal["pending", "paid", "refused", "disputed"]
"""Waiting, money came, no money came, or taken back by the payer's bank while or because it is contested."""

CheckKind = Literal["charge", "link"]


class PaymentRefused(ServiceError):
    """The provider, or what it can do, stands in the way: the same request will be refused again."""

    code = "payment_link.refused"


class PaymentUnknown(ServiceError):
    """No trustworthy answer: perhaps done. Only the same request with the same key may follow."""

    code = "service.payment_provider"


@dataclass(frozen=True, slots=True)
class LinkWish:
    """A page to pay ``amount`` on, until ``expires_at``. ``reference`` is ours: the provider brings it back.

    It is also the key by which the same wish made twice gives one page; ``repeated`` says that it may have
    been made before. The browser comes back to ``return_url``, paid or not.
    """

    reference: str
    amount: int
    currency: str
    description: str
    expires_at: datetime
    return_url: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class LinkMade:
    """The page to send a person to, and what the provider calls it."""

    url: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One payment as its provider tells it now. ``reference`` is ours, empty when it is none of ours.

    ``refunded`` of ``amount`` was given back. ``at`` is when it was paid, by the provider's clock.
    """

    charge_id: str
    reference: str
    state: ChargeState
    amount: int
    currency: str
    refunded: int
    at: datetime

    @property
    def net(self) -> int:
        """What came in and stayed."""
        return self.amount - self.refunded if self.state == "paid" else 0


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook as it came: header names in small letters, ``query`` as decoded, ``at`` the instant."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """Where a webhook tells us to look: at a charge or a link of the provider's. ``event_id`` is its name."""

    provider: str
    event_id: str
    event: str
    kind: CheckKind
    subject: str


@dataclass(frozen=True, slots=True)
class RefundWish:
    """Give ``amount`` of a charge back; ``key`` makes the same wish made twice one refund."""

    charge_id: str
    amount: int
    currency: str
    key: str
    is_whole: bool


class PaymentProvider(Protocol):
    """One account at a provider. Every call may raise ``PaymentRefused`` or ``PaymentUnknown``."""

    name: str
    currencies: Currencies
    longest_life: timedelta

    def create(self, wish: LinkWish) -> LinkMade:
        """Make a page to pay on; the same ``reference`` gives the same page."""
        ...

    def close_link(self, provider_id: str, at: datetime) -> None:
        """From ``at`` (now) on no money is taken on that page; one that is over already is no error."""
        ...

    def hear(self, post: Post) -> Sequence[PaymentNotice] | None:
        """What a webhook is about; nothing of interest is empty, and ``None`` is not believed."""
        ...

    def charge(self, charge_id: str) -> Charge | None:
        """The truth about one payment; ``None`` when the provider knows none."""
        ...

    def charges_of(self, provider_id: str, reference: str, *, take: bool) -> Sequence[Charge]:
        """Every payment made on a page; with ``take``, money that waits for our word is taken now."""
        ...

    def refund(self, wish: RefundWish) -> None:
        """Give money back; what came of it is in ``charge``."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
