"""A page that shows what each person received, as they would see it, and lets them answer."""

from collections.abc import Callable
from importlib.resources import files

from aiohttp import web

from channels.simulator.ledger import Ledger
from channels.simulator.mailbox_page import page
from channels.simulator.threads import people, thread

PEOPLE_SHOWN = 200
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""The page runs no script of anybody's and loads nothing from elsewhere."""


class Mailbox:
    """One page: the people on the left, one person's thread on the right.

    ``is_heard`` says whether the service hears what people answer here.
    """

    def __init__(self, ledger: Ledger, is_heard: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._is_heard = is_heard

    def routes(self) -> list[web.RouteDef]:
        """The page and its looks."""
        return [web.get("/mailbox", self.show), web.get("/mailbox.css", self.style)]

    async def show(self, request: web.Request) -> web.Response:
        """``?to=`` shows the person with that address, ``?q=`` looks for names and addresses."""
        search = request.query.get("q", "").strip()
        chosen = request.query.get("to", "").strip()
        chosen = f"+{chosen}" if chosen.isdigit() else chosen
        addresses = self._ledger.addresses_of(chosen) if chosen else ()
        shown = page(
            people(self._ledger, search, PEOPLE_SHOWN),
            search,
            addresses,
            self._ledger.name_of(chosen),
            thread(self._ledger, addresses),
            self._is_heard(),
        )
        return web.Response(text=shown, content_type="text/html", headers=HEADERS)

    async def style(self, _request: web.Request) -> web.Response:
        """The style sheet."""
        sheet = (files("channels.simulator") / "mailbox.css").read_text("utf-8")
        return web.Response(text=sheet, content_type="text/css", headers=HEADERS)
