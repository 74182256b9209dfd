"""Sign-in by an identity provider: OpenID Connect with PKCE; who one is comes from there, roles from here."""

import secrets
from dataclasses import dataclass
from typing import Any, cast

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from api.access.sessions import Sessions
from api.clock import system_now
from engine.errors import AccessError, ServiceError

STATE_S = 600
"""How long somebody may take to sign in at the provider."""

CODE_S = 60
"""How long the screens may take to fetch the session."""

ALGORITHMS = ["RS256", "ES256", "PS256"]
SCOPE = "openid email profile"


@dataclass(frozen=True)
class Provider:
    """An identity provider as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says has signed in."""

    issuer: str
    subject: str
    email: str
    email_verified: bool


class SingleSignOn:
    """The two steps of signing in; ``http`` reaches the provider. Between them nothing is kept here."""

    def __init__(self, provider: Provider, sessions: Sessions, http: httpx.Client | None = None) -> None:
        self._provider, self._sessions = provider, sessions
        self._http = http or httpx.Client(timeout=10.0)
        self._metadata: dict[str, Any] = {}

    def begin(self) -> tuple[str, str]:
        """Where to send the browser, and the state it must bring back (as a cookie)."""
        state = self._sessions.sign("state", secrets.token_urlsafe(24))
        url = prepare_grant_uri(
            self._read("authorization_endpoint"),
            self._provider.client_id,
            "code",
            redirect_uri=self._provider.redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=self._nonce(state),
            code_challenge=create_s256_code_challenge(self._verifier(state)),
            code_challenge_method="S256",
        )
        return str(url), state

    def finish(self, code: str, state: str, kept: str) -> Identity:
        """Who has signed in; ``AccessError`` for another browser's state or a token that is not for us."""
        if not kept or kept != state:
            raise AccessError("this sign-in was not begun here", code="access.sign_in", hint="begin again")
        self._sessions.unsign("state", state, STATE_S)
        try:
            answer = self._http.post(
                self._read("token_endpoint"),
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": self._provider.redirect_uri,
                    "code_verifier": self._verifier(state),
                },
                auth=(self._provider.client_id, self._provider.client_secret),
            )
        except httpx.HTTPError as silent:
            raise _silent(silent) from silent
        if answer.status_code != 200:
            raise AccessError("the identity provider refused the code", code="access.sign_in")
        return self._identity(str(answer.json().get("id_token", "")), self._nonce(state))

    def _identity(self, token: str, nonce: str) -> Identity:
        try:
            keys = KeySet.import_key_set(cast(KeySetSerialization, self._get(self._read("jwks_uri"))))
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(system_now().timestamp()),
                leeway=60,
                iss={"essential": True, "value": self._provider.issuer},
                aud={"essential": True, "value": self._provider.client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as false:
            raise AccessError("the identity token is not valid", code="access.sign_in") from false
        return Identity(
            str(claims["iss"]),
            str(claims["sub"]),
            str(claims.get("email", "")),
            claims.get("email_verified") is True,
        )

    def _read(self, name: str) -> str:
        if not self._metadata:
            issuer = self._provider.issuer.rstrip("/")
            self._metadata = self._get(f"{issuer}/.well-known/openid-configuration")
        if self._metadata.get("issuer") != self._provider.issuer:
            raise ServiceError("the provider calls itself otherwise", code="service.single_sign_on")
        return str(self._metadata[name])

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = self._http.get(url)
            answer.raise_for_status()
        except httpx.HTTPError as silent:
            raise _silent(silent) from silent
        document: dict[str, Any] = answer.json()
        return document

    def _verifier(self, state: str) -> str:
        return self._sessions.secret_of("pkce", state)

    def _nonce(self, state: str) -> str:
        return self._sessions.secret_of("nonce", state)


def _silent(error: Exception) -> ServiceError:
    return ServiceError(
        "the identity provider does not answer", hint=str(error), code="service.single_sign_on"
    )
