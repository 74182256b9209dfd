"""Gives conversations nobody has to the agents of a portfolio who have room, and says so in the ledger."""

from collections.abc import Sequence
from datetime import datetime

import psycopg

from storage.agents import assign_free
from storage.ledger import append_line

BY_ITSELF = "cadencia"
"""Who the ledger says assigned what no person did."""


def share_out(
    connection: psycopg.Connection, portfolio_id: int, now: datetime, *, leave: Sequence[int] = ()
) -> int:
    """Assign by load, language and kind; how many. ``leave`` are left as they are."""
    given = assign_free(connection, portfolio_id, now, leave=leave)
    for conversation_id, login in given:
        body = {"by": BY_ITSELF, "to": login}
        append_line(connection, now, "conversation.assigned", f"conversation:{conversation_id}", body)
    return len(given)
