"""Column shorthands: the PostgreSQL types the tables share, said once."""

from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, Column, Identity, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def small(default: int | None = None, **options: Any) -> Any:
    """A ``smallint``: an engine.vocabulary code or a small count."""
    if default is not None:
        options["sa_column_kwargs"] = {"server_default": text(str(default))}
        options["default"] = default
    return Field(sa_type=SmallInteger, **options)


def big(default: int | None = None, **options: Any) -> Any:
    """A ``bigint``: an id, a bit set, or money in minor units."""
    if default is not None:
        options["sa_column_kwargs"] = {"server_default": text(str(default))}
        options["default"] = default
    return Field(sa_type=BigInteger, **options)


def count(default: int = 0, **options: Any) -> Any:
    """An ``integer`` that starts at a default."""
    return Field(default=default, sa_column_kwargs={"server_default": text(str(default))}, **options)


def flag(default: bool = False) -> Any:
    """A ``boolean`` that is never unknown."""
    return Field(default=default, sa_column_kwargs={"server_default": text(str(default).lower())})


def instant(server_default: str | None = None, **options: Any) -> Any:
    """A UTC instant (``timestamptz``); ``server_default`` is an SQL expression."""
    if server_default is not None:
        options["sa_column_kwargs"] = {"server_default": text(server_default)}
        options["default"] = None
    return Field(sa_type=TIMESTAMP(timezone=True), **options)


def words(**options: Any) -> Any:
    """A ``text`` column; a default stands in PostgreSQL too."""
    if isinstance(options.get("default"), str):
        quoted = options["default"].replace("'", "''")
        options["sa_column_kwargs"] = {"server_default": text(f"'{quoted}'")}
    return Field(sa_type=Text, **options)


def octets(**options: Any) -> Any:
    """A ``bytea`` column: hashes and blind indexes."""
    return Field(sa_type=LargeBinary, **options)


def document(default: str | None = "{}") -> Any:
    """A ``jsonb`` column."""
    if default is None:
        return Field(default=None, sa_type=JSONB)
    return Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": text(f"'{default}'")}
    )


def identity() -> Any:
    """A ``bigint`` primary key PostgreSQL counts."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


NOW = "clock_timestamp()"
