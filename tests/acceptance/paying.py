"""A timeline with a provider of payments beside it: links, payers, and webhooks that come in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.inbox.working import InboxWorker
from api.payment_providers import PaymentProviders, open_payment_providers
from api.reactions.reacting import Reactor
from api.settings import Settings
from api.usecases.money.check_payments import Checked, check_payments
from api.usecases.money.create_payment_link import create_payment_link
from channels.payments.port import LinkMade, Post
from channels.simulator.clock import ClockSetting
from channels.simulator.payments.room import MERCADO_PAGO_SECRET, PAYPAL_WEBHOOK_ID, STRIPE_SECRET
from storage.payment_links import PaymentLink
from tests.acceptance.timeline import Debt, Timeline
from tests.channels.payment_worlds import PaymentWorld, payment_world


@dataclass
class Paying:
    """One provider, simulated, and the service's own app to hear it."""

    timeline: Timeline
    world: PaymentWorld
    client: TestClient
    providers: PaymentProviders
    name: str

    def link(self, *debts: Debt, **wish: Any) -> PaymentLink:
        """Somebody asks for a link."""
        numbers = [self.number(debt) for debt in debts]
        return create_payment_link(
            self.timeline.database, self.timeline.clock, self.providers,
            portfolio_id=self.timeline.book.portfolio_id, account_numbers=numbers, provider=self.name,
            by="ana", **wish,
        )  # fmt: skip

    def act(self, do: str, link: PaymentLink, amount: str | None = None) -> httpx.Response:
        """A payer, a bank or the provider does something."""
        return self.world.act(do, LinkMade(link.url, link.provider_id), amount)

    def hear(self, times: int = 1) -> list[int]:
        """The next webhook reaches us, so many times; what we answered."""
        post = self.world.post()
        return [self.post(post) for _ in range(times)]

    def post(self, post: Post) -> int:
        """One webhook reaches us."""
        path = f"/webhooks/payments/{self.name}"
        answer = self.client.post(
            path, content=post.body, headers=dict(post.headers), params=dict(post.query)
        )
        return int(answer.status_code)

    def work(self) -> Checked:
        """The inbox is worked, providers are asked, and reactions follow."""
        worker = InboxWorker(self.timeline.database, self.timeline.clock)
        worker.work_all()
        worker.close()
        checked = check_payments(self.timeline.database, self.timeline.clock, self.providers)
        Reactor(self.timeline.database, self.timeline.clock).work()
        return checked

    def told(self, link: PaymentLink, do: str = "pay", times: int = 1) -> Checked:
        """Something happens, is heard of, and is worked; PayPal tells of the capture besides."""
        assert self.act(do, link).status_code == 200
        assert self.hear(times) == [200] * times
        return self.work()

    def number(self, debt: Debt) -> str:
        """The account's number."""
        ((number,),) = self.timeline.rows("SELECT number FROM account WHERE id = %s", debt.account_id)
        return str(number)

    def owed(self, debt: Debt) -> int:
        """What is to be cured, in minor units."""
        return int(
            self.timeline.rows("SELECT amount_to_cure FROM account WHERE id = %s", debt.account_id)[0][0]
        )

    def payments(self) -> list[tuple[str, int, bool]]:
        """What stands in the book: reference, amount, and whether it was taken back."""
        return [
            (reference, amount, back)
            for reference, amount, back in self.timeline.rows(
                "SELECT reference, amount, reversed_at IS NOT NULL FROM payment ORDER BY id"
            )
        ]

    def kept(self) -> int:
        """The money in the book that stands."""
        return sum(amount for _, amount, back in self.payments() if not back)

    def state(self, link: PaymentLink) -> str:
        """How a link stands now."""
        return str(self.timeline.rows("SELECT state FROM payment_link WHERE id = %s", link.id)[0][0])

    def alerts(self) -> list[str]:
        """What a person must look at."""
        return [kind for (kind,) in self.timeline.rows("SELECT kind FROM alert ORDER BY id")]


@contextmanager
def paying(timeline: Timeline, name: str, folder: Path) -> Iterator[Paying]:
    """A provider for one test; its clock is the timeline's, standing still."""
    with payment_world(name) as world:
        url = world.simulator.url
        settings = Settings(
            database_url=timeline.url,
            redis_url="redis://127.0.0.1:1/0",
            data_dir=folder,
            public_url="https://cobros.example",
            mercadopago_url=f"{url}/mercadopago",
            mercadopago_token="token",
            mercadopago_webhook_secret=MERCADO_PAGO_SECRET,
            stripe_url=f"{url}/stripe",
            stripe_secret_key="key",
            stripe_webhook_secret=STRIPE_SECRET,
            paypal_url=f"{url}/paypal",
            paypal_client_id="client",
            paypal_client_secret="secret",
            paypal_webhook_id=PAYPAL_WEBHOOK_ID,
        )
        providers = open_payment_providers(settings)
        stage = Paying(timeline, world, TestClient(create_app(settings)), providers, name)
        stand(stage)
        try:
            yield stage
        finally:
            providers.close()


def stand(stage: Paying) -> None:
    """The provider lives in the timeline's present."""
    now = stage.timeline.clock.now().timestamp()
    stage.world.simulator.clock.setting = ClockSetting(business_epoch=now, speed=0.0)
