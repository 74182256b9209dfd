"""The portal of debtors: what came of the identity step, and the files that people send."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from storage.tables.columns import big, identity, instant, octets, small, words


class PortalAccess(SQLModel, table=True):
    """How a person stands at the portal of one creditor; no row while they never answered there.

    ``wrong`` answers in a row lock the door until ``locked_until``. Links issued before ``valid_from`` are
    superseded.
    """

    __tablename__ = "portal_access"
    person_id: int = big(primary_key=True)
    creditor_id: int = big(primary_key=True)
    wrong: int = small(0)
    locked_until: datetime | None = instant(default=None, nullable=True)
    valid_from: datetime | None = instant(default=None, nullable=True)
    entered_at: datetime | None = instant(default=None, nullable=True)


class Attachment(SQLModel, table=True):
    """A picture or paper a person sent about an account; ``content`` is encrypted under their key.

    (``via``, ``reference``) is what it came with, ``position`` its place there; ``kind`` is ``receipt`` or
    ``dispute``; ``size`` is in bytes before encryption.
    """

    id: int | None = identity()
    person_id: int = big()
    account_id: int = big()
    kind: str = words()
    via: str = words()
    reference: str = words()
    position: int = small(1)
    media_type: str = words()
    size: int = big()
    content: bytes = octets()
    at: datetime = instant()
    __table_args__ = (
        UniqueConstraint("via", "reference", "position"),
        Index("attachment_account", "account_id"),
        Index("attachment_person", "person_id"),
    )
