"""What happened and what it calls for: domain events, reaction sets, conversations, cases, webhooks out."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel, Text

from storage.tables.columns import NOW, big, count, document, flag, identity, instant, small, words


class DomainEventRow(SQLModel, table=True):
    """One thing that happened, accepted once per (source, reference, name), until it was reacted to.

    State: ``new``, ``done``, or ``dead`` when it could not be worked and waits for a person.
    """

    __tablename__ = "domain_event"
    id: int | None = identity()
    name: str = words()
    at: datetime = instant()
    received_at: datetime = instant(NOW)
    source: str = words()
    reference: str = words()
    person_id: int | None = big(nullable=True)
    account_ids: list[int] = Field(
        sa_column=Column(ARRAY(BigInteger), server_default=text("'{}'"), nullable=False)
    )
    amount: int | None = big(nullable=True)
    channel: int | None = small(nullable=True)
    intent: str = words(default="")
    settled: bool | None = None
    body: dict[str, object] = document()
    state: str = words(default="new")
    tries: int = small(0)
    leased_until: datetime | None = instant(default=None, nullable=True)
    reason: str = words(default="")
    reacted_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        UniqueConstraint("source", "reference", "name"),
        Index("domain_event_new", "id", postgresql_where=text("state = 'new'")),
        Index("domain_event_turn", "person_id", "id", postgresql_where=text("state = 'new'")),
        Index("domain_event_dead", "id", postgresql_where=text("state = 'dead'")),
    )


class ReactionSetRow(SQLModel, table=True):
    """One version of a portfolio's own reactions; a second person makes it ``active``."""

    __tablename__ = "reaction_set"
    id: int | None = identity()
    portfolio_id: int
    number: int
    body: dict[str, object] = document()
    content_hash: str = words()
    state: str = words(default="proposed")
    proposed_by: str = words()
    proposed_at: datetime = instant(NOW)
    approved_by: str | None = words(nullable=True, default=None)
    approved_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        UniqueConstraint("portfolio_id", "number"),
        Index("reaction_set_active", "portfolio_id", unique=True, postgresql_where=text("state = 'active'")),
    )


class Conversation(SQLModel, table=True):
    """A talk with a person about the debts of one creditor; at most one of them is open.

    ``wrote_at`` is when the person last wrote, ``answered_at`` when they were last answered by a person of
    ours; ``in_hand_s`` the seconds it was in earlier hands.
    """

    id: int | None = identity()
    person_id: int = big()
    creditor_id: int
    portfolio_id: int | None = None
    channel: int = small(0)
    reason: str = words()
    state: str = words(default="open")
    opened_at: datetime = instant()
    last_at: datetime = instant()
    wrote_at: datetime | None = instant(default=None, nullable=True)
    answered_at: datetime | None = instant(default=None, nullable=True)
    first_answer_at: datetime | None = instant(default=None, nullable=True)
    assigned_to: str | None = words(nullable=True, default=None)
    assigned_at: datetime | None = instant(default=None, nullable=True)
    in_hand_s: int = count(0)
    outcome: str = words(default="")
    closed_at: datetime | None = instant(default=None, nullable=True)
    closed_by: str | None = words(nullable=True, default=None)
    __table_args__ = (
        Index(
            "conversation_open", "person_id", "creditor_id", unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("conversation_inbox", "portfolio_id", postgresql_where=text("state = 'open'")),
        Index("conversation_closed", "portfolio_id", "closed_at", postgresql_where=text("state = 'closed'")),
    )  # fmt: skip


class Dispute(SQLModel, table=True):
    """A person who does not agree with a debt; collection of it stops until somebody answers."""

    id: int | None = identity()
    account_id: int = big()
    person_id: int = big()
    reason: str = words()
    said: str = words(default="")
    via: str = words()
    reference: str = words(unique=True)
    state: str = words(default="open")
    opened_at: datetime = instant()
    closed_at: datetime | None = instant(default=None, nullable=True)
    closed_by: str | None = words(nullable=True, default=None)
    answer: str = words(default="")
    __table_args__ = (Index("dispute_account", "account_id"),)


class Complaint(SQLModel, table=True):
    """A complaint about how somebody was collected from, with its number and legal term (row C8)."""

    id: int | None = identity()
    number: str = words(unique=True)
    person_id: int = big()
    creditor_id: int
    account_id: int | None = big(nullable=True)
    channel: str = words()
    cause: str = words()
    said: str = words(default="")
    message_id: str = words(default="")
    agent: str = words(default="")
    agency: str = words(default="")
    received_at: datetime = instant()
    answer_by: date
    state: str = words(default="open")
    answer: str = words(default="")
    outcome: str = words(default="")
    closed_at: datetime | None = instant(default=None, nullable=True)
    closed_by: str | None = words(nullable=True, default=None)
    __table_args__ = (Index("complaint_person", "person_id"),)


class Protection(SQLModel, table=True):
    """Why a person must not be collected from; the reason is for compliance only (row C9)."""

    id: int | None = identity()
    person_id: int = big()
    stop: int = big()
    reason: str = words(default="")
    by: str = words()
    since_on: date
    review_on: date
    lifted_on: date | None = None
    lifted_by: str | None = words(nullable=True, default=None)
    __table_args__ = (Index("protection_person", "person_id"),)


class ReplyExample(SQLModel, table=True):
    """A reply a person put right: what it says and what it means, for the next training."""

    __tablename__ = "reply_example"
    id: int | None = identity()
    text: str = words(unique=True)
    intent: str = words()
    by: str = words()
    at: datetime = instant(NOW)


class WebhookEndpoint(SQLModel, table=True):
    """Where a system of the client wants to hear of events, and the secret that signs them."""

    __tablename__ = "webhook_endpoint"
    id: int | None = identity()
    portfolio_id: int | None = None
    url: str = words()
    secret: str = words()
    events: list[str] = Field(sa_column=Column(ARRAY(Text), server_default=text("'{}'"), nullable=False))
    active: bool = flag(True)
    created_by: str = words()
    created_at: datetime = instant(NOW)


class WebhookDelivery(SQLModel, table=True):
    """One event for one endpoint: tried until taken, then ``dead`` and listed.

    State: ``due``, ``delivered`` or ``dead``. ``id`` is the ``webhook-id`` receivers deduplicate by.
    """

    __tablename__ = "webhook_delivery"
    id: int | None = identity()
    endpoint_id: int = big()
    event: str = words()
    body: dict[str, object] = document()
    state: str = words(default="due")
    tries: int = count(0)
    next_at: datetime = instant(NOW)
    status: int | None = None
    reason: str = words(default="")
    created_at: datetime = instant(NOW)
    settled_at: datetime | None = instant(default=None, nullable=True)
    __table_args__ = (
        Index("webhook_delivery_due", "next_at", postgresql_where=text("state = 'due'")),
        Index("webhook_delivery_dead", "id", postgresql_where=text("state = 'dead'")),
    )
