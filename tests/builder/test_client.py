"""The client says what the API says: bodies, ETags, refusals, and silence."""

import httpx
import pytest

from builder.client import ApiProblemError, Client, open_client
from engine.errors import ServiceError
from tests.builder.conftest import World


def test_a_signed_in_person_has_the_permissions_of_their_roles(world: World) -> None:
    session = world.session(world.person("eva", "strategist"))
    session.portfolio = "tarjetas"
    assert session.may("strategy.edit")
    assert not session.may("strategy.approve")
    assert session.offers("/portfolios/{portfolio}/strategies")
    assert not session.offers("/portfolios/{portfolio}/horoscopes")


def test_a_wrong_password_is_a_problem_with_its_status(world: World) -> None:
    login = world.person("eva", "viewer")
    with pytest.raises(ApiProblemError) as refused:
        open_client(world.url).post("/v1/sessions", {"login": login, "password": "guess"})
    assert (refused.value.status, refused.value.code) == (401, "access.sign_in")


def test_a_silent_api_is_a_service_error() -> None:
    with pytest.raises(ServiceError):
        open_client("http://127.0.0.1:1").get("/v1/portfolios")


def test_a_body_that_is_not_json_is_still_told() -> None:
    page = httpx.MockTransport(lambda _: httpx.Response(502, text="<html>bad gateway"))
    client = Client(httpx.Client(base_url="http://x", transport=page))
    with pytest.raises(ApiProblemError) as refused:
        client.get("/v1/portfolios")
    assert (refused.value.status, refused.value.message) == (502, "<html>bad gateway")
