"""Answers ``POST /v{N}/{phone_number_id}/messages`` the way Meta's Cloud API does."""

import asyncio
from collections.abc import Mapping

import orjson
from aiohttp import web

from channels.provider_errors import error_table
from channels.simulator.intake import Arrival, Intake, Verdict
from channels.simulator.template_shelf import TemplateShelf
from channels.simulator.template_words import Words
from channels.simulator.whatsapp_content import Content, content_of

GARBAGE = b'{"messaging_product":"whatsapp","contacts":[{"inp'
CODE_OF_STATUS = {429: "130429", 503: "2", 500: "131000", 200: "131026", 400: "131026"}


class WhatsAppRoute:
    """One route; everything it knows about acceptance is in the intake and on the templates' shelf.

    With ``token`` only that one is let in; without, any.
    """

    def __init__(self, intake: Intake, shelf: TemplateShelf) -> None:
        self.token: str | None = None
        self._intake = intake
        self._shelf = shelf

    async def send(self, request: web.Request) -> web.Response:
        """Accept or refuse one message."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or (self.token is not None and token != self.token):
            return graph_error(401, "190", "Invalid OAuth access token.")
        try:
            document = orjson.loads(await request.read())
            content = content_of(document)
            arrival = self._arrival(request.match_info["phone_number_id"], document, content)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as trouble:
            return graph_error(400, "100", f"Invalid parameter: {trouble}")
        if code := self._shelf.refuses(content.template, content.language):
            return graph_error(400, code, "Template does not exist, is paused or disabled")
        verdict = self._intake.judge(arrival)
        if verdict.latency_s:
            await asyncio.sleep(verdict.latency_s)
        return _answer(request, arrival, verdict)

    def _arrival(self, sender: str, document: Mapping[str, object], content: Content) -> Arrival:
        """The parts the ledger keeps; ``KeyError`` names what Meta would call missing."""
        if document["messaging_product"] != "whatsapp":
            raise KeyError("messaging_product")
        number = str(document["to"]).removeprefix("+")
        if not number.isdigit():
            raise KeyError("to")
        words = self._shelf.words(content.template, content.language, content.parameters)
        return Arrival(
            channel="whatsapp",
            sender=sender,
            to=f"+{number}",
            message_id=str(document.get("biz_opaque_callback_data", "")),
            template=content.template,
            text=words.text if words else content.text,
            parameters=content.parameters,
            is_free_text=not content.template,
            attachment=content.attachment,
            buttons=_shown(content, words),
        )


def _shown(content: Content, words: Words | None) -> list[dict[str, str]]:
    """The buttons a person sees: a template's own with what this send put into them."""
    if words is None:
        return content.buttons
    sent = {button["index"]: button["value"] for button in content.buttons if "index" in button}
    return [
        {
            "kind": kind,
            "title": title,
            "value": address.replace("{{1}}", sent.get(str(n), "")) or sent.get(str(n), title),
        }
        for n, (kind, title, address) in enumerate(words.buttons)
    ]


def graph_error(status: int, code: str, message: str, retry_after_s: float = 0.0) -> web.Response:
    """An error in the Graph API's shape."""
    error = {
        "message": f"(#{code}) {message}",
        "type": "OAuthException",
        "code": int(code),
        "error_data": {"messaging_product": "whatsapp", "details": message},
        "fbtrace_id": "AzSimulatedTrace",
    }
    headers = {"Retry-After": f"{retry_after_s:g}"} if status in (429, 503) else None
    return _json({"error": error}, status, headers)


def _answer(request: web.Request, arrival: Arrival, verdict: Verdict) -> web.Response:
    if verdict.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if verdict.garbage:
        return web.Response(body=GARBAGE, content_type="application/json")
    if verdict.status != 200 or not verdict.provider_id:
        code = verdict.code or CODE_OF_STATUS[verdict.status]
        known = error_table("whatsapp").get(code)
        return graph_error(verdict.status, code, known.meaning if known else "error", verdict.retry_after_s)
    number = arrival.to.removeprefix("+")
    return _json(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": number, "wa_id": number}],
            "messages": [{"id": verdict.provider_id}],
        }
    )


def _json(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(document), status=status, headers=headers, content_type="application/json"
    )
