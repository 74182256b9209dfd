"""The SQLModel tables by topic; importing this package registers all of them."""

from storage.tables import book, messages, runs, strategies

__all__ = ["book", "messages", "runs", "strategies"]
