"""The levers of the simulation over HTTP: faults, behaviours, clock, replies, and the ledger to read."""

from dataclasses import asdict

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from channels.simulator.behaviour import Behaviour, Behaviours
from channels.simulator.callbacks import Callbacks
from channels.simulator.chance import digest
from channels.simulator.clock import BusinessClock, ClockSetting
from channels.simulator.faults import Fault, FaultBox
from channels.simulator.intake import ID_PREFIX, Intake
from channels.simulator.ledger import Ledger
from channels.simulator.webhook_shapes import Item


class Reply(BaseModel):
    """Words of a person: ``to`` is their address, as it stands in the ledger.

    Channel and sender default to those of the last message they received.
    """

    model_config = ConfigDict(extra="forbid")

    to: str
    text: str
    kind: str = Field(default="text", pattern="^(text|button|interactive)$")
    payload: str = ""
    channel: str = Field(default="", pattern="^(whatsapp|sms)?$")
    sender: str = ""
    in_reply_to: str = ""


class Known(BaseModel):
    """Addresses of one person, and the name the mailbox page shows."""

    model_config = ConfigDict(extra="forbid")

    name: str
    addresses: list[str] = Field(min_length=1)


class CallbackPatch(BaseModel):
    """Where webhooks go and how they are signed; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    whatsapp_url: str | None = None
    sms_url: str | None = None
    app_secret: str | None = None
    auth_token: str | None = None
    batch: int | None = Field(default=None, ge=1, le=1000)
    user_ids: bool | None = None
    hide_numbers: bool | None = None


class Pacing(BaseModel):
    """Posts per second one number may make; none lifts the limit. Meta's usual limit is 80."""

    model_config = ConfigDict(extra="forbid")

    per_second: float | None = Field(default=None, gt=0)


_FAULTS: TypeAdapter[list[Fault]] = TypeAdapter(list[Fault])
_PEOPLE: TypeAdapter[list[Known]] = TypeAdapter(list[Known])
_BEHAVIOURS: TypeAdapter[list[Behaviour]] = TypeAdapter(list[Behaviour])


