"""Why the portal shows a page other than the one asked for; each has its own words and HTTP status."""

from engine.errors import AccessError

STATUSES: dict[str, int] = {
    "forged": 404,
    "expired": 410,
    "superseded": 410,
    "erased": 410,
    "locked": 429,
    "too_often": 429,
    "left": 401,
    "form": 403,
    "cookies": 400,
    "unknown": 404,
    "resting": 403,
    "down": 503,
    "accident": 500,
}
"""The pages of ``stop.html`` and the status each answers with; their words are ``stop.<name>.*``."""


class PortalStop(AccessError):
    """The portal cannot go on: ``code`` is ``portal.<page>``, a key of :data:`STATUSES`."""

    def __init__(self, page: str) -> None:
        super().__init__(page, code=f"portal.{page}")
        self.page = page
