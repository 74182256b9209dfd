"""Payment links, the payments providers tell of, and what is to be asked of a provider."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel

from storage.tables.columns import NOW, big, count, flag, instant, small, words


class PaymentLink(SQLModel, table=True):
    """A page of a provider on which a person pays; at most one is open for a purpose.

    State: ``opening`` (asked for, no answer yet), ``live``, ``paid``, ``expired``, ``superseded``,
    ``refused`` (by the provider) or ``reversed``. Its id is the reference the provider brings back, and the
    key by which creating it twice makes one. ``amounts`` stand beside ``account_ids``; ``provider_open``
    while the provider may still take money on a page we gave up; ``paid`` is what is booked of it now.
    """

    __tablename__ = "payment_link"
    id: UUID = Field(primary_key=True)
    portfolio_id: int
    person_id: int = big()
    purpose: str = words()
    provider: str = words()
    provider_id: str = words(default="")
    url: str = words(default="")
    amount: int = big()
    currency: str = words()
    account_ids: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    amounts: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    description: str = words()
    return_url: str = words()
    state: str = words(default="opening")
    reason: str = words(default="")
    provider_open: bool = flag()
    paid: int = big(0)
    made_at: datetime = instant()
    expires_at: datetime = instant()
    closed_at: datetime | None = instant(default=None, nullable=True)
    by: str = words()
    __table_args__ = (
        Index(
            "payment_link_open", "portfolio_id", "purpose", unique=True,
            postgresql_where=text("state IN ('opening', 'live')"),
        ),
        Index("payment_link_accounts", "account_ids", postgresql_using="gin"),
        Index("payment_link_listed", "portfolio_id", "made_at", "id"),
        Index("payment_link_to_close", "id", postgresql_where=text("provider_open")),
    )  # fmt: skip


class PaymentCharge(SQLModel, table=True):
    """One payment as its provider last told it; ``booked`` is what of it stands in the book now.

    ``generation`` counts how often its money was written to the book: what was reversed is never written
    again under the same reference.
    """

    __tablename__ = "payment_charge"
    provider: str = words(primary_key=True)
    charge_id: str = words(primary_key=True)
    link_id: UUID = Field(index=False)
    state: str = words()
    amount: int = big()
    currency: str = words()
    refunded: int = big(0)
    booked: int = big(0)
    generation: int = small(0)
    paid_at: datetime = instant()
    seen_at: datetime = instant()
    __table_args__ = (Index("payment_charge_link", "link_id"),)


class PaymentCheck(SQLModel, table=True):
    """Something to ask a provider: what became of a ``charge`` or a ``link``; gone once it was answered.

    ``asked`` counts the calls for it, so that one which comes while it is worked is not lost; after a try
    that failed it waits until ``next_at``.
    """

    __tablename__ = "payment_check"
    provider: str = words(primary_key=True)
    kind: str = words(primary_key=True)
    subject: str = words(primary_key=True)
    asked: int = count(1)
    asked_at: datetime = instant(NOW)
    tries: int = small(0)
    next_at: datetime = instant(NOW)