class Control:
    """Routes under /control and /ledger. A body that does not fit is answered 422 with the reasons."""

    def __init__(
        self,
        ledger: Ledger,
        faults: FaultBox,
        behaviours: Behaviours,
        callbacks: Callbacks,
        intake: Intake,
        clock: BusinessClock,
        seed: int,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._behaviours = behaviours
        self._callbacks = callbacks
        self._intake = intake
        self._clock = clock
        self._seed = seed
        self._replies = 0

    def routes(self) -> list[web.RouteDef]:
        """Every lever and every reading."""
        return [
            web.post("/control/faults", self.add_faults),
            web.get("/control/faults", self.list_faults),
            web.delete("/control/faults", self.clear_faults),
            web.post("/control/behaviours", self.add_behaviours),
            web.post("/control/clock", self.set_clock),
            web.get("/control/clock", self.read_clock),
            web.post("/control/reply", self.reply),
            web.post("/control/people", self.know_people),
            web.post("/control/callbacks", self.set_callbacks),
            web.post("/control/pacing", self.set_pacing),
            web.get("/ledger", self.read_lines),
            web.get("/ledger/webhooks", self.read_webhooks),
            web.get("/ledger/summary", self.read_summary),
            web.get("/health", self.health),
        ]

    async def add_faults(self, request: web.Request) -> web.Response:
        """One fault or a list of them."""
        for fault in _FAULTS.validate_python(_as_list(await _json(request))):
            self._faults.add(fault)
        return await self.list_faults(request)

    async def list_faults(self, _request: web.Request) -> web.Response:
        """The faults in force."""
        return _answer([fault.model_dump(mode="json") for fault in self._faults.in_force()])

    async def clear_faults(self, request: web.Request) -> web.Response:
        """End every fault."""
        self._faults.clear()
        return await self.list_faults(request)

    async def add_behaviours(self, request: web.Request) -> web.Response:
        """One behaviour or a list of them."""
        behaviours = _BEHAVIOURS.validate_python(_as_list(await _json(request)))
        for behaviour in behaviours:
            self._behaviours.add(behaviour)
        return _answer({"added": len(behaviours)})

    async def set_clock(self, request: web.Request) -> web.Response:
        """Set business time."""
        self._clock.setting = ClockSetting.model_validate(await _json(request))
        return await self.read_clock(request)

    async def read_clock(self, _request: web.Request) -> web.Response:
        """Both clocks now, and the setting."""
        real, business = self._clock.now()
        return _answer({"real": real, "business": business, **self._clock.setting.model_dump()})

    async def reply(self, request: web.Request) -> web.Response:
        """A person writes to us, now. JSON, or the mailbox page's form."""
        is_form = request.content_type == "application/x-www-form-urlencoded"
        given = dict(await request.post()) if is_form else await _json(request)
        item = self._reply_item(Reply.model_validate(given))
        said = item.text if item.channel == "sms" else ""
        self._intake.heard_from(item.to, item.sender, item.business_at, said)
        self._ledger.said(
            {
                "provider_id": item.provider_id,
                "channel": item.channel,
                "sender": item.sender,
                "to": item.to,
                "state": item.state,
                "text": item.text,
                "business_at": item.business_at,
            }
        )
        self._callbacks.schedule(item)
        if is_form:
            raise web.HTTPSeeOther(str(request.rel_url.with_path("/mailbox").with_query(to=item.to)))
        return _answer({"provider_id": item.provider_id})

    async def know_people(self, request: web.Request) -> web.Response:
        """Say whose addresses are whose."""
        people = _PEOPLE.validate_python(await _json(request))
        for person in people:
            self._ledger.know(person.name, person.addresses)
        return _answer({"known": len(people)})

    async def set_callbacks(self, request: web.Request) -> web.Response:
        """Change where webhooks go."""
        patch = CallbackPatch.model_validate(await _json(request))
        for name, value in patch.model_dump(exclude_none=True).items():
            setattr(self._callbacks.settings, name, value)
        return _answer(asdict(self._callbacks.settings))

    async def set_pacing(self, request: web.Request) -> web.Response:
        """Limit, or no longer limit, the posts per second of each number."""
        pacing = Pacing.model_validate(await _json(request))
        self._intake.rate_per_s = pacing.per_second
        return _answer(pacing.model_dump())

    async def read_lines(self, request: web.Request) -> web.Response:
        """Acceptances number ``since`` and later."""
        since = int(request.query.get("since", "0"))
        return _raw_list(self._ledger.accepted_since(max(since, 0)))

    async def read_webhooks(self, _request: web.Request) -> web.Response:
        """The latest webhook items."""
        return _raw_list(self._ledger.recent_webhooks())

    async def read_summary(self, _request: web.Request) -> web.Response:
        """Counts and duplicates."""
        return _answer(self._ledger.summary() | {"webhooks_waiting": self._callbacks.waiting})

    async def health(self, _request: web.Request) -> web.Response:
        """Ready to serve."""
        return _answer({"status": "ok"})

    def _reply_item(self, reply: Reply) -> Item:
        last_channel, last_sender = self._intake.last_sender(reply.to) or ("whatsapp", "")
        channel, sender = reply.channel or last_channel, reply.sender or last_sender
        if channel == "email" or not sender:
            raise ValueError("nobody wrote to this person by WhatsApp or SMS: name channel and sender")
        self._replies += 1
        _, business_at = self._clock.now()
        return Item(
            business_at=business_at,
            channel=channel,
            provider_id=ID_PREFIX[channel] + digest(self._seed, "reply", reply.to, self._replies).hex(),
            message_id="",
            sender=sender,
            to=reply.to,
            state="reply",
            text=reply.text,
            kind=reply.kind,
            payload=reply.payload,
            in_reply_to=reply.in_reply_to,
        )


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A control body that does not fit is answered with the reasons."""
    try:
        return await handler(request)
    except ValidationError as wrong:
        return web.Response(body=wrong.json(), status=422, content_type="application/json")
    except ValueError as wrong:
        return web.Response(text=str(wrong), status=422)


async def _json(request: web.Request) -> object:
    return orjson.loads(await request.read())


def _as_list(given: object) -> object:
    return given if isinstance(given, list) else [given]


def _answer(document: object) -> web.Response:
    return web.Response(body=orjson.dumps(document), content_type="application/json")


def _raw_list(raws: list[bytes]) -> web.Response:
    return web.Response(body=b"[" + b",".join(raws) + b"]", content_type="application/json")
