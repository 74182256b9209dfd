"""Answers ``POST /2010-04-01/Accounts/{sid}/Messages.json`` the way Twilio does."""

import asyncio
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

import orjson
from aiohttp import web

from channels.provider_errors import error_table
from channels.simulator.intake import Arrival, Intake, Verdict
from channels.sms_text import measure

GARBAGE = b'{"sid": "SM'
CODE_OF_STATUS = {429: "20429", 503: "20503", 500: "20500", 200: "30008", 400: "21211"}
LONGEST_BODY = 1600
PREFIX = "whatsapp:"


class TwilioRoute:
    """One route; everything it knows about acceptance is in the intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def send(self, request: web.Request) -> web.Response:
        """Accept or refuse one message."""
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return twilio_error(401, "20003", "Authenticate")
        form = {
            key: values[0]
            for key, values in parse_qs((await request.read()).decode("utf-8", "replace")).items()
        }
        if wrong := _wrong(form):
            return twilio_error(400, *wrong)
        verdict = self._intake.judge(_arrival(form))
        if verdict.latency_s:
            await asyncio.sleep(verdict.latency_s)
        return _answer(request, form, verdict)


def twilio_error(status: int, code: str, message: str, retry_after_s: float = 0.0) -> web.Response:
    """An error in Twilio's shape."""
    error = {
        "code": int(code),
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    headers = {"Retry-After": f"{retry_after_s:g}"} if status in (429, 503) else None
    return web.Response(
        body=orjson.dumps(error), status=status, headers=headers, content_type="application/json"
    )


def _wrong(form: dict[str, str]) -> tuple[str, str] | None:
    if "To" not in form:
        return "21604", "A 'To' phone number is required."
    if not form["To"].removeprefix(PREFIX).removeprefix("+").isdigit():
        return "21211", f"Invalid 'To' Phone Number: {form['To']}"
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return "21603", "A 'From' phone number is required."
    if not form.get("Body") and not form.get("ContentSid"):
        return "21602", "Message body is required."
    if len(form.get("Body", "")) > LONGEST_BODY:
        return "21617", "The concatenated message body exceeds the 1600 character limit."
    return None


def _arrival(form: dict[str, str]) -> Arrival:
    callback = form.get("StatusCallback", "")
    ours = parse_qs(urlsplit(callback).query).get("message_id", [""])[0]
    is_whatsapp = form["To"].startswith(PREFIX)
    variables = orjson.loads(form.get("ContentVariables", "{}"))
    return Arrival(
        channel="whatsapp" if is_whatsapp else "sms",
        sender=(form.get("From") or form["MessagingServiceSid"]).removeprefix(PREFIX),
        to=form["To"].removeprefix(PREFIX),
        message_id=ours,
        template=form.get("ContentSid", ""),
        text=form.get("Body", ""),
        parameters=[str(value) for value in variables.values()],
        status_url=callback,
        is_free_text=is_whatsapp and "ContentSid" not in form,
        attachment=form.get("MediaUrl", ""),
    )


def _answer(request: web.Request, form: dict[str, str], verdict: Verdict) -> web.Response:
    if verdict.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if verdict.garbage:
        return web.Response(body=GARBAGE, status=201, content_type="application/json")
    if verdict.status != 200 or not verdict.provider_id:
        code = verdict.code or CODE_OF_STATUS[verdict.status]
        known = error_table("twilio").get(code)
        return twilio_error(verdict.status, code, known.meaning if known else "error", verdict.retry_after_s)
    document = _message(request.match_info["account_sid"], form, verdict.provider_id)
    return web.Response(body=orjson.dumps(document), status=201, content_type="application/json")


def _message(account_sid: str, form: dict[str, str], sid: str) -> dict[str, object]:
    """The message resource: counts are strings, dates RFC 2822."""
    now = formatdate(localtime=False)
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": form.get("Body", ""),
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": str(measure(form.get("Body", "")).segments),
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": form["To"],
        "uri": f"{uri}.json",
    }
