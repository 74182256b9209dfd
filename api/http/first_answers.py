"""``Idempotency-Key``: a POST that is repeated gets its first answer again, another body is refused."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.http.problems import refusal_answer, validation_answer
from api.http.service import Service
from engine.errors import AccessError, CadenciaError
from storage import first_answers
from storage.first_answers import Kept

HEADER = "Idempotency-Key"
LONGEST = 200
NOT_KEPT = frozenset({401, 403, 429, 503})
"""Answers after which nothing was done and a repetition may well succeed."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OnceRoute(APIRoute):
    """A route whose POST takes an ``Idempotency-Key``; the other methods are repeatable as they are."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            return await _once(request, key, handle)

        return once


async def _once(request: Request, key: str, handle: Handler) -> Response:
    parts: Service = request.app.state.service
    if not 0 < len(key) <= LONGEST:
        raise AccessError(f"1 to {LONGEST} characters", place=HEADER, code="first_answer.key")
    token = request.headers.get("Authorization", "").partition(" ")[2]
    caller = (await run_in_threadpool(parts.doorkeeper.recognise, token)).name
    asked = _fingerprint(request, await request.body())
    kept = await run_in_threadpool(_begin, parts, caller, key, asked)
    if kept is not None:
        return _replay(kept, asked, key)
    try:
        response = await _answered(request, handle)
    except Exception:
        await run_in_threadpool(_forget, parts, caller, key)
        raise
    if response.status_code in NOT_KEPT:
        await run_in_threadpool(_forget, parts, caller, key)
    else:
        await run_in_threadpool(_keep, parts, caller, key, response)
    return response


async def _answered(request: Request, handle: Handler) -> Response:
    """The answer, refusals included."""
    try:
        return await handle(request)
    except RequestValidationError as wrong:
        return validation_answer(wrong)
    except CadenciaError as refusal:
        return refusal_answer(refusal)


def _replay(kept: Kept, asked: bytes, key: str) -> Response:
    if kept.request_hash != asked:
        raise AccessError(
            "the key was used with another request",
            place=key,
            hint="a new request has a new key",
            code="first_answer.other_body",
        )
    if kept.status == 0:
        raise AccessError(
            "the first request of this key is still being worked", place=key, code="first_answer.in_progress"
        )
    return Response(kept.body, kept.status, {"Idempotent-Replay": "true"}, kept.content_type)


def _fingerprint(request: Request, body: bytes) -> bytes:
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(target.encode() + body).digest()


def _begin(parts: Service, caller: str, key: str, asked: bytes) -> Kept | None:
    with parts.database.connection() as connection:
        return first_answers.begin(connection, caller, key, asked)


def _keep(parts: Service, caller: str, key: str, response: Response) -> None:
    kind = response.headers.get("content-type", "")
    with parts.database.connection() as connection:
        first_answers.keep(connection, caller, key, response.status_code, kind, bytes(response.body))


def _forget(parts: Service, caller: str, key: str) -> None:
    with parts.database.connection() as connection:
        first_answers.forget(connection, caller, key)
