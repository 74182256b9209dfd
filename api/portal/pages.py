"""Pages from templates: every value escaped, no script, and the headers that keep a page to its reader."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from api.portal.words import LANGUAGES, Words

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every answer of the portal but the style sheet, which may be kept."""


class Pages:
    """The templates of the portal, ready."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("api.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, name: str, words: Words, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
        """One page; ``values`` are what its template names beside the words."""
        surroundings = {
            "t": words,
            "language": words.language,
            "languages": LANGUAGES,
            "look": self.look_version,
            "brand": None,
        }
        template = self._environment.get_template(name)
        return HTMLResponse(template.render({**surroundings, **values}), status_code=status)

    @cached_property
    def look(self) -> str:
        """The style sheet."""
        return (files("api.portal") / "look.css").read_text(encoding="utf-8")

    @cached_property
    def look_version(self) -> str:
        """What the address of the style sheet ends with, so that browsers may keep it."""
        return hashlib.sha256(self.look.encode()).hexdigest()[:12]


def guarded(response: Response) -> Response:
    """An answer with the headers of the portal."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
