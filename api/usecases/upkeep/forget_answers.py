"""Forget the first answers to idempotency keys once they are older than they are kept."""

from storage.database import Database
from storage.first_answers import forget_old


def forget_answers(database: Database) -> int:
    """How many went."""
    with database.connection() as connection:
        return forget_old(connection)
