"""What makes the ledger evidence, and personal data unreadable at rest: seals, and the keys of persons."""

from datetime import datetime

from sqlalchemy import TIMESTAMP, BigInteger, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel

from storage.tables.columns import big, instant, octets, words

_GIVEN = {"autoincrement": False}


class UnsealedLine(SQLModel, table=True):
    """A line of the ledger that no seal covers yet; written with it, gone with its seal."""

    __tablename__ = "ledger_unsealed"
    line_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    at: datetime = instant()


class LedgerSeal(SQLModel, table=True):
    """One link of the chain: the Merkle root of some lines, and the hash of the seal before.

    ``skipped`` is the hash of the seal whose number is this one's without its lowest bit, so that the way
    from any seal to the head is short. ``total`` counts the lines sealed so far; ``line_hashes`` are 32
    bytes each, in the order of ``line_ids`` and ``line_ats``: they name a line that is gone.
    """

    __tablename__ = "ledger_seal"
    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    sealed_at: datetime = instant()
    total: int = big()
    last_line: int = big()
    root: bytes = octets()
    previous: bytes = octets()
    skipped: bytes = octets()
    hash: bytes = octets()
    line_ids: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    line_ats: list[datetime] = Field(sa_column=Column(ARRAY(TIMESTAMP(timezone=True)), nullable=False))
    line_hashes: bytes = octets()
    __table_args__ = (Index("ledger_seal_lines", "line_ids", postgresql_using="gin"),)


class PersonKeyRow(SQLModel, table=True):
    """The key of one person, wrapped by the master key named; without it their data cannot be read.

    ``told`` is the keyed digest of what the rows of loads said of the person last.
    """

    __tablename__ = "person_key"
    identity_index: bytes = Field(primary_key=True, sa_type=LargeBinary)
    master: str = words()
    wrapped: bytes = octets()
    told: bytes | None = octets(nullable=True, default=None)
