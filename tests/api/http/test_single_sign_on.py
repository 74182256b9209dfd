"""Single sign-on against a provider that signs its own tokens: who gets in, and who does not."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlparse

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.access.single_sign_on import Provider, SingleSignOn
from storage import access
from tests.api.http.world import ApiWorld

ISSUER = "https://identidad.example"
KEY = RSAKey.generate_key(2048, parameters={"kid": "k1"})


class IdentityProvider:
    """Answers as an OpenID Connect provider; ``claims`` change what its next token says."""

    def __init__(self) -> None:
        self.nonce = ""
        self.claims: dict[str, object] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/openid-configuration"):
            ends = {
                name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            }
            return httpx.Response(200, json={"issuer": ISSUER, **ends})
        if request.url.path == "/jwks_uri":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        said = parse_qs(request.content.decode())
        assert said["code"] == ["abc"] and len(said["code_verifier"][0]) >= 43
        claims = {
            "iss": ISSUER,
            "aud": "cadencia",
            "sub": "u-1",
            "email": "ana@banco.example",
            "email_verified": True,
            "exp": int(time.time()) + 300,
            "nonce": self.nonce,
        }
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims | self.claims, KEY)
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


Walk = Callable[[], httpx.Response]


@pytest.fixture
def provider() -> IdentityProvider:
    return IdentityProvider()


@pytest.fixture
def walk(api: ApiWorld, provider: IdentityProvider) -> Walk:
    """A browser that goes to the provider and comes back."""
    with api.database.connection() as connection:
        user_id = access.add_user(connection, "ana@banco.example", "Ana", None, "es")
        access.set_grants(connection, user_id, [(0, "viewer")])
    http = httpx.Client(transport=httpx.MockTransport(provider))
    named = Provider(ISSUER, "cadencia", "secreto", "http://testserver/v1/single-sign-on/callback")
    signing_on = SingleSignOn(named, api.service.sessions, http)
    api.app.state.service = replace(api.service, single_sign_on=signing_on)

    def browse() -> httpx.Response:
        there = api.client.get("/v1/single-sign-on", follow_redirects=False)
        said = parse_qs(urlparse(there.headers["location"]).query)
        provider.nonce = said["nonce"][0]
        back = {"code": "abc", "state": said["state"][0]}
        answer: httpx.Response = api.client.get(
            "/v1/single-sign-on/callback", params=back, follow_redirects=False
        )
        return answer

    return browse


def test_who_the_provider_vouches_for_gets_a_session_once(api: ApiWorld, walk: Walk) -> None:
    back = walk()
    assert back.status_code == 307, back.text
    code = parse_qs(urlparse(back.headers["location"]).query)["sso"][0]
    given = api.nobody().post("/single-sign-on/exchange", {"code": code})
    assert given.status_code == 201 and given.json()["me"]["login"] == "ana@banco.example"
    assert api.nobody().post("/single-sign-on/exchange", {"code": code}).status_code == 429
    assert api.by_key(given.json()["token"]).get("/portfolios").status_code == 200
    assert api.ledger("user.bound")[0]["subject"] == "u-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "someone-else"},
        {"iss": "https://otra.example"},
        {"exp": 1},
        {"email_verified": False},
        {"email": "eva@banco.example"},
    ],
)
def test_a_token_that_is_not_for_us_opens_nothing(
    provider: IdentityProvider, walk: Walk, claims: dict[str, object]
) -> None:
    provider.claims = claims
    refused = walk()
    assert refused.status_code == 401 and json.loads(refused.text)["code"] == "access.sign_in"


def test_a_state_of_another_browser_is_refused(api: ApiWorld, walk: Walk) -> None:
    api.client.cookies.clear()
    back = api.client.get("/v1/single-sign-on/callback", params={"code": "abc", "state": "x"})
    assert back.status_code == 401


def test_it_is_off_by_default(api: ApiWorld) -> None:
    assert api.client.get("/v1/single-sign-on").json()["code"] == "single_sign_on.unknown"
