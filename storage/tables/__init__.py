"""The SQLModel tables by topic; importing this package registers all of them."""

from storage.tables import (
    access,
    approvals,
    audit,
    book,
    channels,
    events,
    messages,
    publications,
    runs,
    strategies,
    timers,
)

__all__ = [
    "access",
    "approvals",
    "audit",
    "book",
    "channels",
    "events",
    "messages",
    "publications",
    "runs",
    "strategies",
    "timers",
]
