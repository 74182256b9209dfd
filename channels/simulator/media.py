"""Files uploaded to the provider: taken, given an id, and weighed."""

import orjson
from aiohttp import web

from channels.simulator.chance import digest

LARGEST = 100 * 2**20
"""Bytes Meta takes of a document."""


class MediaRoom:
    """One route; what was uploaded is known by its id."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.uploads: dict[str, tuple[str, int]] = {}

    async def upload(self, request: web.Request) -> web.Response:
        """Take one file; the id depends on its bytes."""
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.Response(status=401)
        name, content = "", b""
        async for part in await request.multipart():
            if getattr(part, "name", "") == "file":
                name = str(getattr(part, "filename", "") or "")
                content = bytes(await part.read())  # type: ignore[union-attr]
        if not content or len(content) > LARGEST:
            error = {"error": {"code": 131053, "message": "Media upload error", "type": "OAuthException"}}
            return web.Response(body=orjson.dumps(error), status=400, content_type="application/json")
        media_id = str(
            int.from_bytes(digest(self._seed, "media", content.hex()[:4096], len(content))[:6], "big")
        )
        self.uploads[media_id] = (name, len(content))
        return web.Response(body=orjson.dumps({"id": media_id}), content_type="application/json")
