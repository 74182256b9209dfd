"""Who is at the portal: a signed cookie that holds ids only, and the secret each of their forms repeats."""

import hmac
import json
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from starlette.responses import Response

from api.access.sessions import Sessions
from api.settings import Settings
from channels.portal_link import PortalToken
from engine.errors import AccessError

PURPOSE = "portal"
IDLE_S = 20 * 60
"""How long the cookie lives without a page being opened."""

LONGEST_S = 2 * 3600
"""How long a visit lasts at most; then the link is opened anew."""


@dataclass(frozen=True)
class Visit:
    """A browser at the portal; ``person_id`` is 0 until the identity step, ``link_at`` the link's minute.

    ``began`` is a real instant, whatever business time is: a visit is as long as its visitor sits there.
    """

    id: str
    began: int
    person_id: int = 0
    creditor_id: int = 0
    link_at: str = ""
    language: str = ""

    @property
    def is_in(self) -> bool:
        """Whether the identity step is done."""
        return self.person_id > 0

    def entered(self, link: PortalToken, now: datetime) -> "Visit":
        """The visit after the identity step: another id, so that nobody holds one from before."""
        return Visit(
            uuid4().hex,
            int(now.timestamp()),
            link.person_id,
            link.creditor_id,
            link.issued_at.isoformat(),
            self.language,
        )

    def speaking(self, language: str) -> "Visit":
        """The same visit in another language."""
        return replace(self, language=language)


class Visits:
    """Gives and reads the cookie; ``secure`` where people reach the service by https."""

    def __init__(self, sessions: Sessions, settings: Settings) -> None:
        self._sessions = sessions
        self._secure = settings.outer_url.startswith("https://")
        self.cookie = "__Host-cadencia-portal" if self._secure else "cadencia-portal"

    def begin(self, now: datetime) -> Visit:
        """A browser nobody knows yet."""
        return Visit(uuid4().hex, int(now.timestamp()))

    def read(self, cookie: str, now: datetime) -> Visit | None:
        """The visit of a cookie; ``None`` when it is over, altered, or none of ours."""
        try:
            visit = Visit(**json.loads(self._sessions.unsign(PURPOSE, cookie, IDLE_S)))
        except (AccessError, ValueError, TypeError):
            return None
        return visit if now.timestamp() - visit.began <= LONGEST_S else None

    def write(self, response: Response, visit: Visit) -> None:
        """Put the cookie on an answer, good for another while."""
        value = self._sessions.sign(PURPOSE, json.dumps(vars(visit)))
        response.set_cookie(
            self.cookie, value, max_age=IDLE_S, httponly=True, secure=self._secure, samesite="lax", path="/"
        )

    def end(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(self.cookie, httponly=True, secure=self._secure, samesite="lax", path="/")

    def secret(self, visit: Visit) -> str:
        """What each form of a visit repeats."""
        return self._sessions.secret_of("portal-form", visit.id)[:32]

    def is_secret(self, visit: Visit, said: str) -> bool:
        """Whether a form repeats it."""
        return hmac.compare_digest(self.secret(visit).encode(), said.encode())
