"""Templates at Meta: which words are registered under which name; created, listed and deleted there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from channels.port import TemplateNews, TemplateState
from channels.posting import DEFAULT_TIMEOUT, Answer, SessionHolder, ask
from channels.rendering import whatsapp_body
from channels.template_buttons import registered
from channels.templates import CATALOGUE, MessageTemplate, Wording
from channels.whatsapp_webhooks import TEMPLATE_STATES
from engine.errors import ServiceError, TemplateError

EDGE = re.compile(r"^\s*\{\{\w+\}\}|\{\{\w+\}\}\W*$")
SIDE_BY_SIDE = re.compile(r"\}\}\s*\{\{")
PAGE = 100
SAMPLES = {variable.name: variable.sample for variable in CATALOGUE}


@dataclass(frozen=True)
class Registration:
    """One wording in one language as Meta is asked to approve it."""

    name: str
    language: str
    neutral: bool
    document: Mapping[str, object]


def registrations(template: MessageTemplate, *, sample_handle: str = "") -> list[Registration]:
    """Every wording of a template, full and neutral, in each of its languages.

    ``sample_handle`` is what Meta's upload of a sample document was given; templates that attach one need it.
    ``TemplateError`` when Meta would refuse the words for their variables (2388299, 2388293).
    """
    found = []
    for language in (template.language, *template.translations):
        words = template.in_language(language)
        found.append(_registration(template, words, language, neutral=False, handle=sample_handle))
        if words.neutral is not None:
            found.append(_registration(template, words.neutral, language, neutral=True, handle=""))
    return found


def _registration(
    template: MessageTemplate, words: Wording, language: str, *, neutral: bool, handle: str
) -> Registration:
    named = template.parameters == "named"
    text, samples = whatsapp_body(words.body, named=named)
    name = template.provider_name(neutral=neutral)
    if EDGE.search(text) or SIDE_BY_SIDE.search(text):
        raise TemplateError(
            "a variable opens or closes the text, or stands beside another",
            place=name, hint="put words around it", code="template.variable_at_edge",
        )  # fmt: skip
    body: dict[str, object] = {"type": "BODY", "text": text}
    if samples:
        told = [{"param_name": name, "example": said} for name, said in samples.items()]
        body["example"] = {"body_text_named_params": told} if named else {"body_text": [[*samples.values()]]}
    components: list[dict[str, object]] = []
    if template.attach and not neutral:
        example = {"example": {"header_handle": [handle]}} if handle else {}
        components.append({"type": "HEADER", "format": "DOCUMENT", **example})
    components.append(body)
    if words.buttons:
        components.append({"type": "BUTTONS", "buttons": registered(words.buttons, SAMPLES)})
    document = {
        "name": name,
        "language": language,
        "category": template.category.upper(),
        "parameter_format": template.parameters.upper(),
        "components": components,
    }
    return Registration(name, language, neutral, document)


class WhatsAppTemplates:
    """Manages the templates of one WhatsApp Business account.

    ``base_url`` ends with the API version. Every refusal is a ``ServiceError`` with Meta's code and words.
    """

    def __init__(
        self,
        base_url: str,
        account_id: str,
        access_token: str,
        *,
        timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/{account_id}/message_templates"
        self._headers = {"Authorization": f"Bearer {access_token}"}
        self._holder = SessionHolder(timeout, 4)

    async def create(self, wanted: Registration) -> TemplateNews:
        """Ask for approval; how it stands now, mostly pending."""
        answer = await ask(self._holder.session(), "POST", self._url, self._headers, document=wanted.document)
        told = _document(answer, wanted.name)
        return TemplateNews(
            wanted.name,
            wanted.language,
            str(told.get("id", "")),
            _state(told.get("status")) or "pending",
            str(told.get("category", "")).lower(),
        )

    async def list_all(self) -> list[TemplateNews]:
        """Every template of the account, page by page."""
        news: list[TemplateNews] = []
        after = ""
        while True:
            query = {"limit": str(PAGE)} | ({"after": after} if after else {})
            answer = await ask(self._holder.session(), "GET", self._url, self._headers, query=query)
            told = _document(answer, "message_templates")
            news += [_news(one) for one in told.get("data", []) if isinstance(one, dict)]
            paging = told.get("paging") or {}
            following = str((paging.get("cursors") or {}).get("after", ""))
            if not paging.get("next") or not following or following == after:
                return news
            after = following

    async def delete(self, name: str) -> None:
        """Delete a name in every language; Meta keeps it blocked for thirty days."""
        answer = await ask(self._holder.session(), "DELETE", self._url, self._headers, query={"name": name})
        _document(answer, name)

    async def close(self) -> None:
        """Give back connections."""
        await self._holder.close()


def _news(one: Mapping[str, Any]) -> TemplateNews:
    quality = one.get("quality_score") or {}
    return TemplateNews(
        name=str(one.get("name", "")),
        language=str(one.get("language", "")),
        provider_id=str(one.get("id", "")),
        state=_state(one.get("status")),
        category=str(one.get("category", "")).lower(),
        quality=str(quality.get("score", "")).lower() if isinstance(quality, dict) else "",
        reason=str(one.get("rejected_reason") or "").replace("NONE", ""),
    )


def _state(status: object) -> TemplateState | None:
    return TEMPLATE_STATES.get(str(status))


def _document(answer: Answer, place: str) -> dict[str, Any]:
    """The answer's document; ``ServiceError`` with what Meta says against it."""
    document: dict[str, Any] = dict(answer.document or {})
    error = document.get("error")
    if answer.status < 300 and not isinstance(error, dict) and answer.document is not None:
        return document
    told = error if isinstance(error, dict) else {}
    said = str(told.get("error_user_msg") or told.get("message") or f"HTTP {answer.status}")
    raise ServiceError(said, place=place, code=f"whatsapp.{told.get('code', answer.status)}")
