"""Whose the debts are and where the people live: creditors, portfolios, places, special days, words."""

from datetime import date

from sqlalchemy import SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel, Text

from storage.tables.columns import count, document, flag, identity, small, words


class Term(SQLModel, table=True):
    """A word of an open vocabulary and its code: ``("product", 3, "tarjeta")``."""

    kind: str = words(primary_key=True)
    code: int = small(primary_key=True)
    word: str = words()
    __table_args__ = (UniqueConstraint("kind", "word"),)


class Place(SQLModel, table=True):
    """Where a debtor is: country, subdivision and every candidate time zone."""

    id: int = Field(default=None, primary_key=True, sa_type=SmallInteger)
    country: str = words()
    subdivision: str = words(default="")
    zones: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    __table_args__ = (UniqueConstraint("country", "subdivision", "zones"),)


class Creditor(SQLModel, table=True):
    """Who the debts are owed to; the holdout is the creditor's (03, point 10).

    ``whatsapp_policy``: ``own_debts``, ``agency`` (collects for others: Meta forbids it, so nothing leaves by
    WhatsApp) or ``agency_approved`` (the client declares Meta's approval).
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = words(unique=True)
    name: str = words()
    country: str = words()
    reporting_currency: str = words()
    holdout_share_bp: int = count(0)
    holdout_seed: str = words(default="holdout")
    holdout_until: date | None = None
    whatsapp_policy: str = words(default="own_debts")


class Portfolio(SQLModel, table=True):
    """A set of accounts worked with one set of strategies, in one time zone."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = words(unique=True)
    name: str = words()
    country: str = words()
    timezone: str = words()
    shadow: bool = flag()
    settings: dict[str, object] = document()


class SpecialDay(SQLModel, table=True):
    """A date that is like no other in a country or region, for everyone in it.

    ``kind``: ``mourning``, ``disaster``, ``election``, or ``holiday`` for one decreed out of season: what
    each closes is the law's (engine.contact_policy).
    """

    __tablename__ = "special_day"
    id: int | None = identity()
    country: str = words()
    subdivision: str = words(default="")
    day: date
    kind: str = words(default="mourning")
    reason: str = words()
    __table_args__ = (UniqueConstraint("country", "subdivision", "day"),)
