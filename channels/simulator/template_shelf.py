"""Message templates at the provider: created, listed and deleted, approved, paused or moved on demand."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict

from channels.simulator.chance import digest
from channels.simulator.clock import BusinessClock
from channels.simulator.template_words import Words, words_of
from channels.simulator.webhook_shapes import Item

REFUSAL_OF = {"PENDING": "132001", "REJECTED": "132001", "PAUSED": "132015", "DISABLED": "132016"}
"""The error a send of a template that is not approved gets."""

PAGE = 100


@dataclass
class ShelvedTemplate:
    """One template of one name and language."""

    id: str
    name: str
    language: str
    category: str
    components: object
    status: str = "APPROVED"
    quality: str = "UNKNOWN"


class TemplateEvent(BaseModel):
    """What the provider decides about a template; the webhook that says so follows."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str
    status: Literal["APPROVED", "REJECTED", "PENDING", "PAUSED", "DISABLED", ""] = ""
    category: Literal["UTILITY", "MARKETING", ""] = ""
    quality: Literal["GREEN", "YELLOW", "RED", ""] = ""
    reason: str = "NONE"


class FirstStatus(BaseModel):
    """The status of a template that was just made."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["APPROVED", "PENDING"]


class TemplateShelf:
    """Templates by name and language. Only those made here are judged; other names are let through."""

    def __init__(self, seed: int, clock: BusinessClock, tell: Callable[[Item], None]) -> None:
        self.first_status = "PENDING"
        self._seed = seed
        self._clock = clock
        self._tell = tell
        self._known: dict[tuple[str, str], ShelvedTemplate] = {}

    def words(self, name: str, language: str, parameters: Sequence[str]) -> Words | None:
        """How a person reads a template of the shelf, its parameters filled in; ``None`` of another one."""
        known = self._known.get((name, language))
        return None if known is None else words_of(known.components, parameters)

    def refuses(self, name: str, language: str) -> str:
        """The error code a send of a template meets now; empty when it may go."""
        known = self._known.get((name, language))
        return "" if known is None or known.status == "APPROVED" else REFUSAL_OF[known.status]

    def routes(self) -> list[web.RouteDef]:
        """Meta's management routes, and the lever of the simulation."""
        path = r"/{version:v\d+\.\d+}/{account_id:\d+}/message_templates"
        return [
            web.post(path, self.create),
            web.get(path, self.list_all),
            web.delete(path, self.delete),
            web.post("/control/templates", self.decide),
            web.post("/control/templates/first", self.begin_with),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Shelve a template; the same name and language twice is refused as Meta does."""
        document = orjson.loads(await request.read())
        try:
            key = (str(document["name"]), str(document["language"]))
            category, components = str(document["category"]), document["components"]
        except (KeyError, TypeError) as missing:
            return _error("100", f"Invalid parameter: {missing}")
        if key in self._known:
            return _error("2388024", "Content in this language already exists")
        made = ShelvedTemplate(
            str(int.from_bytes(digest(self._seed, "template", *key)[:6], "big")), *key, category, components,
            status=self.first_status,
        )  # fmt: skip
        self._known[key] = made
        return _json({"id": made.id, "status": made.status, "category": made.category})

    async def list_all(self, request: web.Request) -> web.Response:
        """Every template, a page at a time by cursor."""
        start = int(request.query.get("after") or 0)
        page = list(self._known.values())[start : start + PAGE]
        data = [
            {
                "id": one.id, "name": one.name, "language": one.language, "status": one.status,
                "category": one.category, "components": one.components,
                "quality_score": {"score": one.quality},
            }
            for one in page
        ]  # fmt: skip
        paging: dict[str, object] = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + len(page) < len(self._known):
            paging["next"] = str(request.url)
        return _json({"data": data, "paging": paging})

    async def delete(self, request: web.Request) -> web.Response:
        """Take every language of a name off the shelf."""
        gone = [key for key in self._known if key[0] == request.query.get("name")]
        for key in gone:
            del self._known[key]
        return _json({"success": True}) if gone else _error("100", "no template of this name")

    async def begin_with(self, request: web.Request) -> web.Response:
        """From now on templates made here begin with this status; Meta's is PENDING."""
        self.first_status = FirstStatus.model_validate_json(await request.read()).status
        return _json({"status": self.first_status})

    async def decide(self, request: web.Request) -> web.Response:
        """Change a template and tell it."""
        event = TemplateEvent.model_validate_json(await request.read())
        known = self._known.get((event.name, event.language))
        if known is None:
            raise ValueError(f"no template {event.name} in {event.language}")
        before = known.category
        known.status = event.status or known.status
        known.category = event.category or known.category
        known.quality = event.quality or known.quality
        for field, told in _told(event, known.id, before):
            _, business_at = self._clock.now()
            self._tell(
                Item(business_at, "whatsapp", known.id, "", "", "", "change", kind=field,
                     text=orjson.dumps(told).decode())
            )  # fmt: skip
        await asyncio.sleep(0)
        return _json({"id": known.id, "status": known.status, "category": known.category})


def _told(event: TemplateEvent, template_id: str, before: str) -> list[tuple[str, dict[str, object]]]:
    """The fields of the webhook and their values, in Meta's shapes."""
    about: dict[str, object] = {
        "message_template_id": int(template_id),
        "message_template_name": event.name,
        "message_template_language": event.language,
    }
    told = []
    if event.status:
        told.append(
            ("message_template_status_update", about | {"event": event.status, "reason": event.reason})
        )
    if event.category:
        change = {"previous_category": before, "new_category": event.category}
        told.append(("template_category_update", about | change))
    if event.quality:
        change = {"previous_quality_score": "UNKNOWN", "new_quality_score": event.quality}
        told.append(("message_template_quality_update", about | change))
    return told


def _error(code: str, message: str) -> web.Response:
    error = {"message": message, "type": "OAuthException", "code": int(code), "fbtrace_id": "AzSimulated"}
    return web.Response(body=orjson.dumps({"error": error}), status=400, content_type="application/json")


def _json(document: object) -> web.Response:
    return web.Response(body=orjson.dumps(document), content_type="application/json")
