"""The providers of payments of this installation, by name, as the settings name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.payments.port import PaymentProvider
from engine.errors import BookError


@dataclass(frozen=True)
class PaymentProviders:
    """Every provider that is configured; ``return_url`` is where browsers come back after paying."""

    by_name: Mapping[str, PaymentProvider] = field(default_factory=dict)
    return_url: str = ""

    def expect(self, name: str) -> PaymentProvider:
        """The provider with a name; ``BookError`` when this installation has no account there."""
        if name not in self.by_name:
            raise BookError(
                f"no hay cobro en línea por «{name}»" if name else "el portafolio no tiene cobro en línea",
                place="provider",
                hint=", ".join(sorted(self.by_name)) or "configure Mercado Pago, Stripe o PayPal",
                code="payment_link.provider",
            )
        return self.by_name[name]

    def close(self) -> None:
        """Give their connections back."""
        for provider in self.by_name.values():
            provider.close()
