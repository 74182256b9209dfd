"""Answers ``POST /v{N}/{phone_number_id}/messages`` the way Meta's Cloud API does."""

import asyncio
from collections.abc import Mapping

import orjson
from aiohttp import web

from channels.provider_errors import error_table
from channels.simulator.intake import Arrival, Intake, Verdict

GARBAGE = b'{"messaging_product":"whatsapp","contacts":[{"inp'
CODE_OF_STATUS = {429: "130429", 503: "2", 500: "131000", 200: "131026", 400: "131026"}


class WhatsAppRoute:
    """One route; everything it knows about acceptance is in the intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def send(self, request: web.Request) -> web.Response:
        """Accept or refuse one message."""
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return graph_error(401, "190", "Invalid OAuth access token.")
        try:
            document = orjson.loads(await request.read())
            arrival = _arrival(request.match_info["phone_number_id"], document)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as trouble:
            return graph_error(400, "100", f"Invalid parameter: {trouble}")
        verdict = self._intake.judge(arrival)
        if verdict.latency_s:
            await asyncio.sleep(verdict.latency_s)
        return _answer(request, arrival, verdict)


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


def _arrival(sender: str, document: Mapping[str, object]) -> Arrival:
    """The parts the ledger keeps; ``KeyError`` names what Meta would call missing."""
    if document["messaging_product"] != "whatsapp":
        raise KeyError("messaging_product")
    number = str(document["to"]).removeprefix("+")
    if not number.isdigit():
        raise KeyError("to")
    template, text, parameters = _content(document)
    return Arrival(
        channel="whatsapp",
        sender=sender,
        to=f"+{number}",
        message_id=str(document.get("biz_opaque_callback_data", "")),
        template=template,
        text=text,
        parameters=parameters,
        is_free_text=not template,
    )


def _content(document: Mapping[str, object]) -> tuple[str, str, list[str]]:
    """(template name, free text, parameters in order)."""
    match document:
        case {"type": "text", "text": {"body": str(body)}}:
            return "", body, []
        case {"type": "template", "template": {"name": str(name), "language": {"code": str()}, **rest}}:
            return name, "", _parameter_texts(rest.get("components", []))
    raise KeyError("type")


def _parameter_texts(components: object) -> list[str]:
    if not isinstance(components, list):
        raise TypeError("components is not a list")
    parameters = [parameter for part in components for parameter in part.get("parameters", [])]
    return [str(parameter.get("text", "")) for parameter in parameters]


def _json(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(document), status=status, headers=headers, content_type="application/json"
    )
