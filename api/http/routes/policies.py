"""Contact policies: the law packs and their rules, a portfolio's policy, and asking for a change."""

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import Anyone, may
from api.http.resource import resource
from api.http.routes.approvals import ApprovalOut, approval_out
from api.http.service import Parts
from api.usecases.access.approval_kinds import POLICY
from api.usecases.access.ask_approval import Request, ask_approval
from api.usecases.book.change_policy import PolicyChange, expect_change
from engine.contact_policy import Pack, load_pack, pack_keys
from engine.contact_policy.listing import parameters
from engine.errors import PolicyError

router = resource("", "policies")

Reader = Annotated[Caller, may("policy.read")]
Editor = Annotated[Caller, may("policy.edit")]


class RuleOut(BaseModel):
    """One rule of a pack, as it is read: the strictest way."""

    id: str
    kind: str
    law: str
    article: str
    confidence: str
    es: str
    en: str
    parameters: str
    channels: list[str]


class QuestionOut(BaseModel):
    """A yellow flag: what counsel still has to say."""

    id: str
    es: str
    en: str


class PackOut(BaseModel):
    """A country's law pack. It is no legal advice: counsel approves it, by its hash."""

    key: str
    es: str
    en: str
    version: str
    status: Literal["ready", "draft"]
    as_of: str
    sha256: str
    open_questions: list[QuestionOut]
    rules: list[RuleOut]


class PacksOut(BaseModel):
    """Every pack that ships."""

    items: list[PackOut]


class PolicyOut(BaseModel):
    """A portfolio's policy as it is set; the packs of its countries bind besides."""

    country: str
    settings: dict[str, Any]


class PolicyAsk(BaseModel):
    """A change to ask a second person for."""

    change: PolicyChange
    note: str = Field("", max_length=2000)


@router.get("/packs")
def list_packs(who: Anyone) -> PacksOut:
    """Every law pack with its rules: everyone may read the law."""
    return PacksOut(items=[_pack(load_pack(key)) for key in pack_keys()])


@router.get("/packs/{pack}")
def read_pack(pack: Annotated[str, Path(max_length=20)], who: Anyone) -> PackOut:
    """One law pack."""
    if pack not in pack_keys():
        raise PolicyError(f"there is no pack {pack!r}", place=pack, code="pack.unknown")
    return _pack(load_pack(pack))


@router.get("/portfolios/{portfolio}/policy")
def read_policy(portfolio: str, who: Reader, parts: Parts) -> PolicyOut:
    """A portfolio's policy: approved and confirmed packs, caps and prices."""
    with parts.database.connection() as connection:
        country, settings = connection.execute(
            "SELECT country, settings FROM portfolio WHERE key = %s", [portfolio]
        ).fetchall()[0]
    shown = {name: settings[name] for name in PolicyChange.model_fields if name in settings}
    return PolicyOut(country=country, settings=shown)


@router.post("/portfolios/{portfolio}/policy/requests", status_code=201)
def ask_policy(portfolio: str, asked: PolicyAsk, who: Editor, parts: Parts) -> ApprovalOut:
    """Ask a second person to change the policy."""
    body = asked.change.model_dump(exclude_none=True)
    expect_change(body)
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    request = Request(POLICY, portfolio_id, portfolio, body, asked.note)
    return approval_out(parts, ask_approval(parts.database, parts.clock, request, by=who.person))


def _pack(pack: Pack) -> PackOut:
    return PackOut(
        key=pack.key,
        es=pack.name_es,
        en=pack.name_en,
        version=pack.version,
        status=pack.status,
        as_of=pack.as_of,
        sha256=pack.sha256,
        open_questions=[
            QuestionOut(id=each.id, es=each.text_es, en=each.text_en) for each in pack.open_questions
        ],
        rules=[
            RuleOut(
                id=rule.id,
                kind=rule.kind,
                law=rule.law,
                article=rule.article,
                confidence=rule.confidence,
                es=rule.text_es,
                en=rule.text_en,
                parameters=parameters(rule),
                channels=list(rule.channels),
            )
            for rule in pack.rules
        ],
    )
