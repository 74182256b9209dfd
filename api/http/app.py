"""The FastAPI application: health and metrics here, routes of the use cases beside it."""

from typing import Literal

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as as_text
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.clock import steady
from api.http.bodies import BodyLimit
from api.http.one_click import one_click_routes
from api.http.pay_return import pay_return_routes
from api.http.problems import answer_problems
from api.http.service import open_service
from api.http.v1 import describe, version_1
from api.http.webhooks import webhook_routes
from api.logs import configure_logs
from api.portal.mounting import mount_portal
from api.portal.routes import ROUTERS as PORTAL
from api.settings import Settings, load_settings
from api.status import count_set_aside, database_answers, queue_answers


class HealthAnswer(BaseModel):
    """``degraded``: the queue is silent, so work waits for the sweepers; ``down``: no database."""

    status: Literal["ok", "degraded", "down"]
    database: bool
    queue: bool


class Metrics:
    """What one API process counts for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "cadencia_http_requests", "HTTP requests answered", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "cadencia_http_request_seconds", "Time to answer", ["route"], registry=self.registry
        )
        self.reachable = Gauge(
            "cadencia_service_reachable", "1 when the server answers", ["service"], registry=self.registry
        )
        self.set_aside = Gauge(
            "cadencia_set_aside", "Work that raised time and again and waits for a person",
            ["work"], registry=self.registry,
        )  # fmt: skip


class Counting:
    """Wraps the application; each answer is counted and timed by its route.

    No ``BaseHTTPMiddleware``: its task and queues per request cost more than the counting.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, steady()

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = _route(scope)
            self._metrics.seconds.labels(route).observe(steady() - began)
            self._metrics.requests.labels(route, str(status)).inc()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, for the settings of this process unless others are given."""
    chosen = settings or load_settings()
    configure_logs(chosen.log_level, chosen.log_format)
    app = FastAPI(title="Cadencia", version="0.1.0", description="Collection strategies within the law.")
    app.state.service = open_service(chosen)
    app.add_middleware(BodyLimit)
    answer_problems(app)
    describe(app)
    metrics = Metrics()
    app.add_middleware(Counting, metrics=metrics)
    app.include_router(version_1())
    app.include_router(webhook_routes(chosen))
    app.include_router(one_click_routes(chosen))
    app.include_router(pay_return_routes())
    mount_portal(app, chosen, PORTAL)

    @app.get("/health", tags=["operation"])
    def health(response: Response) -> HealthAnswer:
        """Whether the service can work: 503 without its database, 200 without its queue."""
        answer = check(chosen, metrics)
        response.status_code = 503 if answer.status == "down" else 200
        return answer

    @app.get("/metrics", tags=["operation"])
    def read_metrics() -> Response:
        """Figures for Prometheus."""
        check(chosen, metrics)
        return Response(as_text(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return app


def check(settings: Settings, metrics: Metrics) -> HealthAnswer:
    """Ask both servers, and note it for Prometheus."""
    database, queue = database_answers(settings.database_url), queue_answers(settings.redis_url)
    metrics.reachable.labels("database").set(database)
    metrics.reachable.labels("queue").set(queue)
    for work, count in count_set_aside(settings.database_url).items() if database else ():
        metrics.set_aside.labels(work).set(count)
    status: Literal["ok", "degraded", "down"] = "down" if not database else "ok" if queue else "degraded"
    return HealthAnswer(status=status, database=database, queue=queue)


def _route(scope: Scope) -> str:
    """The pattern of the route (never the address itself, which may hold an account number)."""
    route = scope.get("route")
    return str(getattr(route, "path", "unknown"))
