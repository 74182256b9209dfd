"""Who may: users, the roles they hold by portfolio, the keys of machines, and first answers kept."""

from datetime import datetime

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel, Text

from storage.tables.columns import NOW, count, flag, instant, octets, words


class UserRow(SQLModel, table=True):
    """A person who signs in, with a password of ours or by an identity provider (``issuer``, ``subject``).

    ``generation`` stands in every session of theirs: one more, and all of them are over.
    """

    __tablename__ = "app_user"
    id: int | None = Field(default=None, primary_key=True)
    login: str = words(unique=True)
    name: str = words()
    password_hash: str | None = words(nullable=True, default=None)
    issuer: str | None = words(nullable=True, default=None)
    subject: str | None = words(nullable=True, default=None)
    language: str = words(default="es")
    active: bool = flag(True)
    generation: int = count(0)
    created_at: datetime = instant(NOW)
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class GrantRow(SQLModel, table=True):
    """A role of a user: in one portfolio, or in all of them where ``portfolio_id`` is 0."""

    __tablename__ = "role_grant"
    user_id: int = Field(primary_key=True)
    portfolio_id: int = Field(primary_key=True)
    role: str = words(primary_key=True)


class ApiKeyRow(SQLModel, table=True):
    """A key of a machine: found by its prefix, held against the SHA-256 of its secret.

    Its scopes are permissions; it opens one portfolio, or all where ``portfolio_id`` is 0.
    """

    __tablename__ = "api_key"
    id: int | None = Field(default=None, primary_key=True)
    prefix: str = words(unique=True)
    digest: bytes = octets()
    label: str = words()
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    portfolio_id: int = count(0)
    created_by: str = words()
    created_at: datetime = instant(NOW)
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None, nullable=True)
    revoked_by: str | None = words(nullable=True, default=None)


class FirstAnswer(SQLModel, table=True):
    """The first answer to an ``Idempotency-Key``, replayed to whoever asks the same again.

    ``status`` 0: the first request is still being worked, since ``at``.
    """

    __tablename__ = "first_answer"
    caller: str = words(primary_key=True)
    key: str = words(primary_key=True)
    request_hash: bytes = octets()
    status: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("0")})
    content_type: str = words(default="")
    body: bytes = octets(default=b"", sa_column_kwargs={"server_default": text("''")})
    at: datetime = instant(NOW)
    __table_args__ = (Index("first_answer_at", "at"),)
