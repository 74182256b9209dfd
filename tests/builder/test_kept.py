"""The cookie that keeps a sign-in: given once for a code, unreadable for scripts, dropped on request."""

from starlette.applications import Starlette
from starlette.testclient import TestClient

from builder.kept import CODES, COOKIE, FORGET, HEADER, PATH, ROUTES
from builder.session import return_to
from tests.builder.conftest import World


def browser() -> TestClient:
    return TestClient(Starlette(routes=list(ROUTES)))


def test_a_code_fetches_its_cookie_once() -> None:
    code = CODES.give("the token")
    told = browser().post(PATH, headers={HEADER: code})
    assert told.status_code == 204
    assert told.headers["set-cookie"].startswith(f'{COOKIE}="the token"; HttpOnly; Path=/; SameSite=strict')
    again = browser().post(PATH, headers={HEADER: code})
    assert again.status_code == 403 and "set-cookie" not in again.headers


def test_behind_https_the_cookie_never_leaves_it() -> None:
    headers = {HEADER: CODES.give("the token"), "X-Forwarded-Proto": "https"}
    assert "; Secure" in browser().post(PATH, headers=headers).headers["set-cookie"]


def test_without_our_header_nothing_is_set_or_dropped() -> None:
    for headers in ({}, {HEADER: "a guess"}):
        told = browser().post(PATH, headers=headers)
        assert told.status_code == 403 and "set-cookie" not in told.headers


def test_signing_out_drops_the_cookie() -> None:
    told = browser().post(PATH, headers={HEADER: FORGET})
    assert told.headers["set-cookie"].startswith(f'{COOKIE}=""') and "Max-Age=0" in told.headers["set-cookie"]


def test_a_token_of_this_service_returns_and_another_does_not(world: World) -> None:
    signed = world.session(world.person("eva", "viewer"))
    assert return_to(world.url, "") is None
    assert return_to(world.url, "not a token") is None
    back = return_to(world.url, signed.api.token)
    assert back is not None and back.login == signed.login
