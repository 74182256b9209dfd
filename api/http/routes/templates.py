"""Message templates: read, checked, previewed with a real account, drafted and asked to be approved."""

from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.etags import IfMatch, etag, expect_revision
from api.http.resource import REVISED, resource
from api.http.routes.approvals import ApprovalOut, approval_out
from api.http.routes.drafts import FindingOut, finding_out
from api.http.service import Parts
from api.usecases.access.approval_kinds import TEMPLATE
from api.usecases.access.ask_approval import Request, ask_approval
from api.usecases.templates.draft_template import draft_template
from api.usecases.templates.list_templates import expect_template, list_templates
from api.usecases.templates.preview_template import preview_template
from channels.template_checks import check_message_template
from channels.templates import CATALOGUE, MessageTemplate

router = resource("/portfolios/{portfolio}/templates", "templates")

Key = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,99}$", examples=["mora_1_30_sms"])]
Reader = Annotated[Caller, may("template.read")]
Editor = Annotated[Caller, may("template.edit")]


class TemplateOut(BaseModel):
    """A template in short."""

    key: str
    name: str
    channel: str
    language: str
    version: int = Field(description="The newest version.")
    state: str = Field(description="Of the newest version: draft, approved, or as a provider holds it.")
    approved_version: int | None = Field(description="The version that is sent.")


class VariableOut(BaseModel):
    """Something a template may say."""

    name: str
    kind: str
    es: str
    en: str
    sample: str | int
    sensitive: bool
    fallback: str


class TemplatesOut(BaseModel):
    """Every template, and what they may say."""

    items: list[TemplateOut]
    variables: list[VariableOut]


class TemplateDocument(BaseModel):
    """The newest version of a template; its number is the ETag."""

    version: int
    state: str
    template: MessageTemplate


class Checked(BaseModel):
    """Everything that is wrong with a template."""

    findings: list[FindingOut]


class PreviewIn(BaseModel):
    """A template, saved or not, and the account it is shown with."""

    template: MessageTemplate
    account: str = Field(min_length=1, max_length=200)
    verified: bool = Field(True, description="Whether the address is a verified one of the debtor.")


class PreviewOut(BaseModel):
    """The message as a person would read it."""

    subject: str
    text: str
    html: str
    segments: int | None = Field(description="Of a text message: how many it counts as.")
    samples: list[str] = Field(description="Variables filled with a sample.")


class DraftedTemplate(BaseModel):
    """The version it was kept as."""

    version: int


class AskTemplate(BaseModel):
    """A word to go with the request."""

    note: str = Field("", max_length=2000)


@router.get("")
def read_templates(portfolio: str, who: Reader, parts: Parts) -> TemplatesOut:
    """Every template, and the variables there are."""
    return TemplatesOut(
        items=[TemplateOut(**line) for line in list_templates(parts.database)],
        variables=[
            VariableOut(
                name=each.name,
                kind=each.kind,
                es=each.meaning_es,
                en=each.meaning_en,
                sample=each.sample,
                sensitive=each.sensitive,
                fallback=each.fallback,
            )
            for each in CATALOGUE
        ],
    )


@router.get("/{key}")
def read_template(
    portfolio: str, key: Key, who: Reader, parts: Parts, response: Response
) -> TemplateDocument:
    """The newest version of one template, with its ETag."""
    version, state, template = expect_template(parts.database, key)
    response.headers["ETag"] = etag(version)
    return TemplateDocument(version=version, state=state, template=template)


@router.post("/check")
def check_template(portfolio: str, asked: MessageTemplate, who: Reader) -> Checked:
    """Everything that is wrong with a template; nothing is saved."""
    return Checked(findings=[finding_out(each) for each in check_message_template(asked)])


@router.post("/preview")
def show_template(portfolio: str, asked: PreviewIn, who: Reader, parts: Parts) -> PreviewOut:
    """A template with a real account; the name is masked without `person.see`."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    told = preview_template(
        parts.database,
        portfolio_id,
        asked.template,
        asked.account,
        verified=asked.verified,
        clear=who.may("person.see", portfolio_id),
    )
    return PreviewOut(
        subject=told.subject,
        text=told.text,
        html=told.html,
        segments=told.segments,
        samples=list(told.samples),
    )


@router.put("/{key}", responses=REVISED)
def save_template(
    portfolio: str,
    key: Key,
    asked: MessageTemplate,
    who: Editor,
    parts: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> DraftedTemplate:
    """Keep a new version (`If-Match`: the newest one, `"0"` for a new template); sent once approved."""
    seen = expect_revision(if_match, key)
    template: Any = asked.model_copy(update={"key": key})
    version = draft_template(parts.database, parts.clock, template, seen=seen, by=who.person)
    response.headers["ETag"] = etag(version)
    return DraftedTemplate(version=version)


@router.post("/{key}/requests", status_code=201, responses=REVISED)
def ask_template(
    portfolio: str, key: Key, asked: AskTemplate, who: Editor, parts: Parts, if_match: IfMatch = None
) -> ApprovalOut:
    """Ask a second person to approve the version that was seen."""
    version = expect_revision(if_match, key)
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    expect_template(parts.database, key, version)
    request = Request(TEMPLATE, portfolio_id, key, {"version": version}, asked.note)
    return approval_out(parts, ask_approval(parts.database, parts.clock, request, by=who.person))
