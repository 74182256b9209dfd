"""What a provider can take: its currencies, and with how many decimals it writes each."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from engine.currencies import decimals_of
from engine.errors import ServiceError


def units_of(minor: int, currency: str) -> Decimal:
    """Minor units of the book as an amount.

    >>> units_of(150_050, "MXN"), units_of(30_000, "CLP")
    (Decimal('1500.50'), Decimal('30000'))
    """
    return Decimal(minor).scaleb(-decimals_of(currency))


def minor_of(units: Decimal, currency: str) -> int:
    """An amount in minor units of the book, fractions of them dropped.

    >>> minor_of(Decimal("1500.5"), "MXN"), minor_of(Decimal(30000), "PYG")
    (150050, 30000)
    """
    return int(units.scaleb(decimals_of(currency)).to_integral_value(ROUND_DOWN))


@dataclass(frozen=True)
class Currencies:
    """The currencies of one provider: how many decimals of an amount it takes in each.

    >>> some = Currencies("PayPal", {"MXN": 2, "TWD": 0})
    >>> some.payable(150_050, "MXN"), some.payable(150_050, "TWD"), some.written(150_000, "TWD")
    (150050, 150000, '1500')
    >>> some.payable(100, "CLP")
    Traceback (most recent call last):
    engine.errors.ServiceError: payment_link.currency [CLP]: PayPal no cobra en CLP (MXN, TWD)
    """

    provider: str
    decimals: Mapping[str, int]

    def expect(self, currency: str) -> int:
        """The decimals of a currency; ``ServiceError`` when the provider does not take it."""
        if currency not in self.decimals:
            raise ServiceError(
                f"{self.provider} no cobra en {currency or 'una moneda sin decir'}",
                place=currency,
                hint=", ".join(sorted(self.decimals)),
                code="payment_link.currency",
            )
        return self.decimals[currency]

    def payable(self, minor: int, currency: str) -> int:
        """The most of an amount the provider can write: smaller coins are left, never added."""
        step: int = 10 ** max(decimals_of(currency) - self.expect(currency), 0)
        return minor - minor % step

    def written(self, minor: int, currency: str) -> str:
        """An amount as the provider reads it; ``ServiceError`` when it has coins too small for it."""
        places = self.expect(currency)
        if self.payable(minor, currency) != minor:
            raise ServiceError(
                f"{self.provider} cobra {currency} con {places} decimales",
                place="amount",
                hint=f"{units_of(self.payable(minor, currency), currency)}",
                code="payment_link.decimals",
            )
        return f"{units_of(minor, currency):.{places}f}"

    def read(self, units: object, currency: str) -> int:
        """What the provider wrote, in minor units; a currency it never writes counts two decimals."""
        return minor_of(Decimal(str(units)), currency)
