"""Requests made up from the OpenAPI document: no 5xx, and no answer it does not describe."""

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error, status_code_conformance
from schemathesis.core.result import Ok

from api.access.roles import roles
from api.access.sessions import Session
from storage import access
from tests.api.http.world import ApiWorld
from tests.factories.book import BookFactory

EXAMPLES = int(os.environ.get("CADENCIA_FUZZ_EXAMPLES", "1"))
"""Requests of each operation; a long run sets more."""

SKIPPED = {"sign_out_everywhere"}
"""It ends the session the others are asked with."""

QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> ApiWorld:
    """The API over a small book."""
    world = ApiWorld(database_url, tmp_path)
    book = BookFactory(world.database)
    book.account(book.person("Ana"), owes=1_500_00, days_past_due=12)
    return world


def everyone(world: ApiWorld) -> str:
    """The session of someone who holds every role, so that requests come through the door."""
    with world.database.connection() as connection:
        user_id = access.add_user(connection, "todos", "Todos", None, "es")
        access.set_grants(connection, user_id, [(0, role) for role in roles()])
    return world.service.sessions.give(Session(user_id, 0))


@pytest.mark.criterion("R14")
@pytest.mark.timeout(600)
def test_no_made_up_request_breaks_the_service_or_is_answered_as_nobody_says(api: ApiWorld) -> None:
    headers = {"Authorization": f"Bearer {everyone(api)}"}
    assert api.app.openapi()  # described once, before the clock of the first request runs
    schema = schemathesis.openapi.from_asgi("/openapi.json", api.app)
    wrong: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if not operation.path.startswith("/v1/") or operation.definition.raw["operationId"] in SKIPPED:
            continue

        @QUICK
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            path = {name: _real(name, value) for name, value in (case.path_parameters or {}).items()}
            case.path_parameters = path
            try:
                answer = case.call(headers=headers, timeout=120)
                case.validate_response(answer, checks=(not_a_server_error, status_code_conformance))
            except Exception as failure:  # an accident of the service reaches us as it is
                wrong.append(f"{case.method} {case.path}: {failure!r}"[:1000])

        ask()
    assert asked >= 80 * EXAMPLES
    assert wrong == [], "\n".join(wrong[:10])


def _real(name: str, value: Any) -> Any:
    """A portfolio that is there; every other part of a path as it was made up."""
    return "prueba" if name == "portfolio" else value
