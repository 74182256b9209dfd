"""The SQLModel tables by topic; importing this package registers all of them."""

from storage.tables import access, approvals, book, events, messages, runs, strategies

__all__ = ["access", "approvals", "book", "events", "messages", "runs", "strategies"]
