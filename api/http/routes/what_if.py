"""What-if: what a draft would do with the portfolio on the next date to run, node by node."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.routes.drafts import Choices, Document
from api.http.service import Parts

router = resource("/portfolios/{portfolio}/what-if", "what-if")

Reader = Annotated[Caller, may("strategy.read")]


class WhatIfIn(BaseModel):
    """A draft, saved or not, and what becomes of the accounts that stand in older versions."""

    document: Document
    choices: Choices = {}


class BlockedOut(BaseModel):
    """Messages that a rule puts off or refuses; a reason of the house has no law."""

    rule: str = Field(examples=["co-hours"])
    law: str = Field(examples=["Ley 2300 de 2023"])
    article: str = Field(examples=["art. 3"])
    pack: str = Field(description="The country's pack, or `default` for the house.", examples=["CO"])
    es: str
    en: str
    outcome: str = Field(description="`deferred` or `blocked`.")
    accounts: int
    amount: int


class CapacityOut(BaseModel):
    """What is asked of a node on the day, and what it can take."""

    asked: int
    room: int
    exceeded: bool


class NodeFiguresOut(BaseModel):
    """One node on the day; amounts and cost in minor units of the reporting currency."""

    arrived: int
    arrived_amount: int
    standing: int = Field(description="Accounts that stand here when the day is decided.")
    standing_amount: int
    held: int
    messages: int = Field(description="Messages that leave.")
    covered: int = Field(description="Further accounts listed in those messages.")
    cost: int
    tasks: int
    arbitration: int = Field(description="Accounts that wait because the person gets another message.")
    blocked: list[BlockedOut]
    capacity: CapacityOut | None


class EdgeFiguresOut(BaseModel):
    """One edge on the day."""

    source: str
    port: str
    accounts: int
    amount: int


class WhatIfOut(BaseModel):
    """The figures of a draft."""

    day: str = Field(description="The date that was evaluated: today's, or tomorrow's once today's has run.")
    as_of: str = Field(description="When the book was read.")
    accounts: int = Field(description="Accounts of the portfolio.")
    in_flight: int
    entrants: int
    left: dict[str, int] = Field(
        description="Accounts the publication lets leave, by node of older versions."
    )
    stayed: dict[str, int] = Field(description="Accounts that stay in an older version, by its node.")
    messages: int
    cost: int
    nodes: dict[str, NodeFiguresOut]
    edges: list[EdgeFiguresOut]
    outcomes: dict[str, int]
    others: dict[str, int] = Field(description="Accounts messaged by the other strategies.")
    seconds: float


class WalkIn(BaseModel):
    """A draft, and the number of the account that walks through it."""

    document: Document
    account: str = Field(min_length=1, max_length=200)


class StepOut(BaseModel):
    """A node that was passed, and the way out."""

    node: str
    port: str
    to: str


class WhyOut(BaseModel):
    """One sentence, in Spanish; `kind`: facts, entry, path, message, verdict or close."""

    kind: str
    text: str


class WalkOut(BaseModel):
    """One account through a draft on the next date to run."""

    account: str
    day: str
    as_of: str
    in_draft: bool
    steps: list[StepOut]
    stands_at: str
    state: str
    why: list[WhyOut]


@router.post("")
def what_if(portfolio: str, asked: WhatIfIn, who: Reader, parts: Parts) -> WhatIfOut:
    """Accounts, money, messages, cost and what the law blocks, on every node and edge of a draft."""
    parts.limits.count("what_if", who.name)
    choices: dict[str, Any] = {node: choice.model_dump() for node, choice in asked.choices.items()}
    return WhatIfOut.model_validate(parts.what_if.figures(portfolio, asked.document, choices))


@router.post("/walk")
def walk_account(portfolio: str, asked: WalkIn, who: Reader, parts: Parts) -> WalkOut:
    """One account through a draft, step by step, and why."""
    parts.limits.count("what_if", who.name)
    return WalkOut.model_validate(parts.what_if.walk(portfolio, asked.document, asked.account))
