"""Export everything that is held about a person, for the person: one document, in the clear."""

from typing import Any

from api.clock import Clock
from engine.errors import BookError
from storage.account_history import account_head
from storage.database import Database
from storage.held_data import held_about
from storage.ledger import append_line


def export_person(database: Database, clock: Clock, person_id: int, *, by: str) -> dict[str, Any]:
    """Tables and their rows about a person; that somebody took them out goes into the ledger.

    ``BookError`` when there is no such person.
    """
    now = clock.now()
    with database.connection() as connection:
        held = held_about(connection, person_id)
        if not held["person"]:
            raise BookError(f"no person {person_id}", code="person.unknown")
        append_line(connection, now, "person.exported", f"person:{person_id}", {"by": by})
    return {"format": "cadencia-person/1", "made_at": now.isoformat(), "held": held}


def person_of(database: Database, portfolio_key: str, number: str) -> int:
    """The id of the person whose account it is; ``BookError`` when the portfolio has none of this number."""
    with database.connection() as connection:
        account = account_head(connection, portfolio_key, number)
    if account is None:
        raise BookError(f"{portfolio_key} has no account {number}", place=number, code="book.unknown_account")
    return account.person_id
