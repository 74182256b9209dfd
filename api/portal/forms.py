"""Forms as they come in: of this visit, with their fields read, and what is wrong with each said at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException

from api.portal.amounts import read_amount
from api.portal.desk import Desk
from api.portal.refusals import PortalStop
from api.portal.visiting import visit_of
from api.usecases.people.keep_attachments import LARGEST, MOST, AttachmentRefused, check_attachment
from storage.attachments import AttachmentIn

SECRET = "llave"
ONCE = "vez"
MOST_FIELDS = 40
LONGEST = 2_000


@dataclass
class Form:
    """The fields of a form; ``wrong`` are phrases by the field they are about, in the order of the page.

    ``once`` names this very form: sent twice, its effect happens once.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    several: Mapping[str, Sequence[str]] = field(default_factory=dict)
    uploads: Sequence[bytes] = ()
    once: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field, without blanks around it."""
        return self.fields.get(name, "").strip()[:LONGEST]

    def amount(self, name: str, currency: str, country: str) -> int:
        """An amount in minor units; 0 with a word in ``wrong`` where it cannot be read."""
        try:
            return read_amount(self.text(name), currency, country)
        except ValueError:
            self.wrong[name] = "wrong.amount"
            return 0

    def day(self, name: str) -> date | None:
        """A date; ``None`` with a word in ``wrong`` where it cannot be read."""
        text = self.text(name)
        try:
            if "/" in text:
                day, month, year = map(int, text.split("/"))
                return date(year, month, day)
            return date.fromisoformat(text)
        except ValueError:
            self.wrong[name] = "wrong.day"
            return None

    def files(self, name: str) -> list[AttachmentIn]:
        """The files that came; an unfit one leaves a word in ``wrong`` under ``name``."""
        found = []
        for content in self.uploads:
            try:
                found.append(check_attachment(content))
            except AttachmentRefused as refusal:
                self.wrong[name] = "wrong.file_size" if "large" in refusal.code else "wrong.file_kind"
        if len(found) > MOST:
            self.wrong[name] = "wrong.files"
        return found


async def read_form(request: Request, desk: Desk) -> Form:
    """The form of a POST; ``PortalStop`` when it was not made for this visit."""
    visit = await run_in_threadpool(visit_of, request, desk)
    try:
        data = await request.form(max_files=MOST + 1, max_fields=MOST_FIELDS)
    except MultiPartException:
        raise PortalStop("form") from None
    if visit is None:
        raise PortalStop("left" if request.url.path.startswith("/portal") else "cookies")
    if not desk.visits.is_secret(visit, str(data.get(SECRET, ""))):
        raise PortalStop("form")
    texts = {key: str(value) for key, value in data.items() if isinstance(value, str)}
    several = {key: [str(each) for each in data.getlist(key) if isinstance(each, str)] for key in data}
    return Form(texts, several, await _contents(data), _once(texts.get(ONCE, "")))


def new_once() -> str:
    """A name for a form that is about to be shown."""
    return uuid4().hex


async def _contents(data: FormData) -> list[bytes]:
    """The files of a form; of one that is too large just enough to know it."""
    uploads = [value for _, value in data.multi_items() if isinstance(value, UploadFile)]
    contents = [await upload.read(LARGEST + 1) for upload in uploads]
    return [content for content in contents if content]


def _once(text: str) -> str:
    try:
        return UUID(hex=text).hex
    except ValueError:
        raise PortalStop("form") from None


Posted = Annotated[Form, Depends(read_form)]
"""A route's parameter of this type is the form that was sent."""
