"""Money without decimals: what each provider is sent, and what it says back, to the last peso."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from channels.payments.mercado_pago import MercadoPago
from channels.payments.port import RefundWish
from engine.errors import ServiceError
from tests.channels.payment_worlds import ADAPTERS, payment_world

WHOLE = [
    ("stripe", "CLP", 45_990, "45990"),
    ("stripe", "PYG", 1_250_000, "1250000"),
    ("stripe", "COP", 4_599_050, "45990.50"),
    ("stripe", "JPY", 500, "500"),
    ("mercadopago", "CLP", 45_990, "45990"),
    ("mercadopago", "COP", 4_599_000, "45990"),
    ("mercadopago", "UYU", 123_45, "123.45"),
    ("paypal", "MXN", 150_050, "1500.50"),
    ("paypal", "HUF", 150_000, "1500"),
    ("paypal", "TWD", 150_000, "1500"),
    ("paypal", "JPY", 1500, "1500"),
]


@pytest.mark.parametrize(("name", "currency", "minor", "seen"), WHOLE)
def test_what_a_payer_sees_pays_and_gets_back_is_what_the_book_counts(
    name: str, currency: str, minor: int, seen: str
) -> None:
    with payment_world(name) as world:
        wish = world.wish(amount=minor, currency=currency)
        made = world.provider.create(wish)
        assert world.simulator.payments.till.pages[made.provider_id].amount == Decimal(seen)
        charge_id = world.paid(wish, made)
        charge = world.provider.charge(charge_id)
        assert charge is not None and (charge.amount, charge.currency) == (minor, currency)
        whole = 10 ** (2 if currency in ("COP", "HUF", "TWD") else 0)
        world.provider.refund(RefundWish(charge_id, 100 * whole, currency, "refund", is_whole=False))
        charge = world.provider.charge(charge_id)
        assert charge is not None and charge.net == minor - 100 * whole


@pytest.mark.parametrize(("name", "currency"), [("mercadopago", "COP"), ("paypal", "TWD"), ("paypal", "HUF")])
def test_coins_the_provider_does_not_know_are_refused_not_rounded(name: str, currency: str) -> None:
    provider = ADAPTERS[name]("http://127.0.0.1:1")
    with pytest.raises(ServiceError) as refusal:
        provider.currencies.written(150_050, currency)
    assert refusal.value.code == "payment_link.decimals" and refusal.value.hint == "1500.00"
    assert provider.currencies.payable(150_050, currency) == 150_000
    provider.close()


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("paypal", ("CLP", "COP", "ARS", "PEN", "PYG")),
        ("mercadopago", ("PYG", "USD", "EUR")),
        ("stripe", ("VES", "CLF", "CUP")),
    ],
)
def test_each_provider_has_its_own_list(name: str, refused: tuple[str, ...]) -> None:
    provider = ADAPTERS[name]("http://127.0.0.1:1")
    for currency in refused:
        with pytest.raises(ServiceError, match=f"no cobra en {currency}"):
            provider.currencies.expect(currency)
    provider.close()


def test_a_mercado_pago_account_takes_the_currency_of_its_site_alone() -> None:
    account = MercadoPago("http://127.0.0.1:1", "t", "s", "http://x.example", site="MLM")
    assert account.currencies.expect("MXN") == 2
    with pytest.raises(ServiceError) as refusal:
        account.currencies.expect("ARS")
    assert refusal.value.hint == "MXN"
    account.close()


def test_stripe_counts_the_clock_of_a_signature() -> None:
    with payment_world("stripe") as world:
        made = world.provider.create(world.wish())
        world.act("pay", made)
        post = world.post()
        assert world.provider.hear(post)
        assert world.provider.hear(replace(post, at=datetime.now(UTC) + timedelta(minutes=6))) is None
