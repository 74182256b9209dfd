"""One resource of the API: a router whose POSTs are answered once and whose problems are documented."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.http.first_answers import OnceRoute
from api.http.problems import documented

EVERYWHERE = (400, 401, 403, 404, 409, 413, 422, 429, 503)


def resource(prefix: str, tag: str) -> APIRouter:
    """A router for the routes of one file; its path begins behind ``/v1``."""
    return APIRouter(
        generate_unique_id_function=_name,
        prefix=prefix,
        tags=[tag],
        route_class=OnceRoute,
        responses=documented(*EVERYWHERE),
    )


def _name(route: APIRoute) -> str:
    """An operation is called as its function, so no two functions of ``/v1`` have one name."""
    return route.name


REVISED = documented(412, 428)
"""Further problems of a route that takes ``If-Match``."""
