"""The providers of payments of this installation, by name, as the settings name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.settings import Settings
from channels.payments.mercado_pago import MercadoPago
from channels.payments.paypal import PayPal
from channels.payments.port import PaymentProvider
from channels.payments.stripe import Stripe
from engine.errors import BookError

WEBHOOKS = "/webhooks/payments/"
RETURNS = "/pagar/gracias"


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


def open_payment_providers(settings: Settings) -> PaymentProviders:
    """The providers the settings give keys for; connects nowhere yet."""
    opened: list[PaymentProvider] = []
    if token := settings.mercadopago_token.get_secret_value():
        opened.append(
            MercadoPago(
                settings.mercadopago_url,
                token,
                settings.mercadopago_webhook_secret.get_secret_value(),
                f"{settings.outer_url}{WEBHOOKS}mercadopago",
                site=settings.mercadopago_site,
            )
        )
    if key := settings.stripe_secret_key.get_secret_value():
        opened.append(Stripe(settings.stripe_url, key, settings.stripe_webhook_secret.get_secret_value()))
    if settings.paypal_client_id:
        secret = settings.paypal_client_secret.get_secret_value()
        opened.append(
            PayPal(settings.paypal_url, settings.paypal_client_id, secret, settings.paypal_webhook_id)
        )
    by_name = {provider.name: provider for provider in opened}
    return PaymentProviders(by_name, f"{settings.outer_url}{RETURNS}")
