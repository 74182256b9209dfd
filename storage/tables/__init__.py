"""The SQLModel tables by topic; importing this package registers all of them."""

from storage.tables import (
    access,
    accounts,
    approvals,
    audit,
    channels,
    events,
    happenings,
    loads,
    messages,
    owners,
    people,
    publications,
    runs,
    strategies,
    timers,
)

__all__ = [
    "access",
    "accounts",
    "approvals",
    "audit",
    "channels",
    "events",
    "happenings",
    "loads",
    "messages",
    "owners",
    "people",
    "publications",
    "runs",
    "strategies",
    "timers",
]
