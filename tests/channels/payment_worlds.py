"""One small world per provider of payments: the real adapter, its simulator, and an ear for webhooks."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import uuid4

import httpx
from aiohttp import web

from channels.payments.mercado_pago import MercadoPago
from channels.payments.paypal import PayPal
from channels.payments.port import LinkMade, LinkWish, PaymentProvider, Post
from channels.payments.stripe import Stripe
from channels.simulator import Simulator
from channels.simulator.faults import Fault, FaultKind
from channels.simulator.payments.room import MERCADO_PAGO_SECRET, PAYPAL_WEBHOOK_ID, STRIPE_SECRET

PATIENCE_S = 10.0
HTTP = httpx.Client(trust_env=False)


class Opens(Protocol):
    """Makes the adapter of one provider against a simulator."""

    def __call__(self, url: str, secret: str = "", timeout_s: float = 5.0) -> PaymentProvider: ...


def mercado_pago(url: str, secret: str = "", timeout_s: float = 5.0) -> PaymentProvider:
    return MercadoPago(
        f"{url}/mercadopago", "TEST-token", secret or MERCADO_PAGO_SECRET, "http://nowhere.example/hook",
        timeout_s=timeout_s,
    )  # fmt: skip


def stripe(url: str, secret: str = "", timeout_s: float = 5.0) -> PaymentProvider:
    return Stripe(f"{url}/stripe", "sk_test_key", secret or STRIPE_SECRET, timeout_s=timeout_s)


def paypal(url: str, secret: str = "", timeout_s: float = 5.0) -> PaymentProvider:
    return PayPal(f"{url}/paypal", "client", "secreto", secret or PAYPAL_WEBHOOK_ID, timeout_s=timeout_s)


ADAPTERS: dict[str, Opens] = {"mercadopago": mercado_pago, "stripe": stripe, "paypal": paypal}


@dataclass
class PaymentWorld:
    """An adapter wired to a simulator; ``heard`` are the webhooks it posted."""

    provider: PaymentProvider
    simulator: Simulator
    loop: asyncio.AbstractEventLoop
    heard: list[Post] = field(default_factory=list)

    def wish(self, **changes: Any) -> LinkWish:
        """A link of 1,500.50 pesos, with whatever the test changes."""
        fields = {
            "reference": uuid4().hex,
            "amount": 150_050,
            "currency": "MXN",
            "description": "Pago a Financiera Aurora",
            "expires_at": datetime.now(UTC) + timedelta(hours=2),
            "return_url": "https://cobros.example/pagar/gracias",
        }
        return LinkWish(**{**fields, **changes})

    def act(self, do: str, made: LinkMade, amount: str | None = None) -> httpx.Response:
        """Do something to a page, as payers and banks do."""
        return httpx.post(
            f"{self.simulator.url}/control/payments",
            json={"do": do, "page": made.provider_id, "amount": amount},
        )

    def paid(self, wish: LinkWish, made: LinkMade) -> str:
        """Somebody pays; the charge's id, once an approved order is captured too."""
        assert self.act("pay", made).status_code == 200
        (charge,) = self.provider.charges_of(made.provider_id, wish.reference, take=True)
        assert charge.state == "paid"
        return charge.charge_id

    def pages(self) -> int:
        """How many pages the provider has."""
        return len(self.simulator.payments.till.pages)

    def taken(self) -> Decimal:
        """What the provider really took."""
        return self.simulator.payments.till.taken()

    def fails(self, kind: FaultKind, **details: Any) -> None:
        """Put one fault in force."""
        self.simulator.faults.add(Fault(kind=kind, channel="payment", **details))

    def post(self) -> Post:
        """Wait for the next webhook."""
        until = time.monotonic() + PATIENCE_S
        while not self.heard:
            assert time.monotonic() < until, "no webhook came"
            time.sleep(0.01)
        return self.heard.pop(0)


@contextmanager
def payment_world(name: str, timeout_s: float = 5.0) -> Iterator[PaymentWorld]:
    """A world that lives for one test, its servers in a thread of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result(PATIENCE_S)

    simulator = Simulator()
    run(simulator.__aenter__())
    world = PaymentWorld(ADAPTERS[name](simulator.url, timeout_s=timeout_s), simulator, loop)
    ear = run(_listen(world.heard.append))
    simulator.payments.tell(f"http://127.0.0.1:{ear.addresses[0][1]}")
    try:
        yield world
    finally:
        world.provider.close()
        run(simulator.__aexit__(None, None, None))
        run(ear.cleanup())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _listen(hear: Callable[[Post], None]) -> web.AppRunner:
    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        hear(Post(headers, dict(request.query), await request.read(), datetime.now(UTC)))
        return web.Response()

    application = web.Application()
    application.router.add_post("/{provider}", take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner
