"""The page a payer sees: what is asked for, and buttons to pay it, to pay in cash later, or to be refused."""

from html import escape

from aiohttp import web

from channels.simulator.mailbox_page import SHEET
from channels.simulator.payments.counter import House
from channels.simulator.payments.till import Page, PaymentState, Till, TillRefusal

ACTS: dict[str, tuple[str, PaymentState]] = {
    "pay": ("Pagar", "paid"),
    "wait": ("Pagar en efectivo más tarde", "pending"),
    "refuse": ("Tarjeta rechazada", "refused"),
}
TITLES = {"mercadopago": "Mercado Pago", "stripe": "Stripe", "paypal": "PayPal"}


class PayPage:
    """``/pay/{provider}/{page}`` of all providers."""

    def __init__(self, till: Till, houses: dict[str, House]) -> None:
        self._till = till
        self._houses = houses

    def routes(self) -> list[web.RouteDef]:
        """To look, and to pay."""
        path = "/pay/{provider}/{page}"
        return [web.get(path, self.show), web.post(path, self.act)]

    async def show(self, request: web.Request) -> web.Response:
        """What is asked for; looking pays nothing."""
        try:
            page = self._till.expect_open(request.match_info["page"])
        except TillRefusal:
            return _html("<h1>Este enlace ya no cobra</h1>", 410)
        return _html(_asks(page))

    async def act(self, request: web.Request) -> web.Response:
        """A button was pressed; the browser goes back to the shop."""
        chosen = str((await request.post()).get("act", "pay"))
        _, state = ACTS.get(chosen, ACTS["pay"])
        try:
            page = self.pay(request.match_info["page"], state)
        except TillRefusal:
            return _html("<h1>Este enlace ya no cobra</h1>", 410)
        raise web.HTTPSeeOther(page.return_url or "/mailbox")

    def pay(self, page_id: str, state: PaymentState) -> Page:
        """Pay a page as a payer does; at PayPal paying is agreeing, and the money waits."""
        page = self._till.expect_open(page_id)
        if page.provider == "paypal" and state == "paid":
            return self._till.approve(page_id)
        house = self._houses[page.provider]
        return self._till.pay(page_id, house.new_payment_id(), state).page


def _asks(page: Page) -> str:
    buttons = "".join(
        f'<p><button name="act" value="{value}">{escape(words)}</button></p>'
        for value, (words, _) in ACTS.items()
    )
    return (
        f"<header>{TITLES[page.provider]} (simulado)</header><h1>{escape(page.title)}</h1>"
        f"<p><strong>{escape(page.currency)} {page.amount:,}</strong></p>"
        f'<form method="post">{buttons}</form>'
    )


def _html(body: str, status: int = 200) -> web.Response:
    return web.Response(text=SHEET.format(body=body), status=status, content_type="text/html")
