"""What the routes of conversations and tasks tell: one of them, its debts, what is lawful, what happened."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.delivery import lawful
from api.masking import mask_address, mask_name
from api.usecases.replies.read_conversations import TemplateOffered
from engine.vocabulary import Channel, HoldKind
from storage.conversation_timeline import Entry
from storage.conversations_seen import DebtSeen, TalkSeen


class ConversationOut(BaseModel):
    """A conversation; money in whole minor units of ``currency``."""

    id: int
    state: str = Field(description="open or closed.")
    person: str = Field(description="Masked without `person.see`.")
    channel: str
    reason: str
    accounts: list[str]
    value: int
    currency: str
    opened_at: datetime
    last_at: datetime
    last_words: str = Field(description="The beginning of what the person wrote last.")
    wrote_at: datetime | None
    answered_at: datetime | None
    waiting: bool = Field(description="The person wrote last.")
    window_until: datetime | None = Field(description="WhatsApp's 24 hours; null: shut.")
    assigned_to: str | None
    assigned_at: datetime | None
    first_answer_s: int | None
    in_hand_s: int
    closed_at: datetime | None
    closed_by: str | None
    outcome: str


class DebtOut(BaseModel):
    """A debt beside a conversation or task, in whole minor units."""

    account: str
    amount_to_cure: int
    outstanding_balance: int
    currency: str
    due_on: date | None
    promise_open: bool
    dispute_open: bool
    holds: list[str]


class LawfulOut(BaseModel):
    """Whether a person may be contacted by a channel now, and if not, by which law and article."""

    channel: str
    may: bool
    mode: str = Field(description="`free`: any words; `template`: an approved template.")
    code: str
    reason: str
    law: str
    article: str
    until: datetime | None = Field(description="When it may be made, where that is known.")
    window_until: datetime | None
    address: str = Field(description="Masked without `person.see`.")


class TemplateOut(BaseModel):
    """An approved template."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    channel: str


class EntryOut(BaseModel):
    """One thing that happened."""

    at: datetime
    kind: str
    account: str
    what: dict[str, Any]


class ConversationDetail(BaseModel):
    """A conversation with all that an agent looks at."""

    conversation: ConversationOut
    language: str
    debts: list[DebtOut]
    channels: list[LawfulOut]
    templates: list[TemplateOut]
    timeline: list[EntryOut]


class AgentFiguresOut(BaseModel):
    """What one agent has in hand; seconds are medians of a week."""

    model_config = ConfigDict(from_attributes=True)

    login: str
    open: int
    waiting: int
    closed_today: int
    first_answer_s: int | None
    in_hand_s: int | None


class FiguresOut(BaseModel):
    """The inbox in numbers."""

    open: int
    unassigned: int
    waiting: int
    agents: list[AgentFiguresOut]


def conversation_out(talk: TalkSeen, clear: bool) -> ConversationOut:
    """A conversation as it is told, the person masked unless ``clear``."""
    told = {name: getattr(talk, name) for name in ConversationOut.model_fields}
    return ConversationOut(
        **told
        | {
            "person": talk.person if clear else mask_name(talk.person),
            "channel": Channel(talk.channel).word if talk.channel else "",
            "accounts": talk.accounts or [],
        }
    )


def debt_out(debt: DebtSeen) -> DebtOut:
    """A debt as it is told."""
    told = {name: getattr(debt, name) for name in DebtOut.model_fields if name != "holds"}
    return DebtOut(**told, holds=[kind.word for kind in HoldKind if debt.hold_kinds >> kind & 1])


def lawful_out(told: lawful.Lawful, clear: bool) -> LawfulOut:
    """What the law says, the address masked unless ``clear``."""
    shown = {name: getattr(told, name) for name in LawfulOut.model_fields}
    address = told.address if clear else mask_address(told.kind, told.address)
    return LawfulOut(**shown | {"channel": told.channel.word, "address": address})


def template_out(template: TemplateOffered) -> TemplateOut:
    """A template as it is offered."""
    return TemplateOut.model_validate(template)


def entry_out(entry: Entry) -> EntryOut:
    """One line of a timeline."""
    return EntryOut(at=entry.at, kind=entry.kind, account=entry.account, what=entry.what)
