"""Wires the simulator and serves it: HTTP for WhatsApp, SMS, payments, control; SMTP, SMPP; in one loop."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from channels.simulator.behaviour import Behaviours
from channels.simulator.callbacks import Callbacks
from channels.simulator.clock import BusinessClock
from channels.simulator.control import Control, refusals
from channels.simulator.faults import FaultBox
from channels.simulator.intake import Intake
from channels.simulator.ledger import Ledger
from channels.simulator.mailbox import Mailbox
from channels.simulator.media import LARGEST as LARGEST_MEDIA
from channels.simulator.media import MediaRoom
from channels.simulator.payments.room import PaymentsRoom
from channels.simulator.smpp import SMPP_ADDRESS, SmsCentre
from channels.simulator.smtp import MailRoom, mail_protocol
from channels.simulator.template_shelf import TemplateShelf
from channels.simulator.twilio import TwilioRoute
from channels.simulator.whatsapp import WhatsAppRoute


class Simulator:
    """``async with Simulator() as simulator:`` serves until the block ends. Port 0 takes a free one."""

    def __init__(
        self,
        *,
        port: int = 0,
        smtp_port: int = 0,
        smpp_port: int = 0,
        host: str = "127.0.0.1",
        ledger_path: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.host = host
        self.port = port
        self.smtp_port = smtp_port
        self.smpp_port = smpp_port
        self.clock = BusinessClock()
        self.ledger = Ledger(ledger_path)
        self.faults = FaultBox(seed)
        self.behaviours = Behaviours(seed)
        self.callbacks = Callbacks(seed, self.ledger, self.faults, self.clock)
        self.intake = Intake(seed, self.ledger, self.faults, self.behaviours, self.callbacks, self.clock)
        self._control = Control(
            self.ledger, self.faults, self.behaviours, self.callbacks, self.intake, self.clock, seed
        )
        self._centre = SmsCentre(self.intake)
        self.callbacks.carriers[SMPP_ADDRESS] = self._centre.deliver
        self.templates = TemplateShelf(seed, self.clock, self.callbacks.schedule)
        self.whatsapp = WhatsAppRoute(self.intake, self.templates)
        self.media = MediaRoom(seed)
        paid = ledger_path.with_suffix(".payments.jsonl") if ledger_path else None
        self.payments = PaymentsRoom(seed, self.faults, self.clock, paid)
        self._runner: web.AppRunner | None = None
        self._mail: asyncio.Server | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where HTTP is served, without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    @property
    def whatsapp_url(self) -> str:
        """The base URL for the WhatsApp adapter."""
        return f"{self.url}/v23.0"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, backlog=1024).start()
        self.port = self._runner.addresses[0][1]
        loop = asyncio.get_running_loop()
        room = MailRoom(self.intake)
        self._mail = await loop.create_server(lambda: mail_protocol(room, loop), self.host, self.smtp_port)
        self.smtp_port = self._mail.sockets[0].getsockname()[1]
        self.smpp_port = await self._centre.open(self.host, self.smpp_port)
        self._telling = asyncio.create_task(self.callbacks.run())
        self.payments.open(self.url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._telling:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await self.callbacks.drain()
        await self.payments.close()
        if self._mail:
            self._mail.close()
        self._centre.close()
        if self._runner:
            await self._runner.cleanup()
        self.ledger.close()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[refusals], client_max_size=LARGEST_MEDIA)
        twilio = TwilioRoute(self.intake)
        application.router.add_post(r"/{version:v\d+\.\d+}/{phone_number_id}/messages", self.whatsapp.send)
        application.router.add_post(r"/{version:v\d+\.\d+}/{phone_number_id}/media", self.media.upload)
        application.add_routes(self.templates.routes())
        application.router.add_post("/2010-04-01/Accounts/{account_sid}/Messages.json", twilio.send)
        application.add_routes(self._control.routes())
        application.add_routes(self.payments.routes())
        heard = self.callbacks.settings
        application.add_routes(
            Mailbox(self.ledger, lambda: bool(heard.whatsapp_url or heard.sms_url)).routes()
        )
        return application
