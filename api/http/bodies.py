"""How large a body may be: counted as it comes in, refused before it is read to its end."""

from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import answer, problem_of
from engine.errors import AccessError

COMMON = 2 << 20
LARGE = 256 << 20
LARGE_PATHS = ("/loads", "/files")
"""Paths that end so take files; every other body is a document."""

PICTURES = 44 << 20
PICTURE_PATHS = ("/ya-pague", "/no-reconozco")
"""Forms of the portal that take what people photograph: five pictures of 8 MB."""


class BodyLimit:
    """Wraps the application; a body above its limit is answered with 413 and never handed on."""

    def __init__(self, app: ASGIApp, common: int = COMMON, large: int = LARGE) -> None:
        self._app = app
        self._common, self._large = common, large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most(scope["path"].rstrip("/"))
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > most:
            await _refuse(most, scope, receive, send)
            return
        await self._counting(most, scope, receive, send)

    def _most(self, path: str) -> int:
        if path.endswith(LARGE_PATHS):
            return self._large
        return PICTURES if path.endswith(PICTURE_PATHS) else self._common

    async def _counting(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        seen, begun = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if seen <= most:  # whatever the application made of the broken-off body is not told
                begun = True
                await send(message)

        with suppress(_TooLargeError):
            await self._app(scope, counted, noted)
        if seen > most and not begun:
            await _refuse(most, scope, receive, send)


class _TooLargeError(Exception):
    """More came than was announced or allowed."""


async def _refuse(most: int, scope: Scope, receive: Receive, send: Send) -> None:
    refusal = AccessError(
        f"the body is larger than {most >> 20} MB",
        place="body",
        hint="send it in parts",
        code="body.too_large",
    )
    await answer(problem_of(refusal))(scope, receive, send)
