"""Persons, how they can be reached, and what they said about being contacted.

``shard`` is a hash of the person, 0 to 255: caps, slots and arbitration are per person.
"""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from storage.tables.columns import NOW, big, count, flag, identity, instant, octets, small, words


class Person(SQLModel, table=True):
    """A customer, found by the blind index of id type and number; never merged by phone."""

    id: int | None = identity()
    identity_index: bytes = octets(unique=True)
    shard: int = small()
    name: str = words()
    customer_type: int = small(0)
    place_id: int = small()
    language: str = words(default="es")
    risk_score: int | None = None
    payer_profile: int = small(0)
    customer_since_on: date | None = None
    labels: int = big(0)
    payday_calendar: int = small(0)
    preferred_channel: int = small(0)
    preferred_payment_method: int = small(0)
    reachable_channels: int = big(0)
    verified_channels: int = big(0)
    consented_channels: int = big(0)
    denied_channels: int = big(0)
    stops: int = big(0)
    last_reply_on: date | None = None
    last_intent: int | None = small(nullable=True)
    last_contact_on: date | None = None
    contacts_7d: int = count(0)
    last_message_status: int | None = small(nullable=True)
    best_hour: int | None = small(nullable=True)
    fictitious: bool = flag()
    revision: int = count(0)
    __table_args__ = (Index("person_shard", "shard"),)


class ContactPoint(SQLModel, table=True):
    """A phone or mailbox; ``channels`` is the bit set of channels it can carry.

    ``wrote_at``: the person's latest WhatsApp message from it, which opens the 24-hour window. ``user_id``:
    the provider's own name of the person, told instead of the number since 2026. ``rest_until``: the
    provider's cap per person, growing with ``rests``.
    """

    __tablename__ = "contact_point"
    id: int | None = identity()
    person_id: int = big()
    kind: str = words()
    value: str = words()
    value_index: bytes = octets()
    channels: int = big(0)
    verified: bool = flag()
    status: str = words(default="active")
    fictitious: bool = flag()
    wrote_at: datetime | None = instant(default=None, nullable=True)
    user_id: str | None = words(nullable=True, default=None)
    rest_until: datetime | None = instant(default=None, nullable=True)
    rests: int = small(0)
    __table_args__ = (
        UniqueConstraint("person_id", "value_index"),
        Index("contact_point_value", "value_index"),
        Index("contact_point_user", "user_id", postgresql_where=text("user_id IS NOT NULL")),
    )


class ConsentRow(SQLModel, table=True):
    """What a person said about one channel, from where and when; the latest wins."""

    __tablename__ = "consent"
    person_id: int = big(primary_key=True)
    channel: int = small(primary_key=True)
    state: int = small()
    source: str = words()
    at: datetime = instant(NOW)
