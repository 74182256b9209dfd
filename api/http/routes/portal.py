"""The portal seen from the desk: a person's link for whoever attends them, and the files they sent."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts, Service
from api.portal_links import open_portal_links
from api.usecases.book.find_account import account_of, find_account
from api.usecases.people.give_portal_link import give_portal_link
from engine.errors import BookError
from storage import attachments
from storage.attachments import AttachmentSeen

router = resource("/portfolios/{portfolio}", "portal")

Number = Annotated[str, Path(min_length=1, max_length=100)]
AttachmentId = Annotated[int, Path(ge=1, le=2**62)]
FILE: dict[str, Any] = {"content": {"application/octet-stream": {}}, "description": "The file."}
ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
}


class LinkBody(BaseModel):
    """Whether older links of the person are shut, and their identity step unlocked."""

    replace: bool = False


class LinkOut(BaseModel):
    """A link to the portal of one person and creditor."""

    url: str = Field(examples=["https://cobros.example/p/kQ3vJ0mZt7Rr2yXcWb1dLs9A"])
    made_at: datetime


class AttachmentOut(BaseModel):
    """A picture or paper a person sent."""

    id: int
    kind: str = Field(description="receipt or dispute.")
    via: str
    media_type: str
    size: int = Field(description="In bytes.")
    at: datetime


class AttachmentsOut(BaseModel):
    """The files about an account, the newest first."""

    items: list[AttachmentOut]


@router.post("/accounts/{number}/portal-link")
def give_a_portal_link(
    parts: Parts,
    who: Annotated[Caller, may("promise.write")],
    portfolio: str,
    number: Number,
    body: LinkBody,
) -> LinkOut:
    """The link of the account's person: it shows nothing before they prove who they are."""
    links = open_portal_links(parts.settings)
    given = give_portal_link(
        parts.database, parts.clock, links, portfolio, number, by=who.name, replace=body.replace
    )
    return LinkOut(url=given.address, made_at=given.made_at)


@router.get("/accounts/{number}/attachments")
def list_attachments(
    parts: Parts, who: Annotated[Caller, may("person.see")], portfolio: str, number: Number
) -> AttachmentsOut:
    """The receipts and papers sent about an account."""
    del who
    account = find_account(parts.database, parts.doorkeeper.portfolio_id(portfolio), number)
    with parts.database.connection() as connection:
        rows = attachments.of_account(connection, account.id)
    return AttachmentsOut(items=[_told(row) for row in rows])


@router.get("/attachments/{attachment}", response_class=Response, responses={200: FILE})
def read_attachment(
    parts: Parts, who: Annotated[Caller, may("person.see")], portfolio: str, attachment: AttachmentId
) -> Response:
    """One of them, as it came; to be saved, never shown inside a page of ours."""
    del who
    seen = _of_portfolio(parts, portfolio, attachment)
    with parts.database.connection() as connection:
        content = attachments.content_of(connection, attachment)
    if content is None:
        raise BookError(f"no existe el archivo {attachment}", code="attachment.unknown")
    name = f"{seen.kind}-{seen.id}.{ENDINGS.get(seen.media_type, 'bin')}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=seen.media_type, headers=headers)


def _of_portfolio(parts: Service, portfolio: str, attachment_id: int) -> AttachmentSeen:
    """A file about an account of this portfolio; any other is unknown here."""
    with parts.database.connection() as connection:
        seen = attachments.find(connection, attachment_id)
    mine = parts.doorkeeper.portfolio_id(portfolio)
    if seen is None or account_of(parts.database, seen.account_id).portfolio_id != mine:
        raise BookError(f"no existe el archivo {attachment_id}", code="attachment.unknown")
    return seen


def _told(row: AttachmentSeen) -> AttachmentOut:
    return AttachmentOut(
        id=row.id, kind=row.kind, via=row.via, media_type=row.media_type, size=row.size, at=row.at
    )
