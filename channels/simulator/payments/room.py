"""All simulated providers of payments together, with the levers that make them misbehave."""

import asyncio
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Literal

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from channels.simulator.clock import BusinessClock
from channels.simulator.faults import FaultBox
from channels.simulator.payments.bell import Bell
from channels.simulator.payments.counter import Counter, House
from channels.simulator.payments.mercado_pago import MercadoPagoHouse
from channels.simulator.payments.pay_page import PayPage
from channels.simulator.payments.paypal import PayPalHouse
from channels.simulator.payments.stripe import StripeHouse
from channels.simulator.payments.till import Happening, Page, Payment, Till, TillRefusal

MERCADO_PAGO_SECRET = "simulator-mercadopago-secret"
STRIPE_SECRET = "simulator-stripe-secret"
PAYPAL_WEBHOOK_ID = "SIMULATORWEBHOOK"
"""What the simulated providers sign with; it opens nothing else."""


class Act(BaseModel):
    """Something a payer, a bank or time does to a page or a payment; ``amount`` as a payer sees it."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["pay", "wait", "refuse", "settle", "fail", "refund", "dispute", "win", "lose", "forge"]
    page: str = ""
    payment: str = ""
    amount: Decimal | None = Field(None, gt=0)


class Webhooks(BaseModel):
    """Hold webhooks back; let them go, forwards or backwards; or post the last ones again."""

    model_config = ConfigDict(extra="forbid")

    hold: bool | None = None
    release: Literal["forwards", "backwards"] | None = None
    repeat: int = Field(0, ge=0, le=1000)
    urls: dict[Literal["mercadopago", "stripe", "paypal"], str] = Field(default_factory=dict)


class PaymentsRoom:
    """The till, three houses, the page and the bell."""

    def __init__(self, seed: int, faults: FaultBox, clock: BusinessClock, path: Path | None = None) -> None:
        self.till = Till(clock, path)
        self.bell = Bell(seed, faults, clock)
        counter = Counter(self.till, faults)
        self.mercado_pago = MercadoPagoHouse(counter, "", MERCADO_PAGO_SECRET)
        self.stripe = StripeHouse(counter, "", STRIPE_SECRET)
        self.paypal = PayPalHouse(counter, "", PAYPAL_WEBHOOK_ID)
        self.houses: dict[str, House] = {
            each.name: each for each in (self.mercado_pago, self.stripe, self.paypal)
        }
        self.page = PayPage(self.till, self.houses)
        self.till.tell = self._announce
        self._telling: asyncio.Task[None] | None = None

    def routes(self) -> list[web.RouteDef]:
        """Every API, the page and the levers."""
        apis = [route for house in self.houses.values() for route in house.routes()]
        levers = [
            web.post("/control/payments", self.act),
            web.get("/control/payments", self.read),
            web.post("/control/payments/webhooks", self.pull),
        ]
        return [*apis, *self.page.routes(), *levers]

    def open(self, url: str) -> None:
        """Served at ``url``: pages have addresses, webhooks leave."""
        for house in (self.mercado_pago, self.stripe, self.paypal):
            house.pay_url = f"{url}/pay"
        self._telling = asyncio.create_task(self.bell.run())

    async def close(self) -> None:
        """No more webhooks."""
        if self._telling:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await self.bell.drain()

    def tell(self, base_url: str) -> None:
        """Post every webhook under ``base_url``/{provider}."""
        for name, house in self.houses.items():
            house.notify_url = f"{base_url}/{name}"

    async def act(self, request: web.Request) -> web.Response:
        """Do one act."""
        act = Act.model_validate(orjson.loads(await request.read()))
        try:
            self.do(act)
        except TillRefusal as refusal:
            return web.Response(text=str(refusal), status=422)
        return await self.read(request)

    def do(self, act: Act) -> None:
        """Carry one act out; ``TillRefusal`` when it cannot be."""
        if act.do in ("pay", "wait", "refuse"):
            if act.amount is not None:
                house = self.houses[self.till.expect_open(act.page).provider]
                self.till.pay(act.page, house.new_payment_id(), "paid", act.amount)
            else:
                states = {"pay": "paid", "wait": "pending", "refuse": "refused"}
                self.page.pay(act.page, states[act.do])  # type: ignore[arg-type]
        elif act.do == "forge":
            page = self.till.pages[act.page]
            self.bell.ring(self.houses[page.provider].forge(page))
        else:
            self._change(act, self._payment(act))

    async def read(self, request: web.Request) -> web.Response:
        """Pages, payments and the webhooks told, the judge's own."""
        del request
        said = {
            "pages": [asdict(each) for each in self.till.pages.values()],
            "payments": [asdict(each) for each in self.till.payments.values()],
            "taken": self.till.taken(),
            "webhooks": [
                {"provider": each.provider, "event": each.event, "outcome": outcome}
                for each, outcome in self.bell.told
            ],
            "webhooks_waiting": self.bell.waiting,
        }
        return web.Response(body=orjson.dumps(said, default=str), content_type="application/json")

    async def pull(self, request: web.Request) -> web.Response:
        """Pull the levers of the webhooks."""
        asked = Webhooks.model_validate(orjson.loads(await request.read()))
        for name, url in asked.urls.items():
            self.houses[name].notify_url = url
        if asked.hold is not None:
            self.bell.hold = asked.hold
        if asked.release:
            self.bell.release(backwards=asked.release == "backwards")
        self.bell.repeat([each for each, _ in self.bell.told[-asked.repeat :]] if asked.repeat else [])
        return await self.read(request)

    def _announce(self, page: Page, payment: Payment | None, what: Happening) -> None:
        announcement = self.houses[page.provider].announce(page, payment, what)
        if announcement is not None:
            self.bell.ring(announcement)

    def _change(self, act: Act, payment: Payment) -> None:
        if act.do == "refund":
            self.till.refund(payment, self.houses[payment.provider].new_payment_id(), act.amount)
        elif act.do in ("settle", "fail"):
            self.till.settle(payment, "paid" if act.do == "settle" else "refused")
        else:
            states: dict[str, Literal["open", "won", "lost"]] = {
                "dispute": "open", "win": "won", "lose": "lost",
            }  # fmt: skip
            self.till.contest(payment, states[act.do])

    def _payment(self, act: Act) -> Payment:
        """The payment named, or the last one on the page named."""
        found = self.till.payments.get(act.payment)
        page = self.till.pages.get(act.page)
        if found is None and page is not None:
            found = next(iter(self.till.on_page(page)[::-1]), None)
        if found is None:
            raise TillRefusal("unknown", "no such payment")
        return found
