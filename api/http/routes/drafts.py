"""Strategies being drawn: saved with their ETag, judged, and asked for to be published."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.etags import IfMatch, etag, expect_revision
from api.http.resource import REVISED, resource
from api.http.routes.approvals import ApprovalOut, approval_out
from api.http.routes.strategies import Key, Number, readable
from api.http.service import Parts, Service
from api.usecases.access.approval_kinds import MOVE, PUBLICATION, choices_of
from api.usecases.access.ask_approval import Request, ask_approval
from api.usecases.strategies import list_strategies as lists
from api.usecases.strategies import save_draft as saving
from api.usecases.strategies.judge_draft import Judgement, judge_draft
from api.usecases.strategies.preview_publication import preview_publication
from api.usecases.strategies.publish_strategy import NotPublishable
from engine.findings import Finding
from storage import drafts

router = resource("/portfolios/{portfolio}/strategies", "drafts")

Reader = Annotated[Caller, may("strategy.read")]
Editor = Annotated[Caller, may("strategy.edit")]
Mover = Annotated[Caller, may("bulk.ask")]

EXAMPLE: dict[str, Any] = {
    "schema_version": 1,
    "key": "mora-temprana",
    "name": "Mora temprana",
    "exit_when": "mora",
    "nodes": [
        {"id": "entrada", "kind": "segment", "when": {"fact": "days_past_due", "op": ">=", "value": 1}},
        {"id": "salida", "kind": "end", "outcome": "recorrida"},
    ],
    "edges": [{"source": "entrada", "target": "salida"}],
}
Document = Annotated[dict[str, Any], Field(description="A strategy document.", examples=[EXAMPLE])]


class DraftOut(BaseModel):
    """A draft as it was last saved."""

    key: str
    document: dict[str, Any]
    revision: int
    saved_by: str
    saved_at: datetime


class Saved(BaseModel):
    """The revision a document was saved as; it is the ETag."""

    revision: int


class Judge(BaseModel):
    """A document to judge."""

    document: Document


class FindingOut(BaseModel):
    """One finding; errors block, warnings ask."""

    code: str
    place: str = Field(description="A node's id, or a path in the document.")
    severity: Literal["error", "warning"]
    es: str
    en: str
    hint: str


class DayOut(BaseModel):
    """What one day of an example came to."""

    day: int
    date: date
    messages: list[str]
    node: str
    outcome: str


class FailureOut(BaseModel):
    """An expectation that was not met."""

    day: int
    es: str
    en: str


class ExampleOut(BaseModel):
    """One example played."""

    name: str
    passed: bool
    failures: list[FailureOut]
    days: list[DayOut]


class JudgementOut(BaseModel):
    """Everything that is wrong with a document, and how its examples play."""

    publishable: bool
    content_hash: str | None
    findings: list[FindingOut]
    examples: list[ExampleOut]


class ChoiceIn(BaseModel):
    """What becomes of the accounts that stand at a node."""

    kind: Literal["stay", "move", "exit"]
    target: str = Field("", max_length=64, description="For a move: the node of the new version.")


Choices = Annotated[dict[str, ChoiceIn], Field(max_length=300, examples=[{"espera": {"kind": "exit"}}])]


class Preview(BaseModel):
    """A document and the choices for accounts in flight."""

    document: Document
    choices: Choices = {}


class NodeInFlight(BaseModel):
    """Accounts at one node of a version, and what would become of them."""

    version_id: int
    node: str
    accounts: int
    in_flight: int = Field(description="Of them, with a message on its way: they move after its outcome.")
    becomes: Literal["stay", "move", "exit"]
    target: str


class InFlightOut(BaseModel):
    """The accounts in flight, version by version and node by node."""

    items: list[NodeInFlight]


class Ask(BaseModel):
    """A request for publication."""

    note: str = Field("", max_length=2000)
    effective_on: date | None = Field(None, description="The date it is published on; null: when granted.")
    choices: Choices = {}


class Move(BaseModel):
    """A request to move the accounts of older versions."""

    choices: Choices
    note: str = Field("", max_length=2000)


@router.get("/{key}/draft", responses={200: {"headers": {"ETag": {"schema": {"type": "string"}}}}})
def read_draft(portfolio: str, key: Key, who: Reader, parts: Parts, response: Response) -> DraftOut:
    """The draft, with its ETag."""
    with parts.database.connection() as connection:
        draft = drafts.expect(connection, parts.doorkeeper.portfolio_id(portfolio), key)
    response.headers["ETag"] = etag(draft.revision)
    return DraftOut(
        key=draft.key,
        document=draft.body,
        revision=draft.revision,
        saved_by=draft.saved_by,
        saved_at=draft.saved_at,
    )


@router.put("/{key}/draft", responses=REVISED)
def save_draft(
    portfolio: str,
    key: Key,
    document: Document,
    who: Editor,
    parts: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Saved:
    """Save the draft over the revision one has seen (`If-Match: "0"`: a new one), finished or not."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    seen = expect_revision(if_match, key)
    revision = saving.save_draft(
        parts.database, parts.clock, portfolio_id, key, document, seen=seen, by=who.person
    )
    response.headers["ETag"] = etag(revision)
    return Saved(revision=revision)


