"""``/v1``: every resource of the API, each route guarded; the version policy stands in docs/api.md."""

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.access import refuse_open_doors
from api.http.problems import FieldError, Problem
from api.http.routes import (
    accounts,
    agents,
    answers,
    approvals,
    book,
    campaigns,
    cases,
    conversations,
    dashboards,
    decisions,
    drafts,
    evidence,
    figures,
    files,
    happenings,
    messages,
    outgoing_webhooks,
    payment_links,
    plans,
    policies,
    portal,
    printing,
    promises,
    reactions,
    receipts,
    runs,
    sessions,
    single_sign_on,
    stops,
    strategies,
    tasks,
    templates,
    today,
    users,
    what_if,
)

RESOURCES = (
    sessions.router,
    single_sign_on.router,
    users.router,
    drafts.router,
    strategies.router,
    printing.router,
    approvals.router,
    what_if.router,
    figures.router,
    dashboards.router,
    campaigns.router,
    templates.router,
    accounts.router,
    evidence.router,
    messages.router,
    runs.router,
    today.router,
    stops.router,
    policies.router,
    files.router,
    book.router,
    happenings.router,
    promises.router,
    payment_links.router,
    portal.router,
    plans.router,
    receipts.router,
    cases.router,
    conversations.router,
    answers.router,
    agents.router,
    tasks.router,
    decisions.router,
    reactions.router,
    outgoing_webhooks.router,
)
"""The routers of ``/v1``; a new file of routes is named here."""


def version_1() -> APIRouter:
    """All resources behind ``/v1``; refuses to be built with a route that asks for no permission."""
    router = APIRouter(prefix="/v1")
    for each in RESOURCES:
        router.include_router(refuse_open_doors(each))
    return router


def describe(app: FastAPI) -> None:
    """Let the OpenAPI document of an application know the problems."""

    def openapi() -> dict[str, object]:
        if not app.openapi_schema:
            told = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            schemas = told.setdefault("components", {}).setdefault("schemas", {})
            for model in (FieldError, Problem):
                schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
                schema.pop("$defs", None)
                schemas[model.__name__] = schema
            app.openapi_schema = told
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
