"""The resident process of what-ifs as an application of its own; only the API asks it."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api.http.problems import answer_problems
from api.http.service import open_service
from api.index_key import index_key
from api.logs import configure_logs
from api.settings import Settings, load_settings
from api.what_if.client import TOKEN_HEADER, resident_token
from api.what_if.resident import Resident
from engine.errors import AccessError, ServiceError


class Asked(BaseModel):
    """A draft of a portfolio, and what becomes of the accounts in flight."""

    portfolio: str
    document: dict[str, Any]
    choices: dict[str, Any] = {}


class Walk(BaseModel):
    """A draft, and the account that walks through it."""

    portfolio: str
    document: dict[str, Any]
    account: str


def create_resident(settings: Settings | None = None) -> FastAPI:
    """The application; it begins to read the portfolios it will be asked about at once."""
    chosen = settings or load_settings()
    configure_logs(chosen.log_level, chosen.log_format)
    service = open_service(chosen)
    resident = Resident(service.database, service.clock)
    token = resident_token(index_key(chosen))

    def known(said: Annotated[str, Header(alias=TOKEN_HEADER)] = "") -> None:
        if not hmac.compare_digest(said.encode(), token.encode()):
            raise AccessError("only the API asks the resident", code="access.denied")

    @asynccontextmanager
    async def preloaded(_: FastAPI) -> AsyncIterator[None]:
        with suppress(ServiceError):  # no database or no tables yet: read when asked
            await run_in_threadpool(resident.preload)
        yield

    app = FastAPI(title="Cadencia what-if", openapi_url=None, lifespan=preloaded)
    app.state.service = service
    answer_problems(app)
    guarded = [Depends(known)]

    @app.post("/figures", dependencies=guarded)
    def figures(asked: Asked) -> dict[str, Any]:
        return resident.figures(asked.portfolio, asked.document, asked.choices)

    @app.post("/walk", dependencies=guarded)
    def walk(asked: Walk) -> dict[str, Any]:
        return resident.walk(asked.portfolio, asked.document, asked.account)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