@router.delete("/{key}/draft", status_code=204, responses=REVISED)
def drop_draft(portfolio: str, key: Key, who: Editor, parts: Parts, if_match: IfMatch = None) -> None:
    """Throw the draft away."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    seen = expect_revision(if_match, key)
    saving.drop_draft(parts.database, parts.clock, portfolio_id, key, seen=seen, by=who.person)


@router.post("/validate")
def validate_strategy(portfolio: str, asked: Judge, who: Reader, parts: Parts) -> JudgementOut:
    """Everything that is wrong with a document, and how its examples play; nothing is saved."""
    return _judgement(judge_draft(parts.database, portfolio, asked.document))


@router.post("/in-flight")
def preview_in_flight(portfolio: str, asked: Preview, who: Reader, parts: Parts) -> InFlightOut:
    """What publishing a document would do with the accounts in flight, node by node."""
    choices = {node: choice.model_dump() for node, choice in asked.choices.items()}
    lines = preview_publication(parts.database, portfolio, readable(asked.document), choices_of(choices))
    told = [
        NodeInFlight(
            version_id=line.version_id,
            node=line.node,
            accounts=line.accounts,
            in_flight=line.in_flight,
            becomes=line.move.kind,
            target=line.move.target,
        )
        for line in lines
    ]
    return InFlightOut(items=told)


@router.post("/{key}/requests", status_code=201, responses=REVISED)
def ask_publication(
    portfolio: str, key: Key, asked: Ask, who: Editor, parts: Parts, if_match: IfMatch = None
) -> ApprovalOut:
    """Ask a second person to publish the draft as it stands; refused while something blocks it."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    seen = expect_revision(if_match, key)
    with parts.database.connection() as connection:
        draft = drafts.expect(connection, portfolio_id, key)
    if draft.revision != seen:
        raise drafts.stale(draft)
    return _ask(parts, portfolio, key, draft.body, asked, who, {"revision": draft.revision})


@router.post("/{key}/versions/{number}/requests", status_code=201)
def ask_rollback(
    portfolio: str, key: Key, number: Number, asked: Ask, who: Editor, parts: Parts
) -> ApprovalOut:
    """Ask a second person to roll back: an earlier version is published again as the newest."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    with parts.database.connection() as connection:
        _, document = lists.read_version(connection, portfolio_id, key, number)
    return _ask(parts, portfolio, key, document, asked, who, {"rolls_back_to": number})


@router.post("/{key}/moves", status_code=201)
def ask_move(portfolio: str, key: Key, asked: Move, who: Mover, parts: Parts) -> ApprovalOut:
    """Ask a second person to move the accounts of older versions to the one in force, or let them leave."""
    portfolio_id = parts.doorkeeper.portfolio_id(portfolio)
    lists.expect_line(parts.database, portfolio_id, key)
    body = {"choices": {node: choice.model_dump() for node, choice in asked.choices.items()}}
    request = Request(MOVE, portfolio_id, key, body, asked.note)
    return approval_out(parts, ask_approval(parts.database, parts.clock, request, by=who.person))


def _ask(
    parts: Service,
    portfolio: str,
    key: str,
    document: dict[str, Any],
    asked: Ask,
    who: Caller,
    more: dict[str, Any],
) -> ApprovalOut:
    judged = judge_draft(parts.database, portfolio, document)
    if judged.strategy is None or not judged.publishable:
        strategy = judged.strategy or readable(document)
        errors = [finding for finding in judged.findings if finding.blocks]
        red = [example for example in judged.examples if not example.passed]
        raise NotPublishable(strategy, errors, red)
    if judged.strategy.key != key:
        raise NotPublishable(judged.strategy, judged.findings, [])
    choices = {node: choice.model_dump() for node, choice in asked.choices.items()}
    body = {"document": judged.strategy.model_dump(mode="json", by_alias=True), "choices": choices} | more
    request = Request(
        PUBLICATION, parts.doorkeeper.portfolio_id(portfolio), key, body, asked.note, asked.effective_on
    )
    return approval_out(parts, ask_approval(parts.database, parts.clock, request, by=who.person))


def _judgement(judged: Judgement) -> JudgementOut:
    return JudgementOut(
        publishable=judged.publishable,
        content_hash=judged.strategy.content_hash() if judged.strategy else None,
        findings=[finding_out(finding) for finding in judged.findings],
        examples=[
            ExampleOut(
                name=example.name,
                passed=example.passed,
                failures=[
                    FailureOut(day=each.day, es=each.message_es, en=each.message_en)
                    for each in example.failures
                ],
                days=[
                    DayOut(
                        day=each.day,
                        date=each.date,
                        messages=list(each.messages),
                        node=each.node,
                        outcome=each.outcome,
                    )
                    for each in example.story
                ],
            )
            for example in judged.examples
        ],
    )


def finding_out(finding: Finding) -> FindingOut:
    """A finding as it is told."""
    return FindingOut(
        code=finding.code,
        place=finding.place,
        severity=finding.severity.value,
        es=finding.message_es,
        en=finding.message_en,
        hint=finding.hint,
    )
