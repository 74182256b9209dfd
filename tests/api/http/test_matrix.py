"""Route by role: every route has its line, nobody else gets in, one portfolio opens no other."""

import pytest
from fastapi import APIRouter

from api.access.roles import permissions, roles
from api.http.access import OPEN, refuse_open_doors
from engine.errors import AccessError
from tests.api.http.matrix import MATRIX
from tests.api.http.world import ApiWorld
from tests.factories.book import BookFactory

pytestmark = pytest.mark.criterion("R19")

VALUES = {
    "portfolio": "prueba",
    "key": "mora",
    "number": "1",
    "login": "nadie",
    "prefix": "nada",
    "pack": "MX",
    "day": "2026-11-23",
    "kind": "accounts",
}
"""Something for each part of a path; numbers for all others."""

METHODS = ("get", "post", "put", "patch", "delete")


def described(world: ApiWorld) -> dict[str, list[str]]:
    """Every route of ``/v1`` as the OpenAPI document has it, with the permissions it asks for."""
    return {
        f"{method.upper()} {path.removeprefix('/v1')}": (operation.get("security") or [{"token": []}])[0][
            "token"
        ]
        for path, methods in world.app.openapi()["paths"].items()
        if path.startswith("/v1/")
        for method, operation in methods.items()
        if method in METHODS
    }


def asked(line: str) -> tuple[str, str]:
    method, path = line.split(" ", 1)
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, VALUES.get(part.strip("{}"), "7"))
    return method, path


def test_every_route_has_its_line_and_every_line_its_route(api: ApiWorld) -> None:
    assert set(described(api)) - set(MATRIX) == set(), "routes that the matrix does not know"
    assert set(MATRIX) - set(described(api)) == set(), "lines without a route"


def test_every_operation_has_a_name_of_its_own(api: ApiWorld) -> None:
    names = [
        operation["operationId"]
        for methods in api.app.openapi()["paths"].values()
        for method, operation in methods.items()
        if method in METHODS
    ]
    assert sorted(names) == sorted(set(names))


def test_the_matrix_is_what_the_roles_carry(api: ApiWorld) -> None:
    """The permissions the routes ask for, read through roles.json, open exactly what the matrix says."""
    found = {}
    for line, wanted in described(api).items():
        opened = {
            role.key for role in roles().values() if all(one == "anyone" or one in role.may for one in wanted)
        }
        found[line] = opened | ({"nobody"} if not wanted else set())
    assert {line: sorted(opened) for line, opened in found.items()} == {
        line: sorted(said.split()) for line, said in MATRIX.items()
    }


@pytest.mark.timeout(400)  # every route asked by every role
def test_a_route_denies_every_role_its_line_does_not_name_and_lets_the_others_in(api: ApiWorld) -> None:
    BookFactory(api.database)
    wrong = []
    for line, said in MATRIX.items():
        opened = said.split()
        for role in [opened[-1], *sorted(roles().keys() - set(opened))]:
            if line == "DELETE /sessions/me":
                continue  # it ends the session the others are asked with
            answer = api.as_(role).ask(*asked(line))
            denied = answer.status_code == 403 and answer.json()["code"] == "access.denied"
            broken = answer.status_code >= 500 and answer.status_code != 503
            if denied == (role in opened) or broken:
                wrong.append(f"{line} as {role}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


def test_nobody_gets_in_without_a_token(api: ApiWorld) -> None:
    BookFactory(api.database)
    nobody = api.nobody()
    open_doors = [line for line in MATRIX if nobody.ask(*asked(line)).status_code != 401]
    assert open_doors == [line for line, said in MATRIX.items() if "nobody" in said]


def test_a_role_of_one_portfolio_opens_no_other_and_nothing_that_concerns_all(api: ApiWorld) -> None:
    BookFactory(api.database)
    other = BookFactory(api.database, key="ajena", country="CO", currency="COP").portfolio_id
    let_in = []
    for line, opened in MATRIX.items():
        if "nobody" in opened or opened.split() == sorted(roles()) or len(opened.split()) == len(roles()):
            continue
        asker = api.as_(opened.split()[0], portfolio_id=other)
        if asker.ask(*asked(line)).status_code != 403:
            let_in.append(line)
    assert let_in == []


def test_a_route_that_asks_for_nothing_is_not_served() -> None:
    router = APIRouter()
    router.add_api_route("/open", lambda: None, name="forgotten")
    with pytest.raises(AccessError) as refused:
        refuse_open_doors(router)
    assert refused.value.code == "access.open_door" and "forgotten" not in OPEN


def test_the_operator_and_the_agency_see_no_personal_data() -> None:
    for role in ("operator", "agency", "admin", "viewer", "strategist", "approver"):
        assert "person.see" not in roles()[role].may
    assert set(permissions()) >= {permission for role in roles().values() for permission in role.may}


def test_nobody_who_draws_a_strategy_approves_one() -> None:
    for role in roles().values():
        for what in ("strategy", "template", "bulk"):
            edits, approves = f"{what}.edit", f"{what}.approve"
            assert not {edits, approves} <= role.may, (role.key, what)
